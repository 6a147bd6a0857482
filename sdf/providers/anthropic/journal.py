"""What must be on the disk about batches, so that no kill loses a request or pays for it twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

EXPIRES = timedelta(hours=24)
RETAINED = timedelta(days=29)
"""Both from the batch's creation: unsent requests expire, and results are kept."""


class State(StrEnum):
    """How far a batch is, as far as the disk knows."""

    asked = "asked"  # the intent: whether the server took it is not known
    submitted = "submitted"
    void = "void"  # the server never took it
    closed = "closed"  # every request of it has its fate


class Fate(StrEnum):
    """What became of a request in a batch."""

    sent = "sent"
    recorded = "recorded"  # its answer is in the ledger
    failed = "failed"  # its result cannot be used, and the failure is in the ledger
    errored = "errored"
    expired = "expired"
    canceled = "canceled"
    missing = "missing"  # the batch ended without a result for it
    lost = "lost"  # the results were gone before they were read
    void = "void"

    @property
    def suspected(self) -> bool:
        """Whether it may have been billed although there is no answer."""
        return self in {Fate.failed, Fate.missing, Fate.lost}


class Send(NamedTuple):
    """One request in one batch. `worst` is in 10^-12 dollars, `number` counts its sendings from 1."""

    request_id: str
    number: int
    worst: int
    fate: Fate = Fate.sent


class Batch(NamedTuple):
    """A batch on the disk. `asked_at` and `created_at` are the server's time, in RFC 3339."""

    nonce: str
    model: str
    requests: int
    state: State
    asked_at: str
    batch_id: str | None = None
    created_at: str | None = None


class Journal(Protocol):
    """Every call is one transaction: what it wrote is durable when it returns."""

    def intend(self, nonce: str, model: str, sends: Sequence[Send], asked_at: str) -> None:
        """A batch is about to be sent."""

    def submitted(self, nonce: str, batch_id: str, created_at: str) -> None:
        """The server took it under this id."""

    def void(self, nonce: str) -> None:
        """The server never took it: its requests are free again."""

    def fates(self, nonce: str, fates: Mapping[str, Fate]) -> None:
        """What became of requests, by request id."""

    def closed(self, nonce: str) -> None:
        """Every request of the batch has its fate."""

    def settle_recorded(self) -> None:
        """Mark the requests whose answers were recorded just before a kill."""

    def open_batches(self) -> list[Batch]:
        """The batches that are asked or submitted, in the order of asking."""

    def knows(self, batch_id: str) -> bool:
        """Whether this id of the server's was ever recorded."""

    def sends(self, nonce: str) -> Iterator[Send]:
        """The requests of a batch."""

    def number(self, request_id: str) -> int:
        """Which sending of the request the next one is; those that came to nothing do not count."""

    def quarantine(self, source: str, request_id: str, reason: str, text: str) -> None:
        """Keep what a server sent and nobody asked for; the same again is ignored."""


def described(batches: Iterable[Batch], now: datetime) -> list[str]:
    """One line a batch: its id, how far it is, how old, and what time does to it next."""
    return [_line(batch, now) for batch in batches]


def _line(batch: Batch, now: datetime) -> str:
    what = f"{batch.requests:,} requests to {batch.model}"
    if batch.batch_id is None or batch.created_at is None:
        return f"(id not known yet)  {what}, asked {_span(now - moment(batch.asked_at))} ago; it is being looked for"
    age = now - moment(batch.created_at)
    head = f"{batch.batch_id}  {what}, {batch.state}, {_span(age)} old"
    if age < EXPIRES:
        return f"{head}; expires in {_span(EXPIRES - age)}"
    if age < RETAINED:
        return f"{head}; results are kept for {_span(RETAINED - age)}"
    return f"{head}; results are no longer kept"


def moment(stamp: str) -> datetime:
    """A time of the server's, from its text."""
    return datetime.fromisoformat(stamp)


def _span(length: timedelta) -> str:
    minutes = max(0, int(length.total_seconds())) // 60
    hours, days = minutes // 60, minutes // 1440
    if days >= 2:
        return f"{days} days"
    return f"{hours} h {minutes % 60:02} min" if hours else f"{minutes} min"
