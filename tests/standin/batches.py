"""Message Batches: taken in whole or not at all, worked through by the clock, kept for 29 days."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.standin.limits import Limits, Refusal, digest
from tests.standin.results import Row

CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
EXPIRES = 24 * 3600.0
RETAINED = 29 * 24 * 3600.0
COUNTED = ("processing", "succeeded", "errored", "canceled", "expired")


@dataclass
class Batch:
    """One accepted batch; times are seconds of the server's clock."""

    id: str
    number: int
    created: float
    takes: float
    rows: list[tuple[str, dict[str, Any]]]  # custom_id and params, until it has ended
    hidden_until: float
    size: int = 0
    digests: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    cancel_at: float | None = None
    cancel_takes: float = 0.0
    ended: float | None = None
    counts: dict[str, int] = field(default_factory=dict)
    lines: list[bytes] = field(default_factory=list)
    paid: list[int] = field(default_factory=list)  # places of rows that are billed

    @property
    def end(self) -> float:
        """When it ends, or ended."""
        end = self.created + min(self.takes, EXPIRES)
        return end if self.cancel_at is None else min(end, self.cancel_at + self.cancel_takes)

    def archived(self, now: float) -> float | None:
        """Since when its results are gone."""
        gone = self.created + RETAINED
        return gone if now >= gone else None

    def outcome(self, place: int) -> str:
        """What time and cancellation leave of a row: what was not reached before the end was not sent."""
        if self.end >= self.created + self.takes:
            return "succeeded"
        reached = (self.end if self.cancel_at is None else self.cancel_at) - self.created
        if place < self.size * reached / self.takes:
            return "succeeded"
        return "expired" if self.cancel_at is None else "canceled"


