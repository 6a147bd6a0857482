"""One model's calls: what waits, what is under way, what goes out again, and when it is over.

A lane starts a task for a call only when the call may go out, so that a million
waiting requests cost a million references and nothing else.

The first request of a template goes out alone. Its answer shows that the template can
be answered at all, and warms the provider's cache for the requests that begin alike;
those wait for it.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Collection
from typing import NamedTuple, Protocol

from sdf.providers.clock import Clock
from sdf.providers.failures import Failure, Fatal, RateLimited, RowFailure, Transient
from sdf.providers.limits import Breaker, Bucket, Concurrency, backoff
from sdf.providers.patience import Patience
from sdf.providers.protocol import Sender
from sdf.providers.purse import Purse
from sdf.records import Request, Response, StopReason

Template = tuple[str, str, str]
Worst = Callable[[Request], int | None]


class Rates(NamedTuple):
    """The most calls at a time, and the requests and tokens a minute; None is no limit."""

    concurrency: int
    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


class Outlet(Protocol):
    """Where a lane's endings go."""

    def answered(self, response: Response) -> None:
        """An answer has come."""

    def failed(self, request: Request, failure: RowFailure) -> None:
        """A request was refused for its own sake."""

    def halt(self, failure: Fatal) -> None:
        """Nothing more will go through."""

    def broken(self, fault: BaseException) -> None:
        """Something was raised that is no failure of a call, but a fault of the program."""

    @property
    def halting(self) -> bool:
        """Whether nothing new may be sent."""


