"""A run by batch in virtual time: the real lane, SDK and ledger; only the server and the clock are stand-ins."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from anthropic import AsyncAnthropic

from sdf.providers.anthropic.batches import BatchLane
from sdf.providers.failures import Fatal, RowFailure
from sdf.providers.lane import failed_response
from sdf.providers.purse import Purse
from sdf.providers.settings import ModelSettings
from sdf.records import Block, Request, Response
from sdf.run.batch_log import BatchLog
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedResponse
from tests.standin import Clock, Faults, Standin, standin

MODEL = "anthropic:claude-haiku-5-5"
START = 1_795_000_000.0
WORST = 1_000
SHARED = Block(text="The constitution. " * 40, cache=True)


class VirtualClock:
    """Sleeping takes no time, and lets as much pass at the server."""

    def __init__(self, server: Clock) -> None:
        self.slept: list[float] = []
        self.until = float("inf")
        self.before: Callable[[], None] = lambda: None  # what is done before time passes
        self._server = server
        self._now = 1000.0

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        # Whoever is woken by something else is to have its turn first.
        for _ in range(3):
            await asyncio.sleep(0)
        self.before()
        passed = min(seconds, self.until - self._now)
        self.slept.append(passed)
        self._now += passed
        self._server.advance(passed)
        if passed < seconds:
            await asyncio.Event().wait()


def ask(number: int, *, shared: Block = SHARED, model: str = MODEL, text: str = "") -> Request:
    """A request that differs from every other; its answer quotes its task."""
    task = text or f"Task {number}."
    name = blake2b(f"{number} {model} {shared.text} {task}".encode(), digest_size=20).hexdigest()
    blocks = (shared, Block(text=task))
    return Request(
        id=name,
        series="base",
        index=number,
        attempt=0,
        stage="draft",
        genre="essay",
        model=model,
        blocks=blocks,
        max_tokens=300,
    )


def quoting(params: Mapping[str, Any]) -> str:
    """The answer of the stand-in: the task, so that a wrong join shows."""
    return f"To {params['messages'][0]['content'][-1]['text']}"


@dataclass
class Runner:
    """What a run does with answers: records them, then says so. `records` False is a run that is killed before."""

    world: World
    records: bool = True
    answers: list[Response] = field(default_factory=list)
    failures: list[tuple[Request, RowFailure]] = field(default_factory=list)
    fatal: Fatal | None = None
    then: dict[str, Request] = field(default_factory=dict)  # what follows from the answer to a request
    lane: BatchLane | None = None
    killed: BaseException | None = None
    peak: int = 0  # the most answers that were handed out and not recorded
    _fresh: list[Response] = field(default_factory=list)

    def answered(self, response: Response) -> None:
        self.answers.append(response)
        self._fresh.append(response)
        self.peak = max(self.peak, len(self._fresh))

    def failed(self, request: Request, failure: RowFailure) -> None:
        self.failures.append((request, failure))
        self._fresh.append(failed_response(request, failure))

    def halt(self, failure: Fatal) -> None:
        self.fatal = failure

    @property
    def halting(self) -> bool:
        return self.fatal is not None

    def record(self) -> None:
        """Put on the disk what came."""
        if not self.records or not self._fresh or self.lane is None:
            return
        fresh, self._fresh = self._fresh, []
        self.world.ledger.record_responses([self.world.row(response) for response in fresh])
        try:
            self.lane.recorded([response.request_id for response in fresh])
        except BaseException as error:
            # Time passes in a task of the lane's own, which may be cancelled before it has told.
            self.killed = error
            raise
        for response in fresh:
            self.world.purse.settle(response.request_id, WORST // 2 if response.error is None else 0)
            if response.request_id in self.then:
                self.lane.take(self.then[response.request_id])


class World:
    """A server, a ledger, and as many lanes over it one after the other as a test opens."""

    def __init__(self, server: Standin, clock: VirtualClock, path: Path) -> None:
        self.server = server
        self.clock = clock
        self.ledger = Ledger.create(path)
        self.log = BatchLog(self.ledger)
        self.cap: int | None = None
        self.purse = Purse(None)
        self.requests: dict[str, Request] = {}
        self.warnings: list[str] = []

    def row(self, response: Response) -> RecordedResponse:
        index = self.requests[response.request_id].index
        where = {"series": "base", "index": index, "attempt": 0, "stage": "draft", "genre": "essay"}
        return RecordedResponse(**where, template_sha256="b" * 64, response=response)

    async def run(
        self,
        requests: list[Request],
        *,
        hours: float = 200.0,
        kill_after: int = 0,
        records: bool = True,
        then: dict[str, Request] | None = None,
        **options: Any,
    ) -> Runner:
        """One command: until all is answered or halted, or killed after so many hours or answers."""
        self.requests |= {request.id: request for request in requests}
        self.purse = Purse(self.cap, self.spent())
        self.requests |= {request.id: request for request in (then or {}).values()}
        runner = Runner(self, records=records, then=then or {})
        lane = runner.lane = self.lane(runner, **options)
        recorded = self.recorded()
        for request in requests:
            if request.id not in recorded:
                lane.take(request)
        self.clock.until = self.clock.now() + hours * 3600
        self.clock.before = runner.record
        task = asyncio.create_task(lane.run())
        try:
            while lane.under_way() and not task.done() and self.clock.now() < self.clock.until:
                await asyncio.sleep(0.001)
                if kill_after and len(runner.answers) >= kill_after:
                    break
                runner.record()
        finally:
            self.clock.until, self.clock.before = float("inf"), lambda: None
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await lane.aclose()
        broken = runner.killed or (None if task.cancelled() else task.exception())
        if broken:
            raise broken
        return runner

    def lane(self, runner: Runner, **options: Any) -> BatchLane:
        """A lane over this ledger, with the SDK's own retries on, which must not matter."""
        client = AsyncAnthropic(api_key=self.server.key, base_url=self.server.url)
        told = {"worst": lambda _: WORST, "warn": self.warnings.append}
        settings = ModelSettings()
        return BatchLane(client, settings, self.log, runner, purse=self.purse, clock=self.clock, **told | options)

    def spent(self) -> int:
        """What the ledger says that was spent."""
        return sum(WORST // 2 for one in self.recorded().values() if one.error is None) + self.log.suspected()

    def recorded(self) -> dict[str, Response]:
        """What is in the ledger, by request id."""
        return {row.response.request_id: row.response for row in self.ledger.responses("base", 0, 10**9)}

    def assert_conserved(self, requests: list[Request]) -> None:
        """Every request is recorded once, with its own answer, and nothing is open."""
        recorded = self.recorded()
        assert recorded.keys() == {request.id for request in requests}
        for request in requests:
            response = recorded[request.id]
            assert response.error or response.text == f"To {request.blocks[-1].text}"
        assert self.log.open_batches() == []
        assert "sent" not in self.log.fate_counts()
        assert self.purse.reserved == 0

    def paid(self) -> Counter[int]:
        """How many requests were billed how often."""
        return Counter(self.server.books.paid.values())


@contextmanager
def world(path: Path, faults: Faults | None = None, *, takes: float = 1800.0, **settings: Any) -> Iterator[World]:
    """A server whose batches take `takes` seconds of virtual time, and an empty ledger."""
    time = Clock(START)
    with standin(quoting, faults, now=time, batch_seconds=takes, **settings) as server:
        made = World(server, VirtualClock(time), path / "run.db")
        try:
            yield made
        finally:
            made.ledger.close()
