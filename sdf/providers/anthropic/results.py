"""The results of a batch, line by line: whose each is, and what it says. Nothing is guessed.

Results come in any order, and a server may send a line twice, leave one out, add one of
another batch, or break off in the middle of one.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Mapping
from typing import Any, NamedTuple

from sdf.providers.anthropic.journal import Send
from sdf.providers.anthropic.packing import custom_id, parts_of
from sdf.providers.failures import Transient

MAX_LINE_BYTES = 5_000_000
KEPT_BYTES = 20_000
"""How much of an impossible line is kept."""

_NAME = re.compile(rb'\s*\{\s*"custom_id"\s*:\s*"([a-zA-Z0-9_-]{1,64})"')
_KNOWN = frozenset({"succeeded", "errored", "canceled", "expired"})


class Line(NamedTuple):
    """A line without its end; `whole` is False when only its beginning was kept."""

    text: bytes
    whole: bool = True


class Result(NamedTuple):
    """A line that answers for a request. `kind` is the server's, or `unusable` with what is wrong in `body`."""

    send: Send
    kind: str
    body: Mapping[str, Any]


class Odd(NamedTuple):
    """A line that answers for nothing that is waited for."""

    request_id: str
    reason: str


async def lines(pieces: AsyncIterable[bytes], limit: int = MAX_LINE_BYTES) -> AsyncGenerator[Line]:
    """The lines of a stream, split at newlines alone; what lies beyond `limit` of one is not kept.

    Raises:
        Transient: the last line broke off.
    """
    held = bytearray()
    dropped = False
    async for piece in pieces:
        *ends, rest = piece.split(b"\n")
        for end in ends:
            yield _line(held, end, limit, dropped=dropped)
            held, dropped = bytearray(), False
        room = max(0, limit - len(held))
        held += rest[:room]
        dropped = dropped or len(rest) > room
    if held:
        last = _line(held, b"", limit, dropped=dropped)
        if not last.whole or not _is_json(last.text):
            raise Transient("the results broke off in the middle of a line", accepted=True)
        yield last


class Reading:
    """One pass over the results of a batch: which requests it has heard of."""

    def __init__(self, nonce: str, sends: Iterable[Send]) -> None:
        self._nonce = nonce
        self._sends = {custom_id(send.request_id, nonce, send.number): send for send in sends}
        self._succeeded: set[str] = set()
        self.unanswered: dict[str, Result] = {}  # by request id: what ended otherwise than by an answer

    def judge(self, line: Line) -> Result | Odd:
        """Whose a line is. The first that succeeded counts, whatever came before it."""
        name, told, fault = _read(line)
        send = self._sends.get(name)
        if send is None:
            return Odd("", fault or _stranger(name, self._nonce))
        if send.request_id in self._succeeded:
            return Odd(send.request_id, "a second result for the same request")
        kind = told.get("type")
        if fault is None and (not isinstance(kind, str) or kind not in _KNOWN):
            fault = f"a result of a type that this version does not know: {kind!r:.60}"
        if fault is None and kind == "succeeded" and isinstance(told.get("message"), Mapping):
            self._succeeded.add(send.request_id)
            self.unanswered.pop(send.request_id, None)
            return Result(send, "succeeded", told["message"])
        if send.request_id in self.unanswered:
            return Odd(send.request_id, "a second result for the same request")
        if fault is None and kind == "succeeded":
            fault = "a result without its message"
        result = Result(send, "unusable", {"fault": fault}) if fault else Result(send, str(kind), told)
        self.unanswered[send.request_id] = result
        return result

    def unheard(self) -> list[Send]:
        """The requests that no line was for."""
        heard = self._succeeded | self.unanswered.keys()
        return [send for send in self._sends.values() if send.request_id not in heard]


def nonce_in(line: Line) -> str | None:
    """The nonce that a line's name carries."""
    parts = parts_of(_read(line)[0])
    return parts[1] if parts else None


def _line(held: bytearray, end: bytes, limit: int, *, dropped: bool) -> Line:
    if dropped or len(held) + len(end) > limit:
        return Line(bytes(held + end[:KEPT_BYTES])[:KEPT_BYTES], whole=False)
    return Line(bytes(held + end))


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _read(line: Line) -> tuple[str, Mapping[str, Any], str | None]:
    """The name in a line, its result, and what is wrong with it."""
    if not line.whole:
        found = _NAME.match(line.text)
        return found[1].decode() if found else "", {}, "a result of more than 5 MB"
    try:
        row = json.loads(line.text)
    except (ValueError, RecursionError):
        return "", {}, "no JSON"
    if not isinstance(row, dict) or not isinstance(row.get("custom_id"), str):
        return "", {}, "a result without custom_id"
    result = row.get("result")
    return row["custom_id"], result if isinstance(result, dict) else {}, None


def _stranger(name: str, nonce: str) -> str:
    parts = parts_of(name)
    if parts is None:
        return "a custom_id that is none of ours"
    return "a request that is not in this batch" if parts[1] == nonce else "a custom_id of another batch"
