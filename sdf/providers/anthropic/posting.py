"""Sending batches: reserved, packed, written down, sent once. What is in doubt afterwards is looked for."""

from __future__ import annotations

from collections.abc import Callable

from sdf.providers.anthropic.adopt import Finding, Search
from sdf.providers.anthropic.batch_server import BatchServer
from sdf.providers.anthropic.desk import Desk, Flight
from sdf.providers.anthropic.journal import Batch, Send, State
from sdf.providers.anthropic.packing import Limits, Packed, body, body_length, custom_id, pack
from sdf.providers.failures import Failure, Fatal, RowFailure, Transient
from sdf.providers.settings import ModelSettings
from sdf.records import Request

Worst = Callable[[Request], int | None]


class Posting:
    """What goes out. `kept_back` counts what the budget did not allow the last time."""

    def __init__(
        self,
        desk: Desk,
        server: BatchServer,
        search: Search,
        *,
        settings: ModelSettings,
        worst: Worst,
        limits: Limits,
        nonce: Callable[[], str],
    ) -> None:
        self._desk = desk
        self._server = server
        self._search = search
        self._settings = settings.model_copy(update={"batch": True})
        self._worst = worst
        self._limits = limits
        self._nonce = nonce
        self._candidates: set[str] = set()
        self.kept_back = 0

    @property
    def in_doubt(self) -> int:
        """Requests of batches of which nothing was seen yet; nothing is sent while there are any."""
        return sum(len(flight.left) for flight in self._doubts() if flight.batch.nonce not in self._candidates)

    async def clear_up(self) -> None:
        """Look for the batches whose ids were never learnt."""
        doubts = {flight.batch.nonce: flight for flight in self._doubts()}
        if not doubts:
            return
        findings = await self._search.look([flight.batch for flight in doubts.values()])
        for nonce, finding in findings.items():
            self._decide(doubts[nonce], finding)

    async def send(self) -> None:
        """Send all that waits and that the budget allows."""
        self.kept_back = 0
        if not self._desk.pending or self.in_doubt:
            return
        amounts = self._reserve()
        try:
            batches, failures = pack(
                [self._desk.pending[name] for name in amounts], self._desk.journal.number, self._settings, self._limits
            )
            for request, failure in failures:
                self._desk.fail(request, failure)
            for batch in batches:
                if self._desk.outlet.halting:
                    break
                await self._send(batch, amounts)
        finally:
            for name in amounts:
                if not self._desk.flies(name):
                    self._desk.purse.release(name)

    def _reserve(self) -> dict[str, int]:
        """The worst cases of what may go out, by request id."""
        amounts = {}
        for name, request in self._desk.pending.items():
            worst = self._worst(request)
            if not self._desk.purse.reserve(name, worst, on_disk=True):
                self.kept_back += 1
            else:
                amounts[name] = worst or 0
        return amounts

    async def _send(self, packed: list[Packed], amounts: dict[str, int]) -> None:
        asked_at = (await self._server.ask_time()).isoformat()
        nonce, model = self._nonce(), packed[0].request.model
        sends = [Send(one.request.id, one.number, amounts[one.request.id]) for one in packed]
        for send in sends:
            # A name that the server refuses is found before anything is written down.
            custom_id(send.request_id, nonce, send.number)
        self._desk.journal.intend(nonce, model, sends, asked_at)
        batch = Batch(nonce, model, len(sends), State.asked, asked_at)
        flight = self._desk.depart(batch, [send.request_id for send in sends])
        pieces = body(packed, nonce, self._settings)
        try:
            told = await self._server.create(pieces, body_length(packed), model)
        except Failure as failure:
            self._refused(flight, packed, failure)
        else:
            self._submitted(flight, told.id, told.created_at.isoformat())

    def _submitted(self, flight: Flight, batch_id: str, created_at: str) -> None:
        self._desk.journal.submitted(flight.batch.nonce, batch_id, created_at)
        flight.batch = flight.batch._replace(state=State.submitted, batch_id=batch_id, created_at=created_at)

    def _refused(self, flight: Flight, packed: list[Packed], failure: Failure) -> None:
        """The call failed: take it back where the server cannot have taken it, and else look for it."""
        size = f"a batch of {flight.batch.requests:,} requests"
        if not _is_definite(failure):
            self._desk.warn(f"It is not known whether the server took {size} ({failure.message}): looking for it.")
            raise failure
        self._desk.turn_back(flight)
        if failure.status == 413 and len(packed) == 1:
            self._desk.fail(packed[0].request, RowFailure(failure.message, status=413))
        elif failure.status == 413:
            self._limits = Limits(max(1, body_length(packed) // 2), max(1, len(packed) // 2))
            raise Transient(f"{failure.message}; smaller batches are tried", status=413)
        elif isinstance(failure, RowFailure):
            hint = "Nothing of it was billed. Run the same command again when what the message names is mended."
            raise Fatal(f"the server refused {size}: {failure.message}", hint=hint, status=failure.status)
        else:
            raise failure

    def _decide(self, flight: Flight, finding: Finding) -> None:
        size = f"{flight.batch.requests:,} requests"
        nonce, found = flight.batch.nonce, finding.batch
        self._candidates.discard(nonce)
        if finding.kind == "found" and found is not None:
            self._submitted(flight, found.id, found.created_at.isoformat())
            self._desk.warn(f"Found again: {found.id} with {size}, sent before the line or the machine broke.")
        elif finding.kind == "absent":
            self._desk.turn_back(flight)
            self._desk.warn(
                f"A batch of {size} is not on the server's list ten minutes after it was sent, and is sent again."
                " Should it turn up later all the same, these are paid for twice."
            )
        elif finding.kind == "candidate":
            self._candidates.add(nonce)

    def _doubts(self) -> list[Flight]:
        return [flight for flight in self._desk.flights.values() if flight.batch.batch_id is None]


def _is_definite(failure: Failure) -> bool:
    """Whether the server cannot have taken what was sent: it refused, or not a byte was on its way."""
    if isinstance(failure, Transient) and failure.status == 0:
        return not failure.accepted
    return 300 <= failure.status < 500 and failure.status != 408