class Lane:
    """The calls to one model. All methods are called in the event loop's thread."""

    def __init__(
        self,
        sender: Sender,
        rates: Rates,
        outlet: Outlet,
        *,
        purse: Purse,
        worst: Worst,
        clock: Clock,
        proven: Collection[Template] = (),
        claimed: Callable[[Request], bool] = lambda _: False,
        beyond: Callable[[Request], None] | None = None,
    ) -> None:
        """`claimed` takes a request that is under way already, in a batch of an earlier start.

        `beyond` takes the requests of proven templates in place of the sender: a batch.
        """
        self._sender = sender
        self._outlet = outlet
        self._purse = purse
        self._worst = worst
        self._clock = clock
        self._claimed = claimed
        self._beyond = beyond
        self._ready: deque[Request] = deque()
        self._later: list[tuple[float, int, Request]] = []
        self._order = 0
        self._first: dict[Template, deque[Request]] = {}
        self._proven = set(proven)
        self._patience = Patience()
        self._calls: set[asyncio.Task[None]] = set()
        self._unrecorded: set[str] = set()
        self._timer: asyncio.Task[None] | None = None
        self._timer_due = float("inf")
        self._resume_at = float("-inf")
        self._concurrency = Concurrency(rates.concurrency)
        self._breaker = Breaker()
        self._requests, self._input, self._output = map(Bucket, rates[1:])
        self.short_of_money = False

    # --- what the runner asks ------------------------------------------------

    def take(self, request: Request) -> None:
        """Take a request; `go` sends what may be sent."""
        template = template_of(request)
        if self._claimed(request):
            return
        if template in self._proven:
            self._pass_on(request)
        elif template in self._first:
            self._first[template].append(request)
        else:
            self._first[template] = deque()
            self._ready.append(request)

    @property
    def under_way(self) -> int:
        """Calls that have been sent and have not ended."""
        return len(self._calls)

    @property
    def held_up(self) -> bool:
        """Whether answers that are not recorded yet take half of the room that calls may have."""
        return 2 * len(self._unrecorded) >= self._room()

    @property
    def moving(self) -> bool:
        """Whether something will happen by itself: a call ends, or its time comes."""
        return bool(self._calls or self._timer)

    @property
    def waiting(self) -> int:
        """Requests that have not been sent, or will be sent again."""
        return len(self._ready) + len(self._later) + sum(map(len, self._first.values()))

    def go(self) -> None:
        """Send what may be sent now, and set a timer for what may be sent later."""
        self.short_of_money = False
        while not self._outlet.halting:
            now = self._clock.now()
            while self._later and self._later[0][0] <= now:
                self._ready.append(heapq.heappop(self._later)[2])
            if not self._ready or len(self._calls) + len(self._unrecorded) >= self._room():
                break
            delay = self._delay(now)
            if delay > 0:
                self._wake_at(now + delay)
                return
            request = self._ready[0]
            if not self._purse.reserve(request.id, self._worst(request)):
                self.short_of_money = True
                return
            self._ready.popleft()
            self._send(request, now)
        if self._later and not self._outlet.halting:
            self._wake_at(self._later[0][0])

    def recorded(self, request_ids: Collection[str]) -> None:
        """These answers are on the disk; ids of other lanes are let pass."""
        self._unrecorded.difference_update(request_ids)

    async def close(self) -> None:
        """Abandon what is under way and let go of the connections."""
        tasks = [*self._calls, *([self._timer] if self._timer else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._sender.aclose()

    # --- within ----------------------------------------------------------------

    def _pass_on(self, request: Request) -> None:
        if self._beyond is not None:
            self._beyond(request)
        else:
            self._ready.append(request)

    def _room(self) -> int:
        return 1 if self._breaker.open else self._concurrency.limit

    def _delay(self, now: float) -> float:
        buckets = (self._requests, self._input, self._output)
        return max(self._resume_at - now, self._breaker.delay(now), *(bucket.delay(now) for bucket in buckets))

    def _wake_at(self, due: float) -> None:
        if self._timer is not None and self._timer_due <= due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due = due
        self._timer = asyncio.get_running_loop().create_task(self._wake(due))

    async def _wake(self, due: float) -> None:
        await self._clock.sleep(max(0.0, due - self._clock.now()))
        self._timer, self._timer_due = None, float("inf")
        self.go()

    def _send(self, request: Request, now: float) -> None:
        self._requests.take(1)
        self._input.take(sum(len(block.text) for block in request.blocks) / 4)
        task = asyncio.get_running_loop().create_task(self._call(request, now))
        self._calls.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        if call.cancelled():
            return
        if (fault := call.exception()) is not None:
            self._outlet.broken(fault)
        self.go()

    async def _call(self, request: Request, sent: float) -> None:
        try:
            response = await self._sender.send(request)
        except Failure as failure:
            self._end(request, sent, failure)
        else:
            self._breaker.succeeded()
            self._concurrency.succeeded()
            self._output.take(response.usage.output)
            self._settle_template(request)
            self._unrecorded.add(request.id)
            self._outlet.answered(response)

    def _end(self, request: Request, sent: float, failure: Failure) -> None:
        now = self._clock.now()
        if isinstance(failure, RateLimited):
            self._purse.release(request.id)
            self._concurrency.limited(sent, now)
            wait = self._again(request, now, failure.retry_after)
            if failure.retry_after is not None:
                self._resume_at = max(self._resume_at, now + wait)
        elif isinstance(failure, Transient):
            self._breaker.failed(now)
            self._lost(request, now, failure)
        elif isinstance(failure, Fatal):
            self._purse.release(request.id)
            self._ready.appendleft(request)
            self._outlet.halt(failure)
        else:
            self._purse.release(request.id)
            self._breaker.succeeded()
            self._give_up(request, RowFailure(failure.message, status=failure.status))

    def _lost(self, request: Request, now: float, failure: Transient) -> None:
        if failure.accepted:
            self._purse.suspect(request.id)
        else:
            self._purse.release(request.id)
        given_up = self._patience.with_request(request.id, failure)
        if given_up is None:
            self._again(request, now, failure.retry_after)
        else:
            self._give_up(request, given_up)
        if (gone := self._patience.with_server(now, failure)) is not None:
            self._outlet.halt(gone)

    def _again(self, request: Request, now: float, wish: float | None) -> float:
        wait = backoff(request.id, self._patience.number(request.id), wish)
        self._order += 1
        heapq.heappush(self._later, (now + wait, self._order, request))
        return wait

    def _give_up(self, request: Request, failure: RowFailure) -> None:
        held = self._first.get(template_of(request))
        if held:
            # The next of the template finds out whether it is the template's fault.
            self._ready.append(held.popleft())
        elif held is not None:
            del self._first[template_of(request)]
        self._patience.forget(request.id)
        self._outlet.failed(request, failure)

    def _settle_template(self, request: Request) -> None:
        template = template_of(request)
        self._proven.add(template)
        for held in self._first.pop(template, ()):
            self._pass_on(held)
        self._patience.answered(request.id)


def template_of(request: Request) -> Template:
    """What requests have in common that begin alike: stage, genre and model."""
    return (request.stage, request.genre, request.model)


def failed_response(request: Request, failure: RowFailure) -> Response:
    """The answer that stands for a request that failed: no text, and why."""
    return Response(
        request_id=request.id, text="", stop=StopReason.unknown, model=request.model, error=failure.message[:500]
    )
