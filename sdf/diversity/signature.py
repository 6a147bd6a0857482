"""MinHash signatures, equal bit for bit to datasketch 2.0 under its scheme `affine32`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from datasketch import LeanMinHash, MinHash
    from numpy.typing import NDArray

DOCUMENT_PERMS = 128
PREMISE_PERMS = 64
SEED = 1
SLACK = 1.7
"""Four deviations of an estimate near 0.8, times the root of the number of permutations."""


def signature(hashes: NDArray[np.uint64], perms: int = DOCUMENT_PERMS) -> NDArray[np.uint32]:
    """The MinHash signature of a set of hashes, of shape (perms,).

    Only the low 32 bits of a hash count. It equals what
    `MinHash(perms, seed=1, scheme="affine32", hashfunc=lambda h: h & 0xFFFFFFFF)` holds
    after the same hashes; a set without members has the largest value everywhere.
    """
    import numpy as np

    from sdf.diversity.kernel import lowest

    found = np.empty(perms, np.uint32)
    lowest(hashes, *permutations(perms), found)
    return found


def estimate(one: NDArray[np.uint32], two: NDArray[np.uint32]) -> float:
    """The Jaccard similarity that two signatures suggest (deviation 0.035 at 0.8)."""
    import numpy as np

    return float(np.count_nonzero(one == two)) / len(one)


@cache
def permutations(perms: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The odd factors and the shifts of the permutations, each of shape (perms,).

    datasketch draws them so; the stream of RandomState is frozen by NumPy's policy.
    """
    import numpy as np

    stream = np.random.RandomState(SEED)
    slopes = stream.randint(0, 1 << 31, perms, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    shifts = stream.randint(0, 1 << 32, perms, dtype=np.uint32)
    return slopes, shifts


def to_datasketch(signatures: NDArray[np.uint32]) -> list[LeanMinHash]:
    """Signatures of shape (n, perms) as datasketch's own, for its indexes and files.

    Raises:
        ModuleNotFoundError: datasketch 2 is not installed.
    """
    from datasketch import LeanMinHash

    return [LeanMinHash(seed=SEED, hashvalues=row, scheme="affine32") for row in signatures]


def from_datasketch(sketches: Iterable[MinHash]) -> NDArray[np.uint32]:
    """Signatures of datasketch as an array of shape (n, perms).

    Raises:
        ValueError: one has another scheme or seed, or another number of permutations than
            the first, and would compare with ours as noise does; the message gives its place.
    """
    import numpy as np

    rows: list[NDArray[np.uint32]] = []
    for place, sketch in enumerate(sketches):
        if (sketch.scheme, sketch.seed) != ("affine32", SEED):
            kind = f"{sketch.scheme!r} with seed {sketch.seed}"
            raise ValueError(f"sketch {place} is of scheme {kind}; 'affine32' with seed {SEED} is needed")
        if rows and len(sketch.hashvalues) != len(rows[0]):
            raise ValueError(f"sketch {place} has {len(sketch.hashvalues)} permutations, the first {len(rows[0])}")
        rows.append(np.asarray(sketch.hashvalues, np.uint32))
    return np.stack(rows) if rows else np.empty((0, DOCUMENT_PERMS), np.uint32)
