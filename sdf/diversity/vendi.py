"""An effective number of different texts: the Vendi score (Friedman and Dieng 2022).

It is the exponential of the entropy of the eigenvalues of K / n, where K holds the
similarities of all pairs: n for texts that have nothing in common, 1 for n copies of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def vendi(similarities: NDArray[np.float64]) -> float:
    """The score of a symmetric matrix of shape (n, n) with ones on its diagonal; 0 for n = 0."""
    import numpy as np

    if not len(similarities):
        return 0.0
    weights = np.linalg.eigvalsh(similarities / len(similarities))
    weights = weights[weights > 1e-12]
    return float(np.exp(-(weights * np.log(weights)).sum()))


def topic_similarities(worded: Sequence[Sequence[str]], common: frozenset[str] = frozenset()) -> NDArray[np.float64]:
    """Cosines of the texts' words, of shape (n, n): rare words weigh most, those of `common` nothing.

    A word counts by 1 + log of its times in the text, and by how few texts have it. One that
    only a single text has says nothing about likeness and is left out.
    """
    import numpy as np

    counted = [Counter(word for word in words if word not in common) for words in worded]
    texts_with = Counter(word for counts in counted for word in counts)
    shared = sorted(word for word, texts in texts_with.items() if texts > 1)
    numbers = {word: place for place, word in enumerate(shared)}
    rows = np.zeros((len(counted), len(numbers)), np.float32)
    for row, counts in zip(rows, counted, strict=True):
        for word in counts.keys() & numbers.keys():
            row[numbers[word]] = (1 + np.log(counts[word])) * np.log(1 + len(counted) / texts_with[word])
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    rows /= np.maximum(norms, 1e-9)
    similarities: NDArray[np.float64] = (rows @ rows.T).astype(np.float64)
    np.fill_diagonal(similarities, 1.0)
    return similarities


def signature_similarities(signatures: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Estimated Jaccard similarities of all pairs of n signatures, of shape (n, n)."""
    import numpy as np

    found = np.eye(len(signatures))
    for place, signature in enumerate(signatures):
        found[place] = np.count_nonzero(signatures == signature, axis=1) / signatures.shape[1]
    return found