def stamp(seconds: float | None) -> str | None:
    """RFC 3339."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def accepted_rows(document: Any, size: int, limits: Limits) -> list[tuple[str, dict[str, Any]]]:
    """The requests of a batch, or the refusal of all of them. Params are looked at only when the batch ends."""
    if size > limits.batch_bytes:
        raise Refusal(413, f"Request exceeds the maximum size of {limits.batch_bytes} bytes")
    requests = document.get("requests") if isinstance(document, dict) else None
    if not isinstance(requests, list) or not requests:
        raise Refusal(400, "requests: List should have at least 1 item after validation, not 0")
    if len(requests) > limits.batch_requests:
        raise Refusal(413, f"requests: a batch holds at most {limits.batch_requests} requests, not {len(requests)}")
    seen: set[str] = set()
    for place, request in enumerate(requests):
        name = request.get("custom_id") if isinstance(request, dict) else None
        if not isinstance(name, str) or not CUSTOM_ID.fullmatch(name):
            raise Refusal(400, f"requests.{place}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'")
        if not isinstance(request.get("params"), dict):
            raise Refusal(400, f"requests.{place}.params: Field required")
        if name in seen:
            raise Refusal(400, f"requests: custom_id values must be unique, {name!r} is there twice")
        seen.add(name)
    return [(request["custom_id"], request["params"]) for request in requests]


class Batches:
    """All batches of one workspace."""

    def __init__(self, work: Callable[[Batch], list[Row]]) -> None:
        self._work = work
        self._all: dict[str, Batch] = {}
        self.accepted: list[Batch] = []  # in order of acceptance, deleted ones too

    def add(self, rows: list[tuple[str, dict[str, Any]]], now: float, takes: float, hide: float) -> Batch:
        """Accept a batch."""
        number = len(self.accepted)
        name = f"msgbatch_{hashlib.blake2b(str(number).encode(), digest_size=12).hexdigest()}"
        batch = Batch(name, number, now, takes, rows, now + hide, size=len(rows))
        batch.digests = [digest(params) for _, params in rows]
        batch.ids = [custom_id for custom_id, _ in rows]
        batch.counts = dict.fromkeys(COUNTED, 0) | {"processing": len(rows)}
        batch.paid = list(range(len(rows)))
        self._all[name] = batch
        self.accepted.append(batch)
        return batch

    def get(self, name: str, now: float) -> Batch:
        """A batch as it is now."""
        batch = self._all.get(name)
        if batch is None:
            raise Refusal(404, f"Message batch with id '{name}' not found")
        self._settle(batch, now)
        return batch

    def _settle(self, batch: Batch, now: float) -> None:
        if batch.ended is not None or now < batch.end:
            return
        rows = self._work(batch)
        batch.ended = batch.end
        batch.counts = dict.fromkeys(COUNTED, 0)
        for row in rows:
            batch.counts[row.outcome] += 1
        batch.paid = [row.place for row in rows if row.outcome == "succeeded"]
        batch.lines = [line for row in rows for line in row.lines]
        batch.rows = []

    def cancel(self, name: str, now: float, takes: float) -> Batch:
        """Ask for an end; what is under way is still worked through."""
        batch = self.get(name, now)
        if batch.ended is not None:
            raise Refusal(400, f"Message batch {name} has ended and cannot be canceled")
        if batch.cancel_at is None:
            batch.cancel_at, batch.cancel_takes = now, takes
        return batch

    def delete(self, name: str, now: float) -> dict[str, str]:
        """Forget an ended batch."""
        if self.get(name, now).ended is None:
            raise Refusal(400, f"Message batch {name} has not ended; cancel it first")
        del self._all[name]
        return {"id": name, "type": "message_batch_deleted"}

    def results(self, name: str, now: float) -> list[bytes]:
        """Lines of an ended batch."""
        batch = self.get(name, now)
        if batch.ended is None or batch.archived(now):
            raise Refusal(404, f"Message batch {name} has no available results")
        return batch.lines

    def page(self, query: Mapping[str, str], now: float) -> tuple[list[Batch], bool]:
        """One page of those that lists show, newest first, and whether more follow in its direction."""
        limit = query.get("limit", "20")
        if not limit.isdecimal() or not 1 <= int(limit) <= 1000:
            raise Refusal(400, "limit: Input should be between 1 and 1000")
        shown = [b for b in reversed(self.accepted) if b.id in self._all and b.hidden_until <= now]
        names = [batch.id for batch in shown]
        first, last, backwards = 0, len(shown), False
        for cursor in ("after_id", "before_id"):
            if cursor in query:
                if query[cursor] not in names:
                    raise Refusal(400, f"{cursor}: no batch {query[cursor]!r}")
                place = names.index(query[cursor])
                first, last = (place + 1, last) if cursor == "after_id" else (first, place)
                backwards = cursor == "before_id"
        chosen = shown[first:last][-int(limit) :] if backwards else shown[first:last][: int(limit)]
        for batch in chosen:
            self._settle(batch, now)
        return chosen, last - first > int(limit)


def described(batch: Batch, now: float, base: str) -> dict[str, Any]:
    """A batch as the API says it."""
    archived = batch.archived(now)
    status = "ended" if batch.ended is not None else "in_progress" if batch.cancel_at is None else "canceling"
    open_to_read = status == "ended" and archived is None
    return {
        "id": batch.id,
        "type": "message_batch",
        "processing_status": status,
        "request_counts": batch.counts,
        "created_at": stamp(batch.created),
        "expires_at": stamp(batch.created + EXPIRES),
        "ended_at": stamp(batch.ended),
        "cancel_initiated_at": stamp(batch.cancel_at),
        "archived_at": stamp(archived),
        "results_url": f"{base}/v1/messages/batches/{batch.id}/results" if open_to_read else None,
    }


def page_described(page: list[Batch], more: bool, now: float, base: str) -> dict[str, Any]:
    """A page of batches as the API says it."""
    data = [described(batch, now, base) for batch in page]
    ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {"first_id": None, "last_id": None}
    return {"data": data, "has_more": more, **ends}
