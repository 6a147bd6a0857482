"""A finished run in a few numbers, read from its ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from sdf.plan.table import TOKENS_PER_WORD
from sdf.providers.prices import PICO
from sdf.records import Record
from sdf.run.directory import open_run
from sdf.run.ledger import Ledger
from sdf.run.rewrites import RewriteReport, run_rewrites
from sdf.run.setup import Setup
from sdf.run.tally import tally


class GenreSummary(Record):
    """A genre's documents; `tokens` is an estimate from its words."""

    genre: str
    documents: int
    words: int
    tokens: int


class RunSummary(Record):
    """Counts of what a run wrote. `rejections` are attempts by the check that refused them.

    `spent` is in dollars, over the answers that have a price; `unpriced` counts the others.
    `rewrites` says what the second writer changed; None offline, where it changes nothing.
    """

    documents: int
    unfilled: int
    genres: tuple[GenreSummary, ...]
    principles: int
    principles_reached: int
    rejections: Mapping[str, int]
    near_duplicates: int
    unscored: bool
    spent: float
    unpriced: int
    rewrites: RewriteReport | None


def summarise(path: Path, setup: Setup) -> RunSummary:
    """Sum up the run in `path`, which was made from `setup`."""
    documents, words = Counter[str](), Counter[str]()
    reached: set[str] = set()
    with Ledger.open(open_run(path).db, read_only=True) as ledger:
        for wave in ledger.waves():
            for row in ledger.accepted(wave.series, wave.start, wave.stop):
                cell = setup.plan.cells[setup.plan.cell_number(row.index)].cell
                documents[cell.genre] += 1
                words[cell.genre] += row.words
                reached.update(cell.principle_ids)
        reasons = Counter(_kind_of(end, reason) for end, reason in ledger.reasons())
        unfilled = tally(ledger).unfilled
        offline = setup.recipe.models.writer == "offline"
        rewrites = None if offline else run_rewrites(ledger, setup)
        spent, unpriced = ledger.spent() / PICO, sum(row.unpriced for row in ledger.usage_by())
    return RunSummary(
        documents=documents.total(),
        unfilled=unfilled,
        genres=tuple(
            GenreSummary(
                genre=name, documents=documents[name], words=words[name], tokens=round(words[name] * TOKENS_PER_WORD)
            )
            for name in sorted(documents)
        ),
        principles=len(setup.teachable),
        principles_reached=len(reached),
        rejections=dict(reasons.most_common()),
        near_duplicates=reasons["near_duplicate"],
        unscored=setup.recipe.models.judge == "offline",
        spent=spent,
        unpriced=unpriced,
        rewrites=rewrites,
    )


def _kind_of(end: str, reason: str) -> str:
    """A rejection by its check; what failed by what the server said."""
    if end == "rejected":
        return reason.split(":")[0]
    return f"failed: {reason[:80]}" if end == "failed" else end
