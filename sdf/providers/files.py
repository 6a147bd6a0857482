"""`files:DIR`: requests out as files, answers in as files, joined by id. The road without a network.

Both are in the OpenAI batch format, which `vllm run-batch` and hosted batch services read
and write. Requests wait in `DIR/requests-*.jsonl`; answers are taken from every other
`*.jsonl` under DIR. A chain of stages takes as many rounds as it has stages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from sdf.errors import ResponseError
from sdf.files import remove, write_atomic
from sdf.records import Request, Response, StopReason, Usage

MAX_ANSWER_CHARACTERS = 2_000_000
_STOPS = {"stop": StopReason.end, "length": StopReason.length, "content_filter": StopReason.refusal}


class FilesProvider:
    """Keeps what is asked until it is flushed to a file, and reads what has been answered."""

    def __init__(self, folder: Path, model: str) -> None:
        self._folder = folder
        self._model = model
        self._asked: dict[str, Request] = {}
        self._answers: dict[str, Response] | None = None

    def submit(self, requests: Sequence[Request]) -> None:
        """Note what is asked; nothing is written before `waiting`."""
        for request in requests:
            self._asked[request.id] = request

    def collect(self) -> list[Response]:
        """The answers that are in the folder for what was asked.

        Raises:
            ResponseError: a line that is no answer (file and line), or two different
                answers to one request.
        """
        if self._answers is None:
            self._answers = _read_answers(self._folder)
        found = [one for one in self._asked if one in self._answers]
        # What the file says of its model is the server's name for it, not the recipe's.
        return [self._answers[one].model_copy(update={"model": self._asked.pop(one).model}) for one in found]

    def recorded(self, responses: Sequence[Response]) -> None:
        """Nothing hangs on it: the files stay."""

    def busy(self) -> bool:
        """Never: answers come when somebody puts them there."""
        return False

    def waiting(self) -> str:
        """Write what is unanswered to one file; says what is waited for, or nothing."""
        if not self._asked:
            return ""
        lines = [json.dumps(_line(self._asked[one], self._model), ensure_ascii=False) for one in sorted(self._asked)]
        content = ("\n".join(lines) + "\n").encode()
        path = self._folder / f"requests-{blake2b(content, digest_size=6).hexdigest()}.jsonl"
        for old in self._folder.glob("requests-*.jsonl"):
            if old != path:
                remove(old)
        write_atomic(path, content)
        return f"{len(lines):,} requests wait in {path}; put the answers beside it as another .jsonl"

    def close(self) -> None:
        """Nothing is held."""


def _line(request: Request, model: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "user", "content": "\n\n".join(block.text for block in request.blocks)}],
        "max_tokens": request.max_tokens,
    }
    if request.output_schema is not None:
        schema = {"name": request.stage, "strict": True, "schema": dict(request.output_schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    return {"custom_id": request.id, "method": "POST", "url": "/v1/chat/completions", "body": body}


def _read_answers(folder: Path) -> dict[str, Response]:
    answers: dict[str, Response] = {}
    for path in sorted(folder.glob("*.jsonl")) if folder.is_dir() else ():
        if path.name.startswith("requests-"):
            continue
        for where, line in _lines(path):
            answer = _answer(line, where)
            before = answers.setdefault(answer.request_id, answer)
            if before.text != answer.text:
                raise ResponseError(
                    f"two different answers to {answer.request_id}", where=where, hint="Keep one of them."
                )
    return answers


def _lines(path: Path) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield f"{path}:{number}", line


def _answer(line: bytes, where: str) -> Response:
    try:
        row = json.loads(line)
        request_id = row["custom_id"]
        if row.get("error"):
            return _response(request_id, "", StopReason.unknown, error=str(row["error"])[:300])
        status, body = row["response"].get("status_code", 200), row["response"]["body"]
        if status != 200:
            return _response(request_id, "", StopReason.unknown, error=f"status {status}: {str(body)[:250]}")
        choice, used = body["choices"][0], body.get("usage") or {}
        text = choice["message"].get("content") or ""
        stop = _STOPS.get(choice.get("finish_reason") or "stop", StopReason.unknown)
        if choice["message"].get("refusal"):
            stop = StopReason.refusal
        usage = Usage(input=int(used.get("prompt_tokens", 0)), output=int(used.get("completion_tokens", 0)))
        model = str(body.get("model", "files"))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as broken:
        raise ResponseError(
            f"is no answer in the batch format ({type(broken).__name__}: {broken})",
            where=where,
            hint="A line is {custom_id, response: {status_code, body: {choices: [...]}}}.",
        ) from broken
    if len(text) > MAX_ANSWER_CHARACTERS:
        return _response(request_id, "", StopReason.unknown, error=f"the answer has {len(text):,} characters")
    return _response(request_id, text, stop, model=model, usage=usage)


def _response(
    request_id: str,
    text: str,
    stop: StopReason,
    *,
    model: str = "files",
    usage: Usage | None = None,
    error: str | None = None,
) -> Response:
    clean = text.encode("utf-8", "replace").decode()
    return Response(request_id=request_id, text=clean, stop=stop, model=model, usage=usage or Usage(), error=error)
