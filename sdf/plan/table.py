"""A plan summed up: who gets how many documents and tokens. Spends nothing, stores no brief."""

from __future__ import annotations

from collections.abc import Mapping

from sdf.plan.briefs import Plan
from sdf.plan.sequence import GOLDEN
from sdf.records import Record

TOKENS_PER_WORD = 1.35
"""Tokens a word of English prose costs under current tokenizers, for estimates only."""


class GenreRow(Record):
    """A genre's part of a plan; `share` is of tokens."""

    genre: str
    documents: int
    tokens: int
    share: float


class PlanTable(Record):
    """Documents and expected tokens of a plan's first `n` briefs.

    `cells` maps a cell's key to its documents. `per_premise` is how many documents fall
    on one principle in one form: how often a planner is asked for a new premise there.
    """

    n: int
    tokens: int
    genres: tuple[GenreRow, ...]
    principles: Mapping[str, int]
    cells: Mapping[str, int]
    per_premise: float


def plan_table(plan: Plan, n: int) -> PlanTable:
    """Count the first `n` briefs by cell, with numpy, in chunks of a million."""
    counts = _cell_counts(plan, n)
    genres: dict[str, int] = {}
    principles: dict[str, int] = {}
    for row, count in zip(plan.cells, counts, strict=True):
        genres[row.cell.genre] = genres.get(row.cell.genre, 0) + count
        for pid in row.cell.principle_ids:
            principles[pid] = principles.get(pid, 0) + count
    packs = {genre.name: genre for genre in plan.catalogue.genres}
    tokens = {name: round(count * packs[name].expected_words * TOKENS_PER_WORD) for name, count in genres.items()}
    total = sum(tokens.values())
    places = sum(len(packs[row.cell.genre].forms) for row in plan.cells)
    return PlanTable(
        n=n,
        tokens=total,
        genres=tuple(
            GenreRow(
                genre=name, documents=genres[name], tokens=tokens[name], share=tokens[name] / total if total else 0
            )
            for name in sorted(genres)
        ),
        principles=dict(sorted(principles.items())),
        cells={row.cell.key: count for row, count in zip(plan.cells, counts, strict=True)},
        per_premise=n / places if places else 0.0,
    )


def documents_for_tokens(plan: Plan, tokens: int) -> int:
    """How many documents are expected to hold this many tokens, at least one."""
    packs = {genre.name: genre for genre in plan.catalogue.genres}
    mean = sum(plan.share(number) * packs[row.cell.genre].expected_words for number, row in enumerate(plan.cells))
    return max(1, round(tokens / (mean * TOKENS_PER_WORD)))


def _cell_counts(plan: Plan, n: int) -> list[int]:
    import numpy as np

    counts = np.zeros(len(plan.cells), np.int64)
    bounds = np.array([min(bound, (1 << 64) - 1) for bound in plan.bounds], np.uint64)
    for start in range(0, n, 1 << 20):
        index = np.arange(start, min(start + (1 << 20), n), dtype=np.uint64)
        points = index * np.uint64(GOLDEN) + np.uint64(plan.cell_shift)
        owners = np.minimum(np.searchsorted(bounds, points, side="right"), len(plan.cells) - 1)
        counts += np.bincount(owners, minlength=len(plan.cells))
    return [int(count) for count in counts]
