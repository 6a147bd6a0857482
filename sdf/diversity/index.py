"""An index that finds near-duplicates of a text among the texts before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sdf.diversity import signature_file
from sdf.diversity.shingles import DOCUMENT_SHINGLE, PREMISE_SHINGLE, jaccard
from sdf.diversity.signature import DOCUMENT_PERMS, PREMISE_PERMS, SLACK

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sdf.diversity.chains import Tables

Fetch = Callable[[int], "NDArray[np.uint64]"]
Visible = Callable[[int], bool]
Shingles = Callable[[], "NDArray[np.uint64]"]
_GROWTH = 1.25
_FIRST_CAPACITY = 1024
_MOST_CANDIDATES = 4096
_MOST_A_SLOT = 1


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

    Answers depend only on what was added and in which order, whether one at a time or
    many. It takes at most 980 bytes an entry with 128 values and (25, 5), of which the
    signatures, 512, are on the disk where they were loaded from a file.

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
        shingle: int = DOCUMENT_SHINGLE,
        chain_limit: int = 256,
    ) -> None:
        """Begin empty. `shingle` is kept with the signatures and is not used otherwise.

        Raises:
            ValueError: if the bands need more signature values than there are.
        """
        if bands * rows > perms:
            raise ValueError(f"{bands} bands of {rows} rows need more than {perms} values")
        import numpy as np

        self.threshold = threshold
        self.perms = perms
        self.shingle = shingle
        self.chain_limit = chain_limit
        self.capped = 0
        self.verified = 0
        self._bands, self._rows = bands, rows
        self._slack = SLACK / perms**0.5
        # At least the estimate that the slack allows, in agreeing values.
        self._least = int(np.ceil((threshold - self._slack) * perms))
        self._count = 0
        self._ids = np.empty(_FIRST_CAPACITY, np.int64)
        self._base = np.empty((0, perms), np.uint32)
        self._tail = np.empty((_FIRST_CAPACITY, perms), np.uint32)
        self._found = np.empty((2, _MOST_CANDIDATES), np.int32)
        self._slots = np.empty(bands, np.int64)
        self._before = np.empty((_FIRST_CAPACITY, bands), np.int32)
        self._clear_tables(_FIRST_CAPACITY)

    def __len__(self) -> int:
        """How many texts were added."""
        return self._count

    @property
    def nbytes(self) -> int:
        """The memory that the entries take, with the room kept for growth and without what is mapped."""
        return self._ids.nbytes + self._tail.nbytes + self._newest.nbytes + self._before.nbytes

    def add(self, entry_id: int, signature: NDArray[np.uint32]) -> None:
        """Add a text under the caller's number for it."""
        self._make_room(1)
        self._ids[self._count] = entry_id
        self._tail[self._count - len(self._base)] = signature
        self._file(self._count, self._count + 1)
        self._count += 1

    def query(
        self,
        signature: NDArray[np.uint32],
        shingles: NDArray[np.uint64] | Shingles,
        fetch: Fetch,
        visible: Visible | None = None,
    ) -> Neighbour | None:
        """The most similar entry at or above the threshold, the smallest id on ties.

        `shingles` are the text's, or give them: for most texts nobody asks. `fetch` gives the
        shingles of an entry by its id. Entries for which `visible` is false do not count.
        """
        from sdf.diversity.chains import alike

        found, capped = alike(signature, self._least, self.chain_limit, self._tables())
        self.capped += capped
        if not found:
            return None
        return self._nearest(found, shingles() if callable(shingles) else shingles, fetch, visible)

    def admit(
        self,
        entry_ids: Sequence[int],
        signatures: NDArray[np.uint32],
        shingles: Callable[[int], NDArray[np.uint64]],
        fetch: Fetch,
    ) -> list[Neighbour | None]:
        """Take texts in order: each has its nearest entry as its answer, or none and is added.

        The same as asking about each and adding it when there is no neighbour, among them
        the ones before it in the same call. `shingles` gives those of a text by its place
        in the call; most texts' are never asked for.
        """
        from sdf.diversity.chains import take_until_alike

        answers: list[Neighbour | None] = [None] * len(entry_ids)
        self._make_room(len(entry_ids))
        place = 0
        while place < len(entry_ids):
            stop, count, found, cut = take_until_alike(
                place, signatures, self._count, self._least, self.chain_limit, self._tables()
            )
            self._ids[self._count : count] = entry_ids[place:stop]
            self._count = count
            self.capped += cut
            if found:
                answers[stop] = self._nearest(found, shingles(stop), fetch, None)
                if answers[stop] is None:
                    self.add(entry_ids[stop], signatures[stop])
            place = stop + 1
        return answers

    def save(self, path: Path) -> None:
        """Keep ids and signatures in a file, under its final name only when all of it is on the disk."""
        parts = (self._base, self._tail[: self._count - len(self._base)])
        signature_file.write(path, parts, lambda: self._ids[: self._count], perms=self.perms, shingle=self.shingle)

    @classmethod
    def load(cls, path: Path, threshold: float = 0.8, **choices: Any) -> Self:
        """An index of the entries of a file, whose signatures stay on the disk.

        Raises:
            InputError: the file is no signature file, or one of another version, seed, number
                of permutations or shingle.
        """
        index = cls(threshold, **choices)
        ids, index._base = signature_file.read(path, perms=index.perms, shingle=index.shingle)
        capacity = max(_FIRST_CAPACITY, int(len(ids) * _GROWTH))
        index._ids = _longer(ids, capacity)
        index._tail = _longer(index._tail[:0], capacity - len(ids))
        index._before = _longer(index._before[:0], capacity)
        index._clear_tables(len(ids))
        index._count = len(ids)
        index._file(0, len(ids))
        return index

    def _nearest(
        self, found: int, shingles: NDArray[np.uint64], fetch: Fetch, visible: Visible | None
    ) -> Neighbour | None:
        """The best of the candidates that the last walk found."""
        best: Neighbour | None = None
        for agreeing, entry_id in self._candidates(found, visible):
            # Estimates fall from here on: none of the rest can be better than the best.
            if best and agreeing / self.perms + self._slack < best.similarity:
                break
            self.verified += 1
            similarity = jaccard(shingles, fetch(entry_id))
            if similarity < self.threshold:
                continue
            candidate = Neighbour(entry_id, similarity)
            if best is None or (-similarity, entry_id) < (-best.similarity, best.entry_id):
                best = candidate
        return best

    def _candidates(self, found: int, visible: Visible | None) -> Iterator[tuple[int, int]]:
        """(agreeing values, id) of each candidate, most agreeing first."""
        entries, agreeing = self._found[:, :found]
        pairs = zip(agreeing.tolist(), self._ids[entries].tolist(), strict=True)
        ordered = sorted(pairs, key=lambda pair: (-pair[0], pair[1]))
        return (pair for pair in ordered if visible is None or visible(pair[1]))

    def _file(self, first: int, stop: int) -> None:
        from sdf.diversity.chains import file_entries

        file_entries(first, stop, self._tables())

    def _tables(self) -> Tables:
        from sdf.diversity.chains import Tables

        return Tables(self._base, self._tail, self._rows, self._newest, self._before, self._found, self._slots)

    def _make_room(self, more: int) -> None:
        needed = self._count + more
        if needed > len(self._ids):
            capacity = max(needed, int(self._count * _GROWTH))
            self._ids = _longer(self._ids[: self._count], capacity)
            self._tail = _longer(self._tail[: self._count - len(self._base)], capacity - len(self._base))
            self._before = _longer(self._before[: self._count], capacity)
        if needed > _MOST_A_SLOT * self._newest.shape[1]:
            # Filing all anew costs most of growing, so the slots double.
            self._clear_tables(needed)
            self._file(0, self._count)

    def _clear_tables(self, entries: int) -> None:
        import numpy as np

        slots = 1 << max(entries // _MOST_A_SLOT, _FIRST_CAPACITY // _MOST_A_SLOT).bit_length()
        self._newest = np.full((self._bands, slots), -1, np.int32)


def _longer(rows: NDArray[Any], length: int) -> NDArray[Any]:
    import numpy as np

    longer = np.empty((length, *rows.shape[1:]), rows.dtype)
    longer[: len(rows)] = rows
    return longer


def premise_index(threshold: float = 0.6) -> NearDuplicateIndex:
    """An index for one-line premises: 3-shingles, 64 values, bands (16, 4)."""
    return NearDuplicateIndex(threshold, bands=16, rows=4, perms=PREMISE_PERMS, shingle=PREMISE_SHINGLE)
