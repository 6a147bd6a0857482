"""Providers that answer what `expand` and `--propose-tensions` ask, by rules that a reader can follow."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from hashlib import blake2b

from sdf.records import Request, Response, StopReason, Usage

MODEL = "test:proposer"
Answer = Callable[[str], str]


class Proposer:
    """Answers three requests a round with `answer(prompt)`; goes home after `stops_after` answers."""

    def __init__(self, answer: Answer, *, stops_after: int = 10**9, fails: str = "\0") -> None:
        self.asked: list[Request] = []
        self.open: list[Request] = []
        self._answer, self._stops_after, self._fails = answer, stops_after, fails

    def submit(self, requests: Sequence[Request]) -> None:
        self.open += requests

    def collect(self) -> list[Response]:
        came = []
        # The last first: no decision may hang on the order of answers.
        for request in self.open[:-4:-1]:
            if len(self.asked) < self._stops_after:
                self.asked.append(request)
                self.open.remove(request)
                came.append(self._response(request))
        return came

    def recorded(self, responses: Sequence[Response]) -> None:
        """It has nothing to settle."""

    def busy(self) -> bool:
        return False

    def waiting(self) -> str:
        return "the proposer went home"

    def close(self) -> None:
        """It holds nothing."""

    def _response(self, request: Request) -> Response:
        prompt = request.blocks[0].text
        answer = Response(
            request_id=request.id,
            text=self._answer(prompt),
            stop=StopReason.end,
            model=request.model,
            usage=Usage(input=1000, output=500),
        )
        failed = {"text": "", "stop": StopReason.unknown, "error": "the prompt was refused"}
        return answer.model_copy(update=failed) if self._fails in prompt else answer


def fresh(prompt: str, count: int = 12) -> list[dict[str, str]]:
    """Subtypes that share no word with those of any other prompt."""
    return [
        {"label": _words(f"{prompt}{number}", 3), "about": _words(f"about {prompt}{number}", 18)}
        for number in range(count)
    ]


def answered(rows: Sequence[object]) -> str:
    """An answer that proposes these, with the talk that models put round it."""
    return f"Here they are:\n```json\n{json.dumps({'subtypes': rows})}\n```"


def proposing(prompt: str) -> str:
    """As many fresh ones as the prompt wants."""
    wanted = re.search(r"Give (\d+) sorts", prompt)
    assert wanted is not None
    return answered(fresh(prompt, int(wanted[1])))


def _words(seed: str, count: int) -> str:
    told = (blake2b(f"{seed} {n}".encode(), digest_size=5).digest() for n in range(count))
    return " ".join("".join("bdfgklmnprtvz"[byte % 13] + "aeiou"[byte // 13 % 5] for byte in word) for word in told)
