"""What the sketching kernel has to know of every code point, as one table of 32-bit numbers.

The table says in one look-up what `sdf.diversity.normalise.words` finds out in several
passes over a string: how a code point is folded, whether it belongs to a word, and
whether it can stand in a text in normal form. It is made from Python's own Unicode data
and from the definition of a word in `sdf.plan.scripts`, so the two cannot drift apart.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from sdf.plan.scripts import is_mark, is_spaceless

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAST = 0x20000
"""Code points from here on are ideographs up to `IDEOGRAPHS`, and then nothing that is a letter."""
IDEOGRAPHS = 0x40000

BETWEEN, LETTER, MARK, ALONE = range(4)
"""What a code point is to a word: none of it, part of it, sitting on it, all of it."""

FOLDED_BITS = 0x1FFFFF
CLASS_SHIFT = 21
EXPANDS = 1 << 24
"""Folds to several code points: the folded bits are then a row of `expansions`."""
UNSURE = 1 << 25
"""Whether a text with it is in normal form has to be asked of `unicodedata`."""
ORDER_SHIFT = 26
"""The rank of its combining class, 0 for a code point that begins a character."""

WORD_STEP = 0x9E3779B97F4A7C15
"""What a letter is multiplied by before it enters the hash of its word."""

_HANGUL_VOWELS, _HANGUL_FINALS = range(0x1161, 0x1176), range(0x11A8, 0x11C3)
_IS_WORD = re.compile(r"\w")


class Letters(NamedTuple):
    """`codes` of shape (LAST,), and `expansions` of shape (n, 3), padded with zeros.

    `steps` and `masks`, of shape (128,), say of ASCII alone what it adds to the hash of a
    word, and all ones for a letter: with them a text is cut without a branch.
    """

    codes: NDArray[np.uint32]
    expansions: NDArray[np.uint32]
    steps: NDArray[np.uint64]
    masks: NDArray[np.uint64]


@cache
def letters() -> Letters:
    """The table for the Unicode version of this Python."""
    import numpy as np

    codes = np.zeros(LAST, np.uint32)
    expansions: list[tuple[int, ...]] = []
    joining = _joining()
    ranks = {rank: place for place, rank in enumerate(sorted({unicodedata.combining(chr(c)) for c in range(LAST)}))}
    for code in range(LAST):
        character = chr(code)
        folded = character.casefold()
        if len(folded) == 1:
            entry = ord(folded) | class_of(folded) << CLASS_SHIFT
        else:
            entry = len(expansions) | EXPANDS
            expansions.append(tuple(map(ord, folded)))
        if code in joining or unicodedata.normalize("NFC", character) != character:
            entry |= UNSURE
        codes[code] = entry | ranks[unicodedata.combining(character)] << ORDER_SHIFT
    padded = np.zeros((len(expansions), 3), np.uint32)
    for row, points in enumerate(expansions):
        padded[row, : len(points)] = points
    ascii_codes = codes[:128]
    masks = np.where((ascii_codes >> CLASS_SHIFT) & 7 == LETTER, np.uint64(2**64 - 1), np.uint64(0))
    steps = (ascii_codes & FOLDED_BITS).astype(np.uint64) * np.uint64(WORD_STEP) & masks
    return Letters(codes, padded, steps, masks)


def class_of(folded: str) -> int:
    """What a folded code point is to a word."""
    if is_mark(folded):
        return MARK
    if is_spaceless(folded):
        return ALONE
    return LETTER if _IS_WORD.match(folded) else BETWEEN


def _joining() -> frozenset[int]:
    """Code points that may join the one before them under NFC."""
    found = {*_HANGUL_VOWELS, *_HANGUL_FINALS}
    for code in range(LAST):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            pair = "".join(chr(int(part, 16)) for part in parts)
            if unicodedata.normalize("NFC", pair) == chr(code):
                found.add(ord(pair[1]))
    return frozenset(found)
