"""Other packages that find near-duplicates, each as its own documentation uses it.

Where a package wants shingles, Python makes them, as its users do: `re` and `str.join`.
A package that is not installed is named and left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

os.environ.setdefault("RAYON_NUM_THREADS", "1")
"""gaoya and rensa take one thread, whose CPU time has no waiting for others in it."""

PACKAGES = ("datasketch", "xxhash", "rensa", "gaoya")
PERMS = 128
_WORD = re.compile(r"\w+")


def versions() -> dict[str, str]:
    """The version of each peer, empty where it is not installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def python_shingles(text: str) -> set[str]:
    """Word 5-shingles as most users of these packages make them."""
    words = _WORD.findall(text.lower())
    return {" ".join(words[place : place + 5]) for place in range(len(words) - 4)}


def datasketch_naive(texts: Iterable[str]) -> list[Any]:
    """`update()` for each shingle, SHA-1."""
    from datasketch import MinHash

    made = []
    for text in texts:
        sketch = MinHash(PERMS)
        for shingle in python_shingles(text):
            sketch.update(shingle.encode())
        made.append(sketch)
    return made


def datasketch_bulk(texts: Iterable[str]) -> list[Any]:
    """`MinHash.bulk` with xxh32, the fastest that datasketch is by itself."""
    from datasketch import MinHash
    from xxhash import xxh32_intdigest

    sets = [[shingle.encode() for shingle in python_shingles(text)] for text in texts]
    made: list[Any] = MinHash.bulk(sets, num_perm=PERMS, hashfunc=xxh32_intdigest)
    return made


def datasketch_pairs(texts: Sequence[str], estimated: float = 0.0) -> set[tuple[int, int]]:
    """`MinHashLSH(0.8)` with its own bands, asked about each text and then given it.

    Where `estimated` is more than 0, pairs whose signatures say less are dropped.
    """
    from datasketch import MinHashLSH

    index = MinHashLSH(threshold=0.8, num_perm=PERMS)
    sketches = datasketch_bulk(texts)
    found = set()
    for number, sketch in enumerate(sketches):
        for other in index.query(sketch):
            if not estimated or sketch.jaccard(sketches[other]) >= estimated:
                found.add((other, number))
        index.insert(number, sketch)
    return found


def rensa(texts: Iterable[str]) -> Any:
    """`RMinHash` for many sets at once."""
    from rensa import RMinHash

    return RMinHash.digest_matrix_from_token_sets([list(python_shingles(text)) for text in texts], PERMS, 42)


def gaoya(texts: Sequence[str]) -> Any:
    """Its own shingles, 25 bands of 5, and the texts in its index."""
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(32, 0.8, 25, 5, None, "word", lowercase=True, ngram_range=(5, 5))
    index.par_bulk_insert_docs(list(range(len(texts))), list(texts))
    return index
