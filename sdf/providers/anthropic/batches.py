"""A provider's batches: what waits is packed and sent, what has ended is read, what is in doubt is looked for.

Every step that costs money stands on the disk before it is taken: the intent before the
call, the id after it, the fate of a request when its answer is recorded. So the lane may
be killed between any two steps, and the next one over the same journal goes on.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sdf.providers.anthropic.adopt import Search
from sdf.providers.anthropic.batch_server import BatchServer
from sdf.providers.anthropic.client import KEY_ENV
from sdf.providers.anthropic.collecting import Collecting
from sdf.providers.anthropic.desk import Desk
from sdf.providers.anthropic.journal import Journal, described
from sdf.providers.anthropic.packing import Limits
from sdf.providers.anthropic.posting import Posting, Worst
from sdf.providers.clock import Clock
from sdf.providers.failures import Fatal, RateLimited, RowFailure, Transient
from sdf.providers.lane import Outlet
from sdf.providers.patience import Patience
from sdf.providers.purse import Purse
from sdf.providers.refusals import MOST_WAIT
from sdf.providers.settings import ModelSettings
from sdf.records import Request

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

LIMITS = Limits()
AHEAD = 1024
PAUSE_SECONDS = 60.0
GATHER_SECONDS = 5.0


def new_nonce() -> str:
    """Twelve characters that name one batch, and no other anywhere."""
    return secrets.token_hex(6)


class BatchLane:
    """All requests that go to one provider in batches. Every method is called in the event loop's thread."""

    def __init__(
        self,
        client: AsyncAnthropic,
        settings: ModelSettings,
        journal: Journal,
        outlet: Outlet,
        *,
        purse: Purse,
        clock: Clock,
        worst: Worst,
        warn: Callable[[str], None],
        key_env: str = KEY_ENV,
        limits: Limits = LIMITS,
        pause: float = PAUSE_SECONDS,
        gather: float = GATHER_SECONDS,
        ahead: int = AHEAD,
        submit_only: bool = False,
        nonce: Callable[[], str] = new_nonce,
    ) -> None:
        """Reserves at once what the journal's open batches may cost.

        `pause` lies between two looks at the server, `gather` between the last request
        that was taken and the batch it goes out in, both in seconds. `warn` is told
        what a person must know. `submit_only`: do not wait for what is in batches.
        """
        self._desk = Desk(journal, outlet, purse, warn)
        self._server = BatchServer(client, key_env)
        search = Search(self._server, journal.knows, clock)
        self._posting = Posting(
            self._desk, self._server, search, settings=settings, worst=worst, limits=limits, nonce=nonce
        )
        self._patience = Patience()
        self._collecting = Collecting(self._desk, self._server, clock, self._patience, pause=pause, ahead=ahead)
        self._clock, self._pause, self._gather = clock, pause, gather
        self._submit_only = submit_only
        self._taken = asyncio.Event()
        self._poll_at = self._calm_at = clock.now()
        self._failures = 0
        self._looked = False

    def take(self, request: Request) -> None:
        """Take a request. One that is in a batch already is waited for, and not sent again."""
        self._desk.take(request)
        if request.id in self._desk.pending:
            self._taken.set()
        elif self._collecting.unread:
            self._poll_at = self._clock.now()
            self._taken.set()

    def holds(self, request_id: str) -> bool:
        """Whether a request is in an open batch: it must not go out in any other way."""
        return self._desk.flies(request_id)

    def recorded(self, request_ids: Sequence[str]) -> None:
        """These answers are on the disk; ids that did not come from here are let pass."""
        self._desk.recorded(request_ids)
        if self._posting.kept_back and len(self._desk.wanted) == len(self._desk.pending):
            # All answers cost less than their worst case: there may be money for more.
            self._posting.kept_back = 0
            self._taken.set()

    def under_way(self) -> int:
        """Requests whose answers this command still waits for.

        What the budget keeps back is not among them, nor, for a lane that only submits,
        what is in batches that have not ended.
        """
        desk, posting = self._desk, self._posting
        if not self._submit_only or not self._looked:
            return len(desk.wanted) - posting.kept_back - desk.given_up
        waiting = len(desk.pending) - posting.kept_back
        return waiting + len(desk.given) - desk.given_up + posting.in_doubt + self._collecting.unread

    @property
    def short_of_money(self) -> bool:
        """Whether the budget kept a request back when batches were last packed."""
        return self._posting.kept_back > 0

    def described(self) -> str:
        """The open batches, a line each under one that counts them; "" when there are none."""
        batches = [flight.batch for flight in self._desk.flights.values()]
        if not batches:
            return ""
        count = sum(len(flight.left) for flight in self._desk.flights.values())
        head = f"{count:,} requests in {len(batches):,} batches; run the same command again to collect them"
        return "\n  ".join([head, *described(batches, self._server.now)])

    async def run(self) -> None:
        """Collect, submit and wait, until cancelled. Returns only after `outlet.halt`.

        Raises:
            SdfError: the journal could not be written.
        """
        try:
            while True:
                await self._round()
                await self._rest()
        except Fatal as failure:
            self._desk.outlet.halt(failure)

    async def aclose(self) -> None:
        """Close the connections; what is in batches stays there."""
        await self._server.aclose()

    async def _round(self) -> None:
        try:
            if self._clock.now() >= self._poll_at:
                await self._posting.clear_up()
                await self._collecting.poll()
                self._poll_at = self._clock.now() + self._pause
            if not self._desk.outlet.halting:
                await self._posting.send()
            self._looked = True
            self._failures = 0
        except (RateLimited, Transient) as failure:
            told = failure if isinstance(failure, Transient) else Transient(failure.message, status=failure.status)
            if (gone := self._patience.with_server(self._clock.now(), told)) is not None:
                raise gone from None
            self._failures += 1
            backoff = self._pause * 2.0 ** min(self._failures - 1, 10)
            self._calm_at = self._clock.now() + min(max(backoff, failure.retry_after or 0), MOST_WAIT)
        except RowFailure as failure:
            raise Fatal(f"the server refuses to speak of batches: {failure.message}", status=failure.status) from None

    async def _rest(self) -> None:
        """Wait for the next look, or for requests; after a failure, for nothing but time."""
        now = self._clock.now()
        if now < self._calm_at:
            await self._clock.sleep(self._calm_at - now)
            self._poll_at = self._clock.now()
            return
        if await self._is_woken(max(0.0, self._poll_at - now)):
            before = -1
            while before != len(self._desk.pending) and self._clock.now() < self._poll_at:
                before = len(self._desk.pending)
                await self._clock.sleep(self._gather)
        self._taken.clear()

    async def _is_woken(self, seconds: float) -> bool:
        """Whether a request was taken before so much time had passed."""
        slept = asyncio.ensure_future(self._clock.sleep(seconds))
        woken = asyncio.ensure_future(self._taken.wait())
        try:
            done, _ = await asyncio.wait({slept, woken}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            return woken in done
        finally:
            for task in (slept, woken):
                task.cancel()
            await asyncio.gather(slept, woken, return_exceptions=True)
