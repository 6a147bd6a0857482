"""The runner: every live model of a run behind one door.

One event loop, driven only while the run waits for answers. So the ledger, the
decisions and the calls share a thread, and nothing is shared between threads. Answers
that come while a wave is decided wait in their sockets.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Protocol

from sdf.errors import HaltedError
from sdf.providers.failures import Fatal, RowFailure
from sdf.providers.lane import Lane, failed_response
from sdf.providers.prices import PICO
from sdf.providers.purse import Purse
from sdf.records import Request, Response

GROUP = 256
GROUP_SECONDS = 0.05
LOOK_UP_SECONDS = 1.0
SAME_FAILURES = 10

_DIGITS = re.compile(r"\d+")


class Batches(Protocol):
    """The batches of one provider, as the runner drives them."""

    async def run(self) -> None:
        """Adopt, collect, pack and submit, until cancelled."""

    def recorded(self, request_ids: Sequence[str]) -> None:
        """These answers are on the disk."""

    def under_way(self) -> int:
        """Requests whose answers are still waited for here."""

    @property
    def short_of_money(self) -> bool:
        """Whether the budget kept a request back."""

    def described(self) -> str:
        """The batches in a few words."""

    async def aclose(self) -> None:
        """Let go of connections."""


class Runner:
    """A provider for any number of live models; see `Provider`."""

    def __init__(
        self, purse: Purse, cost: Callable[[Response], tuple[int, bool]], *, answered_before: bool = True
    ) -> None:
        """`cost` says what an answer cost, in 10^-12 dollars, and whether that is known or a bound.

        `answered_before`: the run has had an answer. In one that never had any, failures
        are the setting's and nobody's row.
        """
        self.purse = purse
        self._cost = cost
        self._loop = asyncio.new_event_loop()
        self._lanes: dict[str, Lane] = {}
        self._batches: list[Batches] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._told = asyncio.Event()
        self._enough = asyncio.Event()
        self._done: list[Response] = []
        self._failed: list[tuple[Request, RowFailure]] = []
        self._streak: tuple[str, int] = ("", 0)
        self._answered = answered_before
        self._halt: Fatal | None = None
        self._fault: BaseException | None = None

    def add_lane(self, model: str, lane: Lane) -> None:
        """Send a model's requests through a lane, whose outlet this runner is."""
        self._lanes[model] = lane

    def add_batches(self, batches: Batches) -> None:
        """Drive a provider's batches beside the lanes."""
        self._batches.append(batches)

    # --- as a provider -------------------------------------------------------

    def submit(self, requests: Sequence[Request]) -> None:
        """Take requests; they go out while `collect` waits."""
        # Requests that begin alike go out together, which the provider's cache rewards.
        for request in sorted(requests, key=lambda one: (one.index // 1000, one.stage, one.genre)):
            self._lanes[request.model].take(request)

    def collect(self) -> list[Response]:
        """Answers, after at most a second; empty when none came in that time.

        Raises:
            HaltedError: billing, authentication, the budget, or ten failures alike.
        """
        if self.busy() or self._done:
            self._loop.run_until_complete(self._some())
        if not self._under_way() and not self._halt and not any(lane.moving for lane in self._lanes.values()):
            self._end_failures()
        if self._done:
            given, self._done = self._done[:GROUP], self._done[GROUP:]
            return given
        if not self._under_way():
            self._refuse_to_wait()
        return []

    def recorded(self, responses: Sequence[Response]) -> None:
        """Their costs are in the ledger: settle what was reserved for them."""
        for response in responses:
            amount, known = self._cost(response)
            self.purse.settle(response.request_id, amount, known=known)
        names = [one.request_id for one in responses]
        for lane in self._lanes.values():
            lane.recorded(names)
        for batches in self._batches:
            batches.recorded(names)

    def busy(self) -> bool:
        """Whether something is under way or waits to be sent."""
        return bool(self._done or self._failed or self._under_way() or self._waiting())

    def waiting(self) -> str:
        """What the batches wait for, where nobody stays to poll."""
        return "\n".join(filter(None, (batches.described() for batches in self._batches)))

    def close(self) -> None:
        """Cancel what is under way and close all connections."""
        if self._loop.is_closed():
            return
        if not self._under_way():
            self.purse.rest()
        self._loop.run_until_complete(self._close())
        self._loop.close()

    # --- as the lanes' outlet --------------------------------------------------

    def answered(self, response: Response) -> None:
        """An answer has come."""
        self._done.append(response)
        if len(self._done) >= GROUP or any(lane.held_up for lane in self._lanes.values()):
            self._enough.set()
        self._streak, self._answered = ("", 0), True
        if self._failed:
            self._release_failures()
        self._told.set()

    def failed(self, request: Request, failure: RowFailure) -> None:
        """Hold a failure back until another request shows that not all fail alike.

        Ten alike in a row halt the run, and nothing of them is recorded: what is wrong
        is then no row.
        """
        kind = _DIGITS.sub("#", failure.message)
        self._streak = (kind, self._streak[1] + 1 if kind == self._streak[0] else 1)
        self._failed.append((request, failure))
        if self._streak[1] >= SAME_FAILURES:
            self._halt_with_failures(f"{SAME_FAILURES} requests in a row failed alike; the last: {failure.message}")
        self._told.set()

    def halt(self, failure: Fatal) -> None:
        """Send nothing new; what is under way is waited for."""
        self._halt = self._halt or failure
        self._told.set()

    def broken(self, fault: BaseException) -> None:
        """Raise what is no failure of a call where the run will see it."""
        self._fault = self._fault or fault
        self._told.set()

    @property
    def halting(self) -> bool:
        """Whether nothing new may be sent."""
        return self._halt is not None or self._fault is not None

    # --- within ----------------------------------------------------------------

    async def _some(self) -> None:
        if self._batches and not self._tasks:
            self._tasks = [self._loop.create_task(batches.run()) for batches in self._batches]
        self._told.clear()
        for lane in self._lanes.values():
            lane.go()
        if not self._done and (self._under_way() or any(lane.moving for lane in self._lanes.values())):
            await _set_within(LOOK_UP_SECONDS, self._told)
        if self._done and len(self._done) < GROUP and self._under_way():
            self._enough.clear()
            await _set_within(GROUP_SECONDS, self._enough)
        for task in self._tasks:
            if task.done() and not task.cancelled() and (fault := task.exception()):
                self.broken(fault)
        if self._fault is not None:
            raise self._fault

    def _under_way(self) -> int:
        calls = sum(lane.under_way for lane in self._lanes.values())
        if self.halting:
            return calls
        return calls + sum(batches.under_way() for batches in self._batches)

    def _waiting(self) -> int:
        return sum(lane.waiting for lane in self._lanes.values())

    def _end_failures(self) -> None:
        if self._failed and not self._answered:
            self._halt_with_failures(f"every request so far failed; the last: {self._failed[-1][1].message}")
        self._release_failures()

    def _halt_with_failures(self, message: str) -> None:
        self._failed.clear()
        hint = "Mend what the message names. None of them was recorded: the same command goes on."
        self.halt(Fatal(message, hint=hint))

    def _release_failures(self) -> None:
        self._done += [failed_response(request, failure) for request, failure in self._failed]
        self._failed.clear()

    def _refuse_to_wait(self) -> None:
        if self._halt is not None:
            raise HaltedError(self._halt.message, hint=self._halt.hint)
        poor = [lane.short_of_money for lane in self._lanes.values()]
        poor += [batches.short_of_money for batches in self._batches]
        if any(poor):
            raise HaltedError(
                f"the budget does not allow another request: ${self.purse.spent / PICO:,.2f} of "
                f"${(self.purse.cap or 0) / PICO:,.2f} are spent",
                hint="Raise --budget to go on; what was written stays.",
            )

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for lane in self._lanes.values():
            await lane.close()
        for batches in self._batches:
            await batches.aclose()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._loop.shutdown_asyncgens()


async def _set_within(seconds: float, event: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
