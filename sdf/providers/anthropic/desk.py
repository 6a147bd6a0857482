"""What the batch lane knows at a moment: who waits, who is in which batch, who has an answer that is not yet recorded.

It changes only together with the journal: what is learnt is written down first.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sdf.providers.anthropic.journal import Batch, Fate, Journal, Send
from sdf.providers.failures import RowFailure
from sdf.providers.lane import Outlet
from sdf.providers.purse import Purse
from sdf.records import Request, Response

MOST_SENDINGS = 5
"""A request that five batches left unanswered fails."""


@dataclass
class Flight:
    """An open batch. `left` are its requests without a fate, `asked` says that somebody waits for one of them."""

    batch: Batch
    left: set[str]
    asked: bool
    ended: bool = False
    unheard: frozenset[str] = frozenset()  # what the last reading did not hold
    failures: int = 0
    resume_at: float = float("-inf")


class Desk:
    """The lane's state. `pending` waits to be sent; `wanted` is all that was taken and has no recorded answer."""

    def __init__(self, journal: Journal, outlet: Outlet, purse: Purse, warn: Callable[[str], None]) -> None:
        """Reads the open batches from the journal, and reserves what their requests may cost."""
        self.journal = journal
        self.outlet = outlet
        self.purse = purse
        self.warn = warn
        self.wanted: dict[str, Request] = {}
        self.pending: dict[str, Request] = {}
        self.flights: dict[str, Flight] = {}
        self.given: dict[str, Fate] = {}
        self.moved = asyncio.Event()
        self._nonce_of: dict[str, str] = {}
        journal.settle_recorded()
        for batch in journal.open_batches():
            self._load(batch)

    def take(self, request: Request) -> None:
        """Want an answer: from a batch that it is in already, or else from the next one."""
        if request.id in self.wanted:
            return
        # What it was rendered from is not needed any more, and may be large.
        self.wanted[request.id] = request.model_copy(update={"variables": {}})
        nonce = self._nonce_of.get(request.id)
        if nonce is None:
            self.pending[request.id] = self.wanted[request.id]
        else:
            self.flights[nonce].asked = True

    def flies(self, request_id: str) -> bool:
        """Whether a request is in an open batch."""
        return request_id in self._nonce_of

    def depart(self, batch: Batch, request_ids: Collection[str]) -> Flight:
        """Requests are on their way; the intent is on the disk."""
        flight = self.flights[batch.nonce] = Flight(batch, set(request_ids), asked=True)
        for request_id in flight.left:
            self._nonce_of[request_id] = batch.nonce
            self.pending.pop(request_id, None)
        return flight

    def turn_back(self, flight: Flight) -> None:
        """The server never took a batch: its requests wait again."""
        self.journal.void(flight.batch.nonce)
        del self.flights[flight.batch.nonce]
        for request_id in sorted(flight.left):
            del self._nonce_of[request_id]
            self._release(request_id)
            if request_id in self.wanted:
                self.pending[request_id] = self.wanted[request_id]

    def give(self, response: Response) -> None:
        """Hand an answer out. Its fate is written when it is recorded."""
        self.given[response.request_id] = Fate.recorded
        self.outlet.answered(response)

    def give_up(self, request: Request, failure: RowFailure) -> None:
        """Hand out that a request has a result that cannot be used, and may have been billed for it."""
        self.given[request.id] = Fate.failed
        self.purse.suspect(request.id)
        self.outlet.failed(request, failure)

    @property
    def given_up(self) -> int:
        """Requests whose failure was handed out: nothing comes for them, and the runner may hold the failure back."""
        return sum(fate is Fate.failed for fate in self.given.values())

    def recorded(self, request_ids: Collection[str]) -> None:
        """What was handed out is on the disk; ids of other lanes are let pass."""
        fates: dict[str, dict[str, Fate]] = defaultdict(dict)
        for request_id in request_ids:
            if request_id in self.given:
                fates[self._nonce_of[request_id]][request_id] = self.given[request_id]
        for nonce, settled in fates.items():
            self.journal.fates(nonce, settled)
            for request_id in settled:
                del self.given[request_id]
                del self.wanted[request_id]
                self._land(self.flights[nonce], request_id)
            self._close_if_done(self.flights[nonce])
        self.moved.set()

    def settle(self, flight: Flight, fates: Mapping[Send, Fate], failures: Mapping[str, RowFailure]) -> None:
        """Requests came back without an answer: they fail, or wait to be sent again."""
        self.journal.fates(flight.batch.nonce, {send.request_id: fate for send, fate in fates.items()})
        for send, fate in fates.items():
            name = send.request_id
            self._land(flight, name)
            if fate.suspected:
                self.purse.suspect(name)
            else:
                self._release(name)
            failure = failures.get(name)
            if failure is None and send.number >= MOST_SENDINGS:
                failure = RowFailure(f"no answer from {send.number} batches; the last: {fate}")
            if name in self.wanted and failure is None:
                self.pending[name] = self.wanted[name]
            elif name in self.wanted:
                self.fail(self.wanted[name], failure or RowFailure(str(fate)))
        self._close_if_done(flight)

    def fail(self, request: Request, failure: RowFailure) -> None:
        """A request is refused for its own sake, and was not billed."""
        self.wanted.pop(request.id, None)
        self.pending.pop(request.id, None)
        self.outlet.failed(request, failure)

    async def eased(self, most: int) -> None:
        """Wait until no more than `most` answers are handed out and not recorded."""
        while len(self.given) > most:
            self.moved.clear()
            await self.moved.wait()

    def _load(self, batch: Batch) -> None:
        flight = self.flights[batch.nonce] = Flight(batch, set(), asked=False)
        for send in self.journal.sends(batch.nonce):
            if send.fate is Fate.sent:
                flight.left.add(send.request_id)
                self._nonce_of[send.request_id] = batch.nonce
                self.purse.in_flight(send.request_id, send.worst)
        self._close_if_done(flight)

    def _land(self, flight: Flight, request_id: str) -> None:
        flight.left.discard(request_id)
        self._nonce_of.pop(request_id, None)

    def _release(self, request_id: str) -> None:
        self.purse.release(request_id)

    def _close_if_done(self, flight: Flight) -> None:
        if not flight.left and flight.batch.nonce in self.flights:
            self.journal.closed(flight.batch.nonce)
            del self.flights[flight.batch.nonce]
