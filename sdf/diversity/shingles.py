"""A text as the set of its word k-shingles, hashed."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sdf.diversity.letters import WORD_STEP, letters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DOCUMENT_SHINGLE = 5
PREMISE_SHINGLE = 3
_MOST_CACHED_WORDS = 1 << 17
_MASK = (1 << 64) - 1


def word_hash(word: str) -> int:
    """A word, folded, as 64 bits: a cyclic polynomial of its code points, and MurmurHash3's finaliser."""
    value = 0
    for character in word:
        value = (value << 7 | value >> 57) & _MASK ^ ord(character) * WORD_STEP & _MASK
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD & _MASK
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 & _MASK
    return value ^ value >> 33


class _WordHashes(dict[str, int]):
    """Hashes of words seen before; forgets all when full, which changes no answer."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _MOST_CACHED_WORDS:
            self.clear()
        value = self[word] = word_hash(word)
        return value


_hashes = _WordHashes()


def shingles(text: str, k: int = DOCUMENT_SHINGLE) -> NDArray[np.uint64]:
    """The distinct word k-shingles of a text as sorted 64-bit hashes.

    A text of fewer than k words has one shingle, of all its words; a text without
    words has none.
    """
    return distinct(shingle_hashes(text, k))


def shingle_hashes(text: str, k: int = DOCUMENT_SHINGLE) -> NDArray[np.uint64]:
    """The same in the order of the text, with repeats: enough for a signature."""
    import numpy as np

    from sdf.diversity.kernel import shingled

    count, found = shingled(np.frombuffer(text.encode(), np.uint8), text.isascii(), letters(), k)
    if count < 0:
        normal = unicodedata.normalize("NFC", text)
        _, found = shingled(np.frombuffer(normal.encode(), np.uint8), True, letters(), k)
    return found


def distinct(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The distinct hashes, sorted. NumPy's sort is three times as fast here as numba's, and `np.unique` hashes."""
    import numpy as np

    from sdf.diversity.kernel import without_repeats

    return without_repeats(np.sort(hashes))


def ngram_hashes(sequence: Sequence[str], n: int) -> NDArray[np.uint64]:
    """The hash of every run of n words, in order, repeats included.

    A run's hash is the polynomial of its words' hashes in one odd number, modulo 2^64,
    the last word with the power 0: equal runs have equal hashes on every machine.
    """
    import numpy as np

    from sdf.diversity.kernel import grams

    # A list of Python integers, because __missing__ runs only through a subscript.
    hashed = np.array([_hashes[word] for word in sequence], np.uint64)
    out = np.empty(max(1, len(hashed)), np.uint64)
    return out[: grams(hashed, n, out)]


def jaccard(one: NDArray[np.uint64], two: NDArray[np.uint64]) -> float:
    """The Jaccard similarity of two sorted arrays of distinct hashes; 0 if both are empty."""
    from sdf.diversity.kernel import common

    shared = int(common(one, two))
    union = len(one) + len(two) - shared
    return shared / union if union else 0.0
