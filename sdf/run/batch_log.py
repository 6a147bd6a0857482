"""The batches of a run in its ledger: what was about to be sent, what was taken, what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from sqlite3 import Connection

from sdf.errors import RunError
from sdf.providers.anthropic.journal import Batch, Fate, Send, State
from sdf.run.rows import sealed
from sdf.run.store import Store, insert, replace


class BatchLog:
    """A `Journal` over an open ledger, which stays its owner's to close."""

    def __init__(self, ledger: Store) -> None:
        self._ledger = ledger

    def intend(self, nonce: str, model: str, sends: Sequence[Send], asked_at: str) -> None:
        """A batch is about to be sent; RunError when the nonce was used before."""
        ids = sha256("\n".join(sorted(send.request_id for send in sends)).encode()).hexdigest()
        row = sealed("batches", nonce, model, len(sends), ids, State.asked.value, asked_at, None, None)
        with self._ledger.transaction() as connection:
            if not insert(connection, "batches", row):
                raise RunError(f"the nonce {nonce} names another batch", where=str(self._ledger.path))
            for send in sends:
                replace(connection, "sends", _send_row(nonce, send))

    def submitted(self, nonce: str, batch_id: str, created_at: str) -> None:
        """The server took it under this id."""
        with self._ledger.transaction() as connection:
            _change(connection, nonce, State.submitted, (batch_id, created_at))

    def void(self, nonce: str) -> None:
        """The server never took it: its requests are free again."""
        with self._ledger.transaction() as connection:
            _change(connection, nonce, State.void)
            rows = connection.execute("SELECT * FROM sends WHERE nonce = ?", (nonce,)).fetchall()
            for row in rows:
                replace(connection, "sends", _send_row(nonce, _send_of(row)._replace(fate=Fate.void)))

    def fates(self, nonce: str, fates: Mapping[str, Fate]) -> None:
        """What became of requests, by request id; one that is not in the batch is ignored."""
        query = "SELECT * FROM sends WHERE nonce = ? AND request_id = ?"
        with self._ledger.transaction() as connection:
            for request_id, fate in fates.items():
                row = connection.execute(query, (nonce, request_id)).fetchone()
                if row is not None:
                    replace(connection, "sends", _send_row(nonce, _send_of(row)._replace(fate=fate)))

    def closed(self, nonce: str) -> None:
        """Every request of the batch has its fate."""
        with self._ledger.transaction() as connection:
            _change(connection, nonce, State.closed)

    def settle_recorded(self) -> None:
        """Mark the requests whose answers were recorded just before a kill."""
        query = (
            "SELECT s.nonce, s.request_id, r.error IS NOT NULL AND r.output = 0"
            " FROM sends s JOIN responses r ON r.request_id = s.request_id WHERE s.fate = 'sent'"
        )
        found: dict[str, dict[str, Fate]] = {}
        for nonce, request_id, failed in self._ledger.rows(query):
            found.setdefault(nonce, {})[request_id] = Fate.failed if failed else Fate.recorded
        for nonce, fates in found.items():
            self.fates(nonce, fates)

    def open_batches(self) -> list[Batch]:
        """The batches that are asked or submitted, in the order of asking."""
        query = "SELECT * FROM batches WHERE state IN ('asked', 'submitted') ORDER BY asked_at, nonce"
        return list(map(_batch_of, self._ledger.rows(query)))

    def batches(self) -> Iterator[Batch]:
        """All batches there ever were, in the order of asking."""
        return map(_batch_of, self._ledger.rows("SELECT * FROM batches ORDER BY asked_at, nonce"))

    def knows(self, batch_id: str) -> bool:
        """Whether this id of the server's was ever recorded."""
        return next(self._ledger.rows("SELECT 1 FROM batches WHERE batch_id = ?", batch_id), None) is not None

    def sends(self, nonce: str) -> Iterator[Send]:
        """The requests of a batch, by id."""
        return map(_send_of, self._ledger.rows("SELECT * FROM sends WHERE nonce = ? ORDER BY request_id", nonce))

    def number(self, request_id: str) -> int:
        """Which sending of the request the next one is; those that came to nothing do not count."""
        query = "SELECT count(*) FROM sends WHERE request_id = ? AND fate != 'void'"
        (before,) = next(self._ledger.rows(query, request_id))
        return int(before) + 1

    def suspected(self) -> int:
        """The most that requests without an answer may have been billed, in 10^-12 dollars.

        What is in flight is not in it: the lane reserves that.
        """
        totals = self._ledger.rows("SELECT fate, sum(worst) FROM sends WHERE fate != 'recorded' GROUP BY fate")
        return sum(total for fate, total in totals if Fate(fate).suspected)

    def fate_counts(self) -> dict[Fate, int]:
        """How many sendings ended how."""
        return {Fate(fate): n for fate, n in self._ledger.rows("SELECT fate, count(*) FROM sends GROUP BY fate")}

    def quarantine(self, source: str, request_id: str, reason: str, text: str) -> None:
        """Keep what a server sent and nobody asked for; the same again is ignored."""
        self._ledger.quarantine(source, request_id, reason, text)


def _change(connection: Connection, nonce: str, state: State, taken: tuple[str, str] | None = None) -> None:
    row = connection.execute("SELECT * FROM batches WHERE nonce = ?", (nonce,)).fetchone()
    if row is None:
        raise ValueError(f"no batch was asked for under {nonce!r}")
    named = taken or row[6:8]
    replace(connection, "batches", sealed("batches", *row[:4], state.value, row[5], *named))


def _send_row(nonce: str, send: Send) -> tuple[object, ...]:
    return sealed("sends", nonce, send.request_id, send.number, send.worst, send.fate.value)


def _send_of(row: tuple[object, ...]) -> Send:
    _, request_id, number, worst, fate = row[:5]
    return Send(str(request_id), int(str(number)), int(str(worst)), Fate(str(fate)))


def _batch_of(row: tuple[object, ...]) -> Batch:
    nonce, model, requests, _, state, asked_at, batch_id, created_at = row[:8]
    return Batch(nonce, model, requests, State(str(state)), asked_at, batch_id, created_at)  # type: ignore[arg-type]
