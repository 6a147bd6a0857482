"""How far a run is; reads only, also while it is being written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sdf.providers.anthropic.journal import described
from sdf.providers.prices import PICO
from sdf.records import Record
from sdf.run.batch_log import BatchLog
from sdf.run.directory import open_run
from sdf.run.ledger import Ledger
from sdf.run.lock import Holder, holder
from sdf.run.manifest import is_finished
from sdf.run.spending import in_doubt
from sdf.run.tally import tally


class RunStatus(Record):
    """The counts of a run now.

    `planned` are the briefs of the waves begun so far; `outcomes` counts attempts.
    `cost_usd` adds up the `requests` with a known price, `unpriced` counts the rest;
    `in_doubt_usd` is what may have been billed without an answer. `batches` are
    the open ones, a line each, `quarantined` counts answers that nobody asked for.
    """

    waves: int
    open_waves: int
    planned: int
    accepted: int
    unfilled: int
    pending: int
    outcomes: Mapping[str, int]
    requests: int
    cost_usd: float
    in_doubt_usd: float
    unpriced: int
    batches: tuple[str, ...]
    quarantined: Mapping[str, int]
    finished: bool
    holder: Holder | None


def run_status(path: Path) -> RunStatus:
    """The status of the run in `path`; RunError when there is none."""
    run = open_run(path)
    with Ledger.open(run.db, read_only=True) as ledger:
        waves, counted, usage = ledger.waves(), tally(ledger), ledger.usage_by()
        return RunStatus(
            waves=len(waves),
            open_waves=sum(not wave.closed for wave in waves),
            planned=counted.planned,
            accepted=counted.accepted,
            unfilled=counted.unfilled,
            pending=counted.pending,
            outcomes=counted.attempts,
            requests=sum(row.requests for row in usage),
            cost_usd=sum(row.cost_usd for row in usage),
            in_doubt_usd=in_doubt(ledger) / PICO,
            unpriced=sum(row.unpriced for row in usage),
            batches=tuple(described(BatchLog(ledger).open_batches(), datetime.now(UTC))),
            quarantined=ledger.quarantined(),
            finished=is_finished(run, ledger),
            holder=holder(path),
        )
