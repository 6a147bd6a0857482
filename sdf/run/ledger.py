"""run.db, the truth about a run: what was answered, what was decided, what was written.

A call that records returns when its transaction is on the disk. One thread and one
process write; readers see the last committed state.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sdf.errors import DamagedError, RunError
from sdf.records import Outcome, StageLineage
from sdf.run.rows import (
    Accepted,
    Phase,
    RecordedDecision,
    RecordedFile,
    RecordedResponse,
    UsageTotal,
    Wave,
    decision_of,
    decision_row,
    file_row,
    lineage_of,
    response_of,
    response_row,
    sealed,
    tokens_of,
    unpack,
    unsigned,
    usage_of,
)
from sdf.run.store import Store, insert, replace

GROUP_ROWS = 256
GROUP_SECONDS = 0.05

MAX_INDEX = 2**62

_SEAL = "manifest"

_RESPONSE = "series = ? AND idx = ? AND attempt = ? AND stage = ? AND retry = ?"
_DECISION = "series = ? AND idx = ? AND attempt = ? AND phase = ?"
_RANGE = "series = ? AND idx >= ? AND idx < ?"


class Ledger(Store):
    """The responses, decisions and waves of a run.

    Series and indices name briefs; a range is `start` to `stop`, exclusive.
    """

    def record_responses(self, rows: Sequence[RecordedResponse]) -> None:
        """Record all rows in one transaction; they are durable when this returns.

        A row whose place holds the same request's answer already is ignored: the first
        stands. Where it holds another request's, DamagedError, and the rest is recorded.
        """
        added, clashes = [], []
        with self.transaction() as connection:
            for row in rows:
                values = response_row(row)
                if insert(connection, "responses", values):
                    added.append(row)
                    continue
                query = "SELECT request_id FROM responses WHERE " + _RESPONSE
                (held,) = connection.execute(query, row.key).fetchone()
                if held != row.response.request_id:
                    clashes.append(" ".join(map(str, row.key)))
            _add_usage(connection, added)
        if clashes:
            raise DamagedError(
                f"another request is recorded already for: {', '.join(clashes)}",
                where=str(self.path),
                hint="A prompt changed under a run: go on with the inputs and the version it was made with.",
            )

    @contextmanager
    def grouped(self) -> Iterator[ResponseSink]:
        """A sink that records in groups; what is left is recorded at the end."""
        sink = ResponseSink(self)
        try:
            yield sink
        finally:
            sink.flush()

    def responses(self, series: str, start: int, stop: int) -> Iterator[RecordedResponse]:
        """The responses to indices `start` to `stop` (exclusive), by index, attempt, stage, retry."""
        query = f"SELECT * FROM responses WHERE {_RANGE}"
        order = " ORDER BY idx, attempt, stage, retry"
        return map(response_of, self.rows(query + order, series, start, stop))

    def responses_of(self, series: str, index: int) -> list[RecordedResponse]:
        """The responses to one brief, by attempt, stage and retry."""
        return list(self.responses(series, index, index + 1))

    def lineage(self, series: str, start: int, stop: int) -> Iterator[tuple[int, int, StageLineage]]:
        """(index, attempt, which call answered a stage) for a range, without the texts, in order."""
        tokens = "input, output, cache_read, cache_write, cache_write_1h"
        columns = f"stage, request_id, model, template_sha256, {tokens}, cost"
        query = f"SELECT idx, attempt, {columns} FROM responses WHERE {_RANGE} ORDER BY idx, attempt, stage, retry"
        for row in self.rows(query, series, start, stop):
            yield row[0], row[1], lineage_of(row[2:])

    def response_text(self, series: str, index: int, attempt: int, stage: str) -> str | None:
        """The last answer to one stage, or None when there is none."""
        query = (
            "SELECT text FROM responses WHERE series = ? AND idx = ? AND attempt = ? AND stage = ?"
            " ORDER BY retry DESC LIMIT 1"
        )
        row = next(self.rows(query, series, index, attempt, stage), None)
        return None if row is None else unpack(row[0]).decode()

    # --- decisions and waves ------------------------------------------------

    def record_decisions(self, rows: Sequence[RecordedDecision]) -> None:
        """Record all rows in one transaction; the same decision again is ignored.

        Another decision in the same place is a DamagedError, and nothing is recorded;
        `pending` is not a decision and is a ValueError.
        """
        with self.transaction() as connection:
            for row in rows:
                if row.decision.outcome is Outcome.pending:
                    raise ValueError("an attempt that is pending is not decided")
                values = decision_row(row)
                if insert(connection, "decisions", values):
                    continue
                query = "SELECT digest FROM decisions WHERE " + _DECISION
                (held,) = connection.execute(query, values[:4]).fetchone()
                if held != values[-1]:
                    key = " ".join(map(str, values[:4]))
                    message = f"{key}: decided otherwise before"
                    hint = "A check changed under a run: go on with the version it was made with."
                    raise DamagedError(message, where=str(self.path), hint=hint)

    def decisions(self, series: str, start: int, stop: int, phase: Phase | None = None) -> Iterator[RecordedDecision]:
        """Decisions for `start` to `stop` (exclusive), by index, attempt, phase."""
        query = f"SELECT * FROM decisions WHERE {_RANGE} AND phase = coalesce(?, phase) ORDER BY idx, attempt, phase"
        return map(decision_of, self.rows(query, series, start, stop, phase))

    def accepted(self, series: str, start: int, stop: int, phase: Phase = "document") -> Iterator[Accepted]:
        """What was accepted among `start` to `stop` (exclusive), in index order."""
        query = (
            "SELECT series, idx, attempt, sketch, opening, words FROM decisions"
            f" WHERE {_RANGE} AND phase = ? AND outcome = 'accepted' ORDER BY idx, attempt"
        )
        for row in self.rows(query, series, start, stop, phase):
            names = zip(Accepted.model_fields, row, strict=True)
            yield Accepted.model_validate(dict(names) | {"opening": unsigned(row[4])})

    def open_wave(self, series: str, number: int, start: int, stop: int) -> None:
        """Record that a wave began, once; the run is then no longer finished.

        RunError when the wave is known with other bounds, or overlaps one.
        """
        with self.transaction() as connection:
            query = (
                "SELECT number, start, stop FROM waves WHERE series = ? AND (number = ? OR (start < ? AND stop > ?))"
            )
            held = connection.execute(query, (series, number, stop, start)).fetchall()
            if held == [(number, start, stop)]:
                return
            if held or start >= stop:
                message = f"wave {number} of {series} [{start}, {stop}) does not fit {held}"
                raise RunError(message, where=str(self.path))
            replace(connection, "waves", sealed("waves", series, number, start, stop, 0))
            connection.execute("DELETE FROM meta WHERE key = ?", (_SEAL,))

    def close_wave(self, series: str, number: int, files: Sequence[RecordedFile] = ()) -> None:
        """Record that a wave is decided, and the shards that hold it."""
        with self.transaction() as connection:
            query = "SELECT start, stop FROM waves WHERE series = ? AND number = ?"
            bounds = connection.execute(query, (series, number)).fetchone()
            if bounds is None:
                raise RunError(f"wave {number} of {series} was never opened", where=str(self.path))
            replace(connection, "waves", sealed("waves", series, number, *bounds, 1))
            for row in files:
                replace(connection, "files", file_row(row))

    def seal(self, manifest_sha256: str) -> None:
        """Note that the run is finished; opening another wave takes it back."""
        self.set_meta(_SEAL, manifest_sha256)

    @property
    def sealed_with(self) -> str | None:
        """The digest that `seal` was given, or None while the run is not finished."""
        return self.meta(_SEAL)

    def waves(self, series: str | None = None) -> list[Wave]:
        """The waves, by series and number."""
        query = "SELECT * FROM waves WHERE series = coalesce(?, series) ORDER BY series, number"
        rows = self.rows(query, series)
        return [Wave.model_validate(dict(zip(Wave.model_fields, r, strict=False))) for r in rows]

    # --- counts -------------------------------------------------------------

    def outcome_counts(self) -> dict[tuple[str, str, str], int]:
        """How many decisions there are of each (series, phase, outcome)."""
        query = (
            "SELECT series, phase, outcome, count(*) FROM decisions"
            " GROUP BY series, phase, outcome ORDER BY series, phase, outcome"
        )
        return {(s, p, o): n for s, p, o, n in self.rows(query)}

    def outcomes(
        self, series: str | None = None, start: int = 0, stop: int = MAX_INDEX
    ) -> Iterator[tuple[str, int, int, str, str]]:
        """(series, index, attempt, phase, outcome) of every decision, in that order."""
        query = "SELECT series, idx, attempt, phase, outcome FROM decisions"
        order = " ORDER BY series, idx, attempt, phase"
        if series is None:
            return self.rows(query + order)
        return self.rows(f"{query} WHERE {_RANGE}{order}", series, start, stop)

    def reasons(self) -> Iterator[tuple[str, str]]:
        """(outcome, reason) of every attempt that ended without a document."""
        return self.rows("SELECT outcome, reason FROM decisions WHERE outcome != 'accepted'")

    def accepted_count(self) -> int:
        """How many documents are accepted."""
        counts = self.outcome_counts()
        return sum(n for key, n in counts.items() if key[1:] == ("document", "accepted"))

    def usage_by(self) -> list[UsageTotal]:
        """What each model used for each stage of each genre, in this order."""
        return [usage_of(row) for row in self.rows("SELECT * FROM usage ORDER BY stage, genre, model")]

    def spent(self) -> int:
        """What all recorded responses with a price cost, in 10^-12 dollars."""
        (total,) = next(self.rows("SELECT coalesce(sum(cost), 0) FROM usage"))
        return int(total)


class ResponseSink:
    """Records responses in groups of 256, or what came within 50 ms.

    A response counts as recorded when `add` or `flush` has returned it. Nothing is
    recorded between calls: a caller that waits asks `due_in` for how long it may.
    """

    def __init__(self, ledger: Ledger, clock: Callable[[], float] = time.monotonic) -> None:
        """Empty; made by `Ledger.grouped`. `clock` gives seconds and never goes back."""
        self._ledger = ledger
        self._clock = clock
        self._rows: list[RecordedResponse] = []
        self._since = 0.0

    def add(self, row: RecordedResponse) -> list[RecordedResponse]:
        """Take a row; returns the rows that are recorded now, often none."""
        if not self._rows:
            self._since = self._clock()
        self._rows.append(row)
        full = len(self._rows) >= GROUP_ROWS
        return self.flush() if full or self.due_in() == 0 else []

    def flush(self) -> list[RecordedResponse]:
        """Record what waits; returns it. Rows that the disk refused go on waiting."""
        rows = self._rows
        if rows:
            self._ledger.record_responses(rows)
            self._rows = []
        return rows

    def due_in(self) -> float | None:
        """Seconds until what waits must be flushed; None when nothing waits."""
        if not self._rows:
            return None
        return max(0.0, self._since + GROUP_SECONDS - self._clock())


def _add_usage(connection: sqlite3.Connection, rows: Sequence[RecordedResponse]) -> None:
    # Kept as running totals, because summing the responses would read every text.
    totals: dict[tuple[str, str, str], list[int]] = {}
    for row in rows:
        key = (row.stage, row.genre, row.response.model)
        spent = (0, 1) if row.cost is None else (row.cost, 0)
        used = (1, *tokens_of(row.response.usage), *spent)
        totals[key] = [a + b for a, b in zip(totals.get(key, [0] * len(used)), used, strict=True)]
    for key, added in totals.items():
        query = "SELECT * FROM usage WHERE stage = ? AND genre = ? AND model = ?"
        held = connection.execute(query, key).fetchone()
        sums = [a + b for a, b in zip(added, held[3:-1] if held else [0] * len(added), strict=True)]
        replace(connection, "usage", sealed("usage", *key, *sums))
