"""Exact similarities of pairs of texts that lie on the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from sdf.corpora import Corpus, Row
from sdf.diversity.shingles import DOCUMENT_SHINGLE, jaccard, shingles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_AT_ONCE = 200_000
"""Texts whose shingles are held at a time: about 4 KB each."""


def similarities_of(
    corpus: Corpus,
    pairs: NDArray[np.int32],
    k: int = DOCUMENT_SHINGLE,
    *,
    also: Iterable[int] = (),
    seen: Callable[[int, Row], None] = lambda number, row: None,
) -> NDArray[np.float64]:
    """The Jaccard similarity of the word k-shingles of each pair of documents, by their numbers.

    Reads the corpus once for every MOST_AT_ONCE documents. `seen` is called once for each
    document that is in a pair or in `also`, in order.
    """
    import numpy as np

    found = np.empty(len(pairs), np.float64)
    telling = frozenset(pairs.ravel().tolist()) | frozenset(also)
    for places, numbers in _in_parts(pairs):
        sets: dict[int, NDArray[np.uint64]] = {}
        for number, row in _those(corpus, telling | numbers):
            if number in numbers:
                sets[number] = shingles(row.text, k)
            if number in telling:
                seen(number, row)
        for place in places:
            found[place] = jaccard(sets[int(pairs[place, 0])], sets[int(pairs[place, 1])])
        telling = frozenset()
    return found


def _in_parts(pairs: NDArray[np.int32]) -> Iterator[tuple[list[int], frozenset[int]]]:
    """Places of pairs, and the documents in them, of so many documents at a time; once at least."""
    places: list[int] = []
    numbers: set[int] = set()
    for place, pair in enumerate(pairs.tolist()):
        places.append(place)
        numbers.update(pair)
        if len(numbers) >= MOST_AT_ONCE:
            yield places, frozenset(numbers)
            places, numbers = [], set()
    if places or not len(pairs):
        yield places, frozenset(numbers)


def _those(corpus: Corpus, wanted: frozenset[int]) -> Iterator[tuple[int, Row]]:
    if wanted:
        yield from ((number, row) for number, row in enumerate(corpus.rows()) if number in wanted)
