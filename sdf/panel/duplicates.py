"""Copies, near-duplicates and likeness over all of a corpus."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdf.corpora import Corpus
from sdf.dedup.verify import similarities_of
from sdf.diversity.pairs import candidates, components
from sdf.diversity.signature import SLACK
from sdf.diversity.sketch import Sketches
from sdf.panel.rows import Evidence, Measured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAR, LOOSE = 0.8, 0.5
_LOOSE_BANDS, _LOOSE_ROWS = 32, 4
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Rates by measure, and how many groups of near-duplicates there are of each size.

    Evidence names documents by their number in the corpus.
    """

    measured: dict[str, Measured]
    group_sizes: dict[int, int]
    compared: int
    capped: int


def duplicates(corpus: Corpus, sketches: Sketches) -> Duplicates:
    """Exact at NEAR: every pair counted was compared. At LOOSE by signatures, which finds nine of ten."""
    count = max(1, len(sketches.words))
    found = candidates(sketches, NEAR)
    similar = found.pairs[similarities_of(corpus, found.pairs) >= NEAR]
    groups = components([*map(tuple, found.copies.tolist()), *map(tuple, similar.tolist())])
    left_out = sum(len(group) - 1 for group in groups.values())
    # Asked for LOOSE and the slack, only pairs estimated at LOOSE or more are given.
    wide = LOOSE + SLACK / sketches.signatures.shape[1] ** 0.5
    loose = candidates(sketches, wide, bands=_LOOSE_BANDS, rows=_LOOSE_ROWS)
    alike = set(loose.pairs.ravel().tolist()) | set(loose.copies.ravel().tolist())
    return Duplicates(
        measured={
            "same words": Measured(len(found.copies) / count, _shown(found.copies, "the same words")),
            "near-duplicates": Measured((left_out - len(found.copies)) / count, _shown(similar, "0.8 or more alike")),
            "near at 0.5": Measured(len(alike) / count, _shown(loose.pairs, "0.5 or more alike, estimated")),
        },
        group_sizes=dict(sorted(Counter(map(len, groups.values())).items())),
        compared=len(found.pairs),
        capped=found.capped,
    )


def _shown(pairs: NDArray[np.int32], what: str) -> tuple[Evidence, ...]:
    return tuple(Evidence(what, 2, (one, two)) for one, two in pairs[:_SHOWN].tolist())
