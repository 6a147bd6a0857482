"""Reading batches: which have ended, what each result says, and what becomes of requests without one."""

from __future__ import annotations

from contextlib import aclosing
from datetime import timedelta

from sdf.providers.anthropic.answers import response_of
from sdf.providers.anthropic.batch_server import BatchServer
from sdf.providers.anthropic.desk import Desk, Flight
from sdf.providers.anthropic.failures import failure_of_body
from sdf.providers.anthropic.journal import RETAINED, Fate, Send, moment
from sdf.providers.anthropic.results import Odd, Reading, Result, lines
from sdf.providers.clock import Clock
from sdf.providers.failures import Fatal, RowFailure, Transient
from sdf.providers.patience import Patience
from sdf.providers.refusals import MOST_WAIT, Asked

_GONE = 404


class Collecting:
    """What comes in. At most `ahead` answers are handed out and not yet recorded."""

    def __init__(
        self, desk: Desk, server: BatchServer, clock: Clock, patience: Patience, *, pause: float, ahead: int
    ) -> None:
        self._desk = desk
        self._server = server
        self._clock = clock
        self._patience = patience
        self._pause = pause
        self._ahead = ahead

    @property
    def unread(self) -> int:
        """Requests of ended batches that somebody waits for, and that were not read to the end."""
        return sum(len(flight.left) for flight in self._desk.flights.values() if flight.ended and flight.asked)

    async def poll(self) -> None:
        """Ask for every batch that is open, and read those that have ended."""
        for flight in list(self._desk.flights.values()):
            idle = flight.ended and not flight.asked
            if flight.batch.batch_id is None or idle or self._clock.now() < flight.resume_at:
                continue
            try:
                await self._visit(flight, flight.batch.batch_id)
            except Transient as failure:
                # One batch that cannot be read holds no other up.
                flight.failures += 1
                wait = min(self._pause * 2 ** min(flight.failures, 10), MOST_WAIT)
                flight.resume_at = self._clock.now() + wait
                if (gone := self._patience.with_server(self._clock.now(), failure)) is not None:
                    raise gone from None
                self._desk.warn(f"{flight.batch.batch_id} could not be read to the end ({failure.message}).")
            else:
                flight.failures = 0
                self._patience.answered(flight.batch.nonce)

    async def _visit(self, flight: Flight, batch_id: str) -> None:
        try:
            told = await self._server.retrieve(batch_id)
            if not told.ended:
                return
            flight.ended = True
            if told.archived_at is not None or (told.results_url is None and self._age(flight) >= RETAINED):
                self._lose(flight)
            elif told.results_url is not None:
                await self._read(flight, batch_id)
        except Fatal as failure:
            if failure.status != _GONE:
                raise
            if self._age(flight) < RETAINED:
                raise Fatal(
                    f"the server does not know {batch_id}, a batch that this run has sent",
                    hint="Use the key of the workspace that it was sent from.",
                    status=_GONE,
                ) from None
            self._lose(flight)

    def _age(self, flight: Flight) -> timedelta:
        return self._server.now - moment(flight.batch.created_at or flight.batch.asked_at)

    async def _read(self, flight: Flight, batch_id: str) -> None:
        # Who is taken from here on may have been passed already.
        flight.asked = False
        reading = Reading(flight.batch.nonce, self._desk.journal.sends(flight.batch.nonce))
        try:
            async with aclosing(self._server.results(batch_id)) as pieces, aclosing(lines(pieces)) as said:
                async for line in said:
                    found = reading.judge(line)
                    if isinstance(found, Odd):
                        text = line.text.decode("utf-8", "backslashreplace")
                        self._desk.journal.quarantine(batch_id, found.request_id, found.reason, text)
                    elif found.kind == "succeeded":
                        await self._offer(flight, found)
                    elif found.kind == "unusable":
                        text = line.text.decode("utf-8", "backslashreplace")
                        reason = str(found.body["fault"])
                        self._desk.journal.quarantine(batch_id, found.send.request_id, reason, text)
        except BaseException:
            flight.asked = True
            raise
        self._conclude(flight, reading)

    async def _offer(self, flight: Flight, found: Result) -> None:
        name = found.send.request_id
        request = self._desk.wanted.get(name)
        if request is not None and name in flight.left and name not in self._desk.given:
            self._desk.give(response_of(request, found.body, batch=True))
            await self._desk.eased(self._ahead)

    def _conclude(self, flight: Flight, reading: Reading) -> None:
        """The whole of the results was read: decide what had no answer."""
        fates: dict[Send, Fate] = {}
        failures: dict[str, RowFailure] = {}
        fatal: Fatal | None = None
        for name, found in reading.unanswered.items():
            if name not in flight.left or name in self._desk.given:
                continue
            if found.kind == "unusable":
                if name in self._desk.wanted:
                    self._desk.give_up(self._desk.wanted[name], RowFailure(str(found.body["fault"])))
                continue
            fates[found.send] = Fate(found.kind)
            if found.kind == "errored":
                failure = failure_of_body(None, found.body, Asked(flight.batch.model))
                if isinstance(failure, RowFailure):
                    failures[name] = failure
                elif isinstance(failure, Fatal):
                    fatal = failure
        fates |= self._missing(flight, reading)
        self._desk.settle(flight, fates, failures)
        if fatal is not None:
            raise fatal

    def _missing(self, flight: Flight, reading: Reading) -> dict[Send, Fate]:
        """What no result was for. Only a second reading that says the same is believed: it will be paid for again."""
        unheard = [send for send in reading.unheard() if send.request_id in flight.left]
        unheard = [send for send in unheard if send.request_id not in self._desk.given]
        names = frozenset(send.request_id for send in unheard)
        if names and names != flight.unheard:
            flight.unheard = names
            flight.asked = True
            return {}
        if names:
            self._desk.warn(
                f"{flight.batch.batch_id} ended without a result for {len(names):,} of its requests;"
                " they are sent again, and may be paid for twice."
            )
        return dict.fromkeys(unheard, Fate.missing)

    def _lose(self, flight: Flight) -> None:
        lost = [send for send in self._desk.journal.sends(flight.batch.nonce) if send.request_id in flight.left]
        lost = [send for send in lost if send.request_id not in self._desk.given]
        self._desk.warn(
            f"The results of {flight.batch.batch_id} are no longer kept: it is older than 29 days."
            f" {len(lost):,} requests of it were paid for and are lost; they are sent again."
        )
        self._desk.settle(flight, dict.fromkeys(lost, Fate.lost), {})
