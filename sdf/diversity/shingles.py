"""A text as the set of its word k-shingles, hashed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

from sdf.diversity.normalise import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DOCUMENT_SHINGLE = 5
PREMISE_SHINGLE = 3
_MOST_CACHED_WORDS = 1 << 17
# The golden ratio in 64 bits: odd, so each of its powers keeps all bits of a hash.
_MULTIPLIER = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


class _WordHashes(dict[str, int]):
    """Hashes of words seen before; forgets all when full, which changes no answer."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _MOST_CACHED_WORDS:
            self.clear()
        digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        value = self[word] = int.from_bytes(digest, "little")
        return value


_hashes = _WordHashes()


def shingles(text: str, k: int = DOCUMENT_SHINGLE) -> NDArray[np.uint64]:
    """The distinct word k-shingles of a text as sorted 64-bit hashes.

    A text of fewer than k words has one shingle, of all its words; a text without
    words has none.
    """
    return distinct(ngram_hashes(words(text), k))


def distinct(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The distinct hashes, sorted. Sorting is twice as fast here as `np.unique`, which hashes."""
    import numpy as np

    ordered = np.sort(hashes)
    fresh = np.empty(len(ordered), bool)
    fresh[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    return ordered[fresh]


def ngram_hashes(sequence: Sequence[str], n: int) -> NDArray[np.uint64]:
    """The hash of every run of n words, in order, repeats included.

    A run's hash is the sum of its words' hashes, each times a power of one odd
    number, modulo 2^64. The hash of a word is the first 8 bytes of its blake2b, so
    equal runs have equal hashes on every machine.
    """
    import numpy as np

    n = min(n, len(sequence))
    if n == 0:
        return np.empty(0, np.uint64)
    # A list of Python integers, because __missing__ runs only through a subscript.
    hashed = np.array([_hashes[word] for word in sequence], np.uint64)
    count = len(sequence) - n + 1
    total = np.zeros(count, np.uint64)
    factor = 1
    for offset in range(n):
        total += hashed[offset : offset + count] * np.uint64(factor)
        factor = factor * _MULTIPLIER & _MASK
    return total


def jaccard(one: NDArray[np.uint64], two: NDArray[np.uint64]) -> float:
    """The Jaccard similarity of two sorted arrays of distinct hashes; 0 if both are empty."""
    import numpy as np

    joined = np.concatenate((one, two))
    joined.sort(kind="stable")
    shared = int(np.count_nonzero(joined[1:] == joined[:-1]))
    union = len(joined) - shared
    return shared / union if union else 0.0
