"""Small measures of how varied a set of texts is. Exact, for up to some 10^4 texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sdf.diversity.normalise import words
from sdf.diversity.shingles import DOCUMENT_SHINGLE, ngram_hashes, shingles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CAPITALISED = re.compile(r"[^\W\d_a-z][\w'\u2019-]*")
_POSSESSIVE = re.compile(r"['\u2019]s$")


def neighbour_share(texts: Sequence[str], threshold: float = 0.5, k: int = DOCUMENT_SHINGLE) -> float:
    """The share of texts whose word k-shingles overlap another's at `threshold` or more.

    Exact Jaccard similarities through an inverted index. Texts without words have no
    neighbour. It is 0 for no texts.
    """
    nearest = nearest_similarities(texts, k)
    return sum(similarity >= threshold for similarity in nearest) / max(1, len(nearest))


def nearest_similarities(texts: Sequence[str], k: int = DOCUMENT_SHINGLE) -> list[float]:
    """For each text, the exact Jaccard similarity to the text most like it."""
    import numpy as np

    sets = [shingles(text, k) for text in texts]
    if len(sets) < 2:
        return [0.0] * len(sets)
    sizes = np.array([len(members) for members in sets])
    joined = np.concatenate(sets)
    order = np.argsort(joined, kind="stable")
    owners = np.repeat(np.arange(len(sets)), sizes)[order]
    _, group, lengths = np.unique(joined, return_inverse=True, return_counts=True)
    starts = np.cumsum(lengths) - lengths
    ends = np.cumsum(sizes)
    nearest = []
    for text, end in enumerate(ends.tolist()):
        own = group[end - sizes[text] : end]
        shared = np.bincount(owners[_ranges(starts[own], lengths[own])], minlength=len(sets))
        shared[text] = 0
        union = sizes[text] + sizes - shared
        nearest.append(float(np.max(shared / np.maximum(union, 1))))
    return nearest


def _ranges(starts: NDArray[np.intp], lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """All of start, start + 1, ... start + length - 1, for every pair, joined."""
    import numpy as np

    before = np.cumsum(lengths) - lengths
    shifts: NDArray[np.intp] = np.repeat(starts - before, lengths)
    return np.arange(len(shifts), dtype=np.intp) + shifts


def opening_counts(texts: Iterable[str], n: int = 8) -> list[tuple[str, int]]:
    """How many texts begin with the same n words, most frequent first, then by the words."""
    counts = Counter(" ".join(words(text[: n * 60])[:n]) for text in texts)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def ngram_document_share(texts: Sequence[str], n: int = 8, top: int = 20) -> list[tuple[str, float]]:
    """The n-grams of words that stand in the largest share of texts, with that share.

    Texts of fewer than n words are left out of the search and stay in the denominator.
    Equal shares come in the order of first appearance.
    """
    import numpy as np

    worded, hashed, distinct, counts = _document_counts(texts, n)
    if not len(distinct):
        return []
    cutoff = np.partition(counts, -min(top, len(counts)))[-min(top, len(counts))]
    wanted = dict(zip(distinct[counts >= cutoff].tolist(), counts[counts >= cutoff].tolist(), strict=True))
    places = _first_places(hashed, distinct[counts >= cutoff])
    ranked = sorted(places, key=lambda key: (-wanted[key], places[key]))[:top]
    return [(" ".join(worded[places[key][0]][places[key][1] :][:n]), wanted[key] / len(texts)) for key in ranked]


def self_repetition(texts: Sequence[str], n: int = 8, top: int = 10) -> tuple[float, list[tuple[str, list[int]]]]:
    """How much of the texts stands in another too: a share, and the n-grams that most texts have.

    The share is of distinct (text, n-gram) pairs whose n-gram stands in two texts or more
    (Salkar et al. 2022). Each n-gram comes with its texts; one that overlaps a more frequent
    one by all but a word or two is part of the same span and is left out.
    """
    import numpy as np

    worded, hashed, distinct, counts = _document_counts(texts, n)
    share = float(counts[counts > 1].sum()) / max(1, int(counts.sum()))
    order = np.lexsort((distinct, -counts))[: 8 * top]
    wanted = distinct[order][counts[order] > 1]
    places = _first_places(hashed, wanted)
    shown: list[tuple[str, list[int]]] = []
    taken: list[tuple[int, int]] = []
    for key in wanted.tolist():
        text, word = places[key]
        if any(text == other and abs(word - start) < n for other, start in taken):
            continue
        taken.append((text, word))
        having = [place for place, values in enumerate(hashed) if np.any(values == np.uint64(key))]
        shown.append((" ".join(worded[text][word : word + n]), having))
    return share, shown[:top]


def _document_counts(
    texts: Sequence[str], n: int
) -> tuple[list[list[str]], list[NDArray[np.uint64]], NDArray[np.uint64], NDArray[np.intp]]:
    """Words and n-grams of each text, the distinct n-grams of all, and how many texts have each."""
    import numpy as np

    worded = [words(text) for text in texts]
    hashed = [ngram_hashes(own, n) if len(own) >= n else np.empty(0, np.uint64) for own in worded]
    joined = np.concatenate([*(np.unique(own) for own in hashed), np.empty(0, np.uint64)])
    distinct, counts = np.unique(joined, return_counts=True)
    return worded, hashed, distinct, counts


def _first_places(hashed: Sequence[NDArray[np.uint64]], wanted: NDArray[np.uint64]) -> dict[int, tuple[int, int]]:
    """(text, word) of the first appearance of each wanted hash."""
    import numpy as np

    places: dict[int, tuple[int, int]] = {}
    for text, values in enumerate(hashed):
        for word in np.flatnonzero(np.isin(values, wanted)).tolist():
            places.setdefault(int(values[word]), (text, word))
    return places


def distinct_n(texts: Iterable[str], n: int, budget_words: int) -> float:
    """Distinct n-grams as a share of all, over the first `budget_words` words of the texts.

    Compare corpora at one budget only: the share falls with the amount of text. No
    n-gram crosses from one text to the next. It is 0 when there is none.
    """
    import numpy as np

    left = budget_words
    parts = []
    for text in texts:
        taken = words(text)[:left]
        left -= len(taken)
        if len(taken) >= n:
            parts.append(ngram_hashes(taken, n))
        if left <= 0:
            break
    if not parts:
        return 0.0
    joined = np.concatenate(parts)
    return len(np.unique(joined)) / len(joined)


def name_counts(texts: Iterable[str], pool_words: Iterable[str]) -> list[tuple[str, int]]:
    """In how many texts each pool word stands as a name, most frequent first, then by name."""
    pool = frozenset(pool_words)
    counts: Counter[str] = Counter()
    for text in texts:
        tokens = {_POSSESSIVE.sub("", token) for token in _CAPITALISED.findall(text)}
        counts.update(pool & tokens)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
