"""Which texts of a fixed set may be near-duplicates, found by sorting, and the groups they fall into.

Texts are numbers from 0. Texts whose words are the same stand for each other, so that ten
thousand copies of one text are one text here and not fifty million pairs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdf.diversity.signature import SLACK
from sdf.diversity.sketch import Sketches

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHAIN = 64


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs worth comparing, of shape (n, 2), the smaller number first, sorted, each once.

    `copies`, of shape (m, 2), are pairs of texts whose words are the same: the first text
    that has them, and another. `capped` counts texts whose bucket was too long to compare
    them with all of it.
    """

    pairs: NDArray[np.int32]
    copies: NDArray[np.int32]
    capped: int


def candidates(
    sketches: Sketches, threshold: float, *, bands: int = 25, rows: int = 5, chain: int = CHAIN
) -> Candidates:
    """Pairs that share a band and whose signatures agree nearly as far as `threshold` asks.

    A text is compared with the `chain` texts before it in each bucket. Texts without words
    are in no pair. Finds a pair at a Jaccard similarity of s with probability
    1 - (1 - s^rows)^bands (Broder 1997; Leskovec et al., Mining of Massive Datasets, 3.4).

    Raises:
        ValueError: if the bands need more signature values than there are.
    """
    import numpy as np

    from sdf.diversity.chains import band_keys, bucket_pairs

    perms = sketches.signatures.shape[1]
    if bands * rows > perms:
        raise ValueError(f"{bands} bands of {rows} rows need more than {perms} values")
    first_of = _first_of_equals(sketches)
    own = np.flatnonzero(first_of == np.arange(len(first_of)))
    own = own[sketches.words[own] > 0]
    others = np.flatnonzero(first_of != np.arange(len(first_of)))
    copies = np.stack((first_of[others], others), axis=1).astype(np.int32)
    least = int(np.ceil((threshold - SLACK / perms**0.5) * perms))
    found, cut = [], np.zeros(len(first_of), bool)
    keys = np.empty(len(own), np.uint64)
    for band in range(bands):
        band_keys(sketches.signatures, own, band, rows, keys)
        order = np.argsort(keys, kind="stable")
        found.append(bucket_pairs(sketches.signatures, own[order], keys[order], (band, rows, least, chain), cut))
    distinct = np.unique(np.concatenate([*found, np.empty(0, np.int64)]))
    joined = np.stack((distinct >> 32, distinct & 0xFFFFFFFF), axis=1).astype(np.int32)
    return Candidates(joined, copies, int(cut.sum()))


def components(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """The groups that pairs join, by their smallest member, members in order."""
    parents: dict[int, int] = {}

    def root(text: int) -> int:
        while (above := parents.get(text, text)) != text:
            parents[text] = text = parents.get(above, above)
        return text

    for one, two in pairs:
        low, high = sorted((root(one), root(two)))
        if low != high:
            parents[high] = low
        parents.setdefault(low, low)
    groups: dict[int, list[int]] = {}
    for text in sorted(parents):
        groups.setdefault(root(text), []).append(text)
    return groups


def _first_of_equals(sketches: Sketches) -> NDArray[np.int64]:
    """For each text, the first one with the same words in the same order; itself where it has none."""
    import numpy as np

    order = np.argsort(sketches.exact, kind="stable")
    hashes, sizes = sketches.exact[order], sketches.words[order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = (hashes[1:] != hashes[:-1]) | (sizes[1:] != sizes[:-1]) | (sizes[1:] == 0)
    heads = np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))
    first_of = np.empty(len(order), np.int64)
    first_of[order] = order[heads]
    return first_of
