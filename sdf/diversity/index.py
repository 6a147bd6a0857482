"""An index that finds near-duplicates of a text among the texts before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdf.diversity.buckets import Buckets
from sdf.diversity.shingles import jaccard
from sdf.diversity.signature import DOCUMENT_PERMS, PREMISE_PERMS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Fetch = Callable[[int], "NDArray[np.uint64]"]
Visible = Callable[[int], bool]
# Four deviations of an estimate near 0.8: with 128 values a slack of 0.15.
_SLACK_TIMES_ROOT_OF_PERMS = 1.7
_GROWTH = 1.25
_FIRST_CAPACITY = 1024


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An earlier text and its exact Jaccard similarity to the one asked about."""

    entry_id: int
    similarity: float


class NearDuplicateIndex:
    """Near-duplicates by banded MinHash, verified exactly.

    Candidates share at least one band of `rows` signature values. Those whose
    estimate is far below the threshold are dropped, and the others are compared on
    their shingles, which the caller fetches, so the index keeps no text. With
    (25, 5) it finds a pair at a similarity of 0.8 with probability 0.99995 and
    never reports a pair below its threshold.

    Answers depend only on what was added and in which order. It takes at most
    930 bytes an entry with 128 values and (25, 5).

    `capped` counts queries that met a chain longer than `chain_limit`, of which only
    the newest entries were looked at, and `verified` counts exact comparisons.
    """

    def __init__(
        self,
        threshold: float = 0.8,
        *,
        bands: int = 25,
        rows: int = 5,
        perms: int = DOCUMENT_PERMS,
        chain_limit: int = 256,
    ) -> None:
        """Begin empty.

        Raises:
            ValueError: if the bands need more signature values than there are.
        """
        if bands * rows > perms:
            raise ValueError(f"{bands} bands of {rows} rows need more than {perms} values")
        import numpy as np

        self.threshold = threshold
        self.perms = perms
        self.chain_limit = chain_limit
        self.capped = 0
        self.verified = 0
        self._slack = _SLACK_TIMES_ROOT_OF_PERMS / perms**0.5
        self._count = 0
        self._ids = np.empty(_FIRST_CAPACITY, np.int64)
        self._signatures = np.empty((_FIRST_CAPACITY, perms), np.uint32)
        self._buckets = Buckets(bands, rows, _FIRST_CAPACITY)

    def __len__(self) -> int:
        """How many texts were added."""
        return self._count

    @property
    def nbytes(self) -> int:
        """The memory that the entries take, with the room kept for growth."""
        return self._ids.nbytes + self._signatures.nbytes + self._buckets.nbytes

    def add(self, entry_id: int, signature: NDArray[np.uint32]) -> None:
        """Add a text under the caller's number for it."""
        if self._count == len(self._ids):
            self._grow()
        self._ids[self._count] = entry_id
        self._signatures[self._count] = signature
        self._buckets.add(self._count, signature)
        self._count += 1

    def query(
        self,
        signature: NDArray[np.uint32],
        shingles: NDArray[np.uint64],
        fetch: Fetch,
        visible: Visible | None = None,
    ) -> Neighbour | None:
        """The most similar entry at or above the threshold, the smallest id on ties.

        `fetch` gives the shingles of an entry by its id. Entries for which `visible`
        is false do not count.
        """
        best: Neighbour | None = None
        for agreeing, entry_id in self._candidates(signature, visible):
            # Estimates fall from here on: none of the rest can be better than the best.
            if best and agreeing / self.perms + self._slack < best.similarity:
                break
            self.verified += 1
            similarity = jaccard(shingles, fetch(entry_id))
            if similarity < self.threshold:
                continue
            found = Neighbour(entry_id, similarity)
            if best is None or (-similarity, entry_id) < (-best.similarity, best.entry_id):
                best = found
        return best

    def _candidates(self, signature: NDArray[np.uint32], visible: Visible | None) -> list[tuple[int, int]]:
        """(agreeing values, id) of each candidate worth verifying, most agreeing first."""
        import numpy as np

        entries, capped = self._buckets.matching(signature, self.chain_limit)
        self.capped += capped
        if not len(entries):
            return []
        agreeing = np.count_nonzero(self._signatures[entries] == signature, axis=1)
        likely = agreeing >= (self.threshold - self._slack) * self.perms
        # An entry comes once for each band that it shares.
        pairs = set(zip(agreeing[likely].tolist(), self._ids[entries[likely]].tolist(), strict=True))
        shown = [pair for pair in pairs if visible is None or visible(pair[1])]
        return sorted(shown, key=lambda pair: (-pair[0], pair[1]))

    def _grow(self) -> None:
        import numpy as np

        capacity = int(len(self._ids) * _GROWTH)
        ids = np.empty(capacity, np.int64)
        signatures = np.empty((capacity, self.perms), np.uint32)
        ids[: self._count] = self._ids
        signatures[: self._count] = self._signatures
        self._ids, self._signatures = ids, signatures
        self._buckets.rebuild(signatures[: self._count], capacity)


def premise_index(threshold: float = 0.6) -> NearDuplicateIndex:
    """An index for one-line premises: 3-shingles, 64 values, bands (16, 4)."""
    return NearDuplicateIndex(threshold, bands=16, rows=4, perms=PREMISE_PERMS)
