"""A sender that answers by a script, and requests to send; no network, no model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable

from sdf.providers.clock import Clock
from sdf.providers.failures import Failure
from sdf.providers.lane import Lane, Rates
from sdf.providers.purse import Purse
from sdf.providers.runner import Runner
from sdf.records import Block, Request, Response, StopReason, Usage

Script = Callable[[Request, int], Response | Failure | None]


def request(number: int, *, genre: str = "essay", stage: str = "draft", model: str = "test:m") -> Request:
    """A small request of its own."""
    return Request(
        id=f"r{number:06d}",
        series="base",
        index=number,
        attempt=0,
        stage=stage,
        genre=genre,
        model=model,
        blocks=(Block(text="prefix", cache=True), Block(text=f"task {number}")),
        max_tokens=100,
    )


def answer(asked: Request) -> Response:
    """The answer that says whose it is."""
    return Response(
        request_id=asked.id,
        text=f"answer to {asked.id}",
        stop=StopReason.end,
        model=asked.model,
        usage=Usage(input=10, output=20),
    )


class ScriptedSender:
    """Calls `script(request, number of this request's sends)`; None means to answer."""

    def __init__(
        self, script: Script = lambda _, __: None, during: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self.script = script
        self.during = during
        self.sent: Counter[str] = Counter()
        self.order: list[str] = []
        self.under_way = 0
        self.most_under_way = 0
        self.closed = False

    async def send(self, request: Request) -> Response:
        """As the script says, after `during`."""
        self.sent[request.id] += 1
        self.order.append(request.id)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            if self.during is not None:
                await self.during()
            told = self.script(request, self.sent[request.id])
        finally:
            self.under_way -= 1
        if isinstance(told, Failure):
            raise told
        return told or answer(request)

    async def aclose(self) -> None:
        """Note it."""
        self.closed = True


def runner_with(
    sender: ScriptedSender,
    clock: Clock,
    *,
    purse: Purse | None = None,
    rates: Rates = Rates(16),  # noqa: B008 - a tuple
    worst: int | None = None,
    cost: int | None = None,
    model: str = "test:m",
) -> Runner:
    """A runner with one lane; every request may cost `worst` and every answer costs `cost`."""
    purse = purse or Purse(None)
    runner = Runner(purse, lambda response: (cost or 0 if response.error is None else 0, True))
    runner.add_lane(model, Lane(sender, rates, runner, purse=purse, worst=lambda _: worst, clock=clock))
    return runner


def drain(runner: Runner, rounds: int = 10_000) -> list[Response]:
    """Collect, and record, until nothing is left."""
    found: list[Response] = []
    for _ in range(rounds):
        if not runner.busy():
            break
        some = runner.collect()
        runner.recorded(some)
        found += some
    return found
