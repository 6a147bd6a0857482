"""Texts to words, shingles and MinHash signatures in one pass over UTF-8 bytes.

This is the one place of the project where speed may cost lines. Measured on 460-word
documents, Python spends 20 times as long on cutting a text into shingles as the 128
permutations take, so cutting happens here too: a text is decoded, folded, cut and
hashed without an object being made, and numba lets other threads run meanwhile.

Everything in this file is compiled; the arrays that come in are those of an Arrow column
(`bytes` and `ends`) and of `sdf.diversity.letters`. What the hashes mean is written down
once more in plain Python in `sdf.diversity.shingles`, and the tests hold the two equal.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sdf.diversity import letters as letters_module
from sdf.diversity.letters import (
    ALONE,
    BETWEEN,
    CLASS_SHIFT,
    EXPANDS,
    FOLDED_BITS,
    IDEOGRAPHS,
    LAST,
    LETTER,
    MARK,
    ORDER_SHIFT,
    UNSURE,
    Letters,
)

WORD_STEP = np.uint64(letters_module.WORD_STEP)
_NONE, _ONE, _ALL = np.uint64(0), np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)
GRAM_STEP = np.uint64(0x9FB21C651E98DF25)
_MIX_1, _MIX_2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_COMPATIBILITY = (0x2F800, 0x2FA20)

compiled = njit(cache=True, nogil=True)
"""How everything here is compiled: kept on disk for the next start, and without Python's lock."""


@compiled
def mixed(value: np.uint64) -> np.uint64:
    """The finaliser of MurmurHash3 for 64 bits."""
    value ^= value >> np.uint64(33)
    value *= _MIX_1
    value ^= value >> np.uint64(33)
    value *= _MIX_2
    return value ^ (value >> np.uint64(33))


@compiled
def cut(
    text: NDArray[np.uint8],
    normal: bool,
    letters: Letters,
    words: NDArray[np.uint64],
) -> int:
    """Hash the words of a text into `words`, which has room for one more than the text has bytes.

    Returns how many there are, or -1 when only `unicodedata` can say whether the text is
    in normal form and the caller does not say that it is. A word is a run of letters with
    the marks on them, or one character of a script without blanks with its marks.
    """
    codes, expansions, steps, masks = letters
    # Places are unsigned, because numba asks of every signed one whether it counts from the end.
    count = _NONE
    # All ones within a word of letters, and `alone` after a character that is a word of its own.
    inside, alone = _NONE, False
    hashed = _NONE
    rank = np.uint32(0)
    place, length = _NONE, np.uint64(len(text))
    while place < length:
        byte = text[place]
        if byte < 0x80 and not alone:
            # Without a branch on letters, because whether the next byte ends a word cannot be foretold.
            place += _ONE
            rank = np.uint32(0)
            mask = masks[byte]
            words[count] = hashed
            count += (inside & ~mask) >> np.uint64(63)
            inside = mask
            hashed = _turned(hashed) & mask ^ steps[byte]
            continue
        point, place = _decoded(text, place)
        if point < LAST:
            entry = codes[point]
        elif not normal and _COMPATIBILITY[0] <= point < _COMPATIBILITY[1]:
            return -1
        else:
            entry = np.uint32(point) | np.uint32((ALONE if point < IDEOGRAPHS else BETWEEN) << CLASS_SHIFT)
        order = entry >> ORDER_SHIFT
        if not normal and (entry & UNSURE or (order and order < rank)):
            return -1
        rank = order
        row = entry & FOLDED_BITS
        times = 3 if entry & EXPANDS else 1
        for k in range(times):
            if times == 3:
                entry = expansions[row, k]
                if entry == 0:
                    break
                entry = codes[entry]
            folded, kind = np.uint64(entry & FOLDED_BITS), (entry >> CLASS_SHIFT) & np.uint32(7)
            if kind in (LETTER, MARK):
                if alone and kind == LETTER:
                    words[count] = hashed
                    count += _ONE
                    hashed, alone = _NONE, False
                inside = _NONE if alone else _ALL
                hashed = _turned(hashed) ^ folded * WORD_STEP
            else:
                if alone or inside:
                    words[count] = hashed
                    count += _ONE
                hashed, inside, alone = _NONE, _NONE, kind == ALONE
                if alone:
                    hashed = folded * WORD_STEP
    if alone or inside:
        words[count] = hashed
        count += _ONE
    found = int(np.int64(count))
    for word in range(found):
        words[word] = mixed(words[word])
    return found


@compiled
def _turned(hashed: np.uint64) -> np.uint64:
    return hashed << np.uint64(7) | hashed >> np.uint64(57)


@compiled
def _decoded(text: NDArray[np.uint8], place: np.uint64) -> tuple[int, np.uint64]:
    """The code point at a place of valid UTF-8, and the place of the next."""
    first = int(text[place])
    if first < 0x80:
        return first, place + _ONE
    second = int(text[place + _ONE]) & 0x3F
    if first < 0xE0:
        return (first & 0x1F) << 6 | second, place + np.uint64(2)
    third = int(text[place + np.uint64(2)]) & 0x3F
    if first < 0xF0:
        return (first & 0x0F) << 12 | second << 6 | third, place + np.uint64(3)
    fourth = int(text[place + np.uint64(3)]) & 0x3F
    return (first & 0x07) << 18 | second << 12 | third << 6 | fourth, place + np.uint64(4)


@compiled
def grams(words: NDArray[np.uint64], n: int, out: NDArray[np.uint64]) -> int:
    """Hash every run of n words, or all the words where they are fewer; returns how many runs."""
    n = min(n, len(words))
    if n == 0:
        return 0
    leaving = np.uint64(1)
    rolled = np.uint64(0)
    for place in range(n):
        rolled = rolled * GRAM_STEP + words[place]
        leaving *= GRAM_STEP
    out[0] = rolled
    for place in range(n, len(words)):
        rolled = rolled * GRAM_STEP + words[place] - words[place - n] * leaving
        out[place - n + 1] = rolled
    return len(words) - n + 1


@compiled
def common(one: NDArray[np.uint64], two: NDArray[np.uint64]) -> int:
    """How many numbers two sorted arrays of distinct numbers share."""
    shared = left = right = 0
    while left < len(one) and right < len(two):
        a, b = one[left], two[right]
        shared += a == b
        left += a <= b
        right += b <= a
    return shared


@compiled
def lowest(
    hashes: NDArray[np.uint64], slopes: NDArray[np.uint32], shifts: NDArray[np.uint32], out: NDArray[np.uint32]
) -> None:
    """The MinHash values of a set of hashes under the permutations `slopes * h + shifts` modulo 2^32."""
    perms = len(slopes)
    for k in range(perms):
        out[k] = np.uint32(0xFFFFFFFF)
    left = len(hashes)
    place = 0
    # Eight hashes a pass, so that a value is loaded and stored once for eight of them.
    while left >= 8:
        h0, h1 = _finished(hashes[place]), _finished(hashes[place + 1])
        h2, h3 = _finished(hashes[place + 2]), _finished(hashes[place + 3])
        h4, h5 = _finished(hashes[place + 4]), _finished(hashes[place + 5])
        h6, h7 = _finished(hashes[place + 6]), _finished(hashes[place + 7])
        for k in range(perms):
            a, b = slopes[k], shifts[k]
            one = min(min(_moved(a, b, h0), _moved(a, b, h1)), min(_moved(a, b, h2), _moved(a, b, h3)))
            two = min(min(_moved(a, b, h4), _moved(a, b, h5)), min(_moved(a, b, h6), _moved(a, b, h7)))
            out[k] = min(out[k], min(one, two))
        place += 8
        left -= 8
    for last in range(place, len(hashes)):
        h = _finished(hashes[last])
        for k in range(perms):
            out[k] = min(out[k], _moved(slopes[k], shifts[k], h))


@compiled
def _moved(slope: np.uint32, shift: np.uint32, value: np.uint32) -> np.uint32:
    """One permutation. numba widens a product of 32-bit numbers, so it is cut back."""
    return np.uint32(slope * value + shift)


@compiled
def _finished(value: np.uint64) -> np.uint32:
    """The finaliser of MurmurHash3 for the low 32 bits, as datasketch's `affine32` has it."""
    low = np.uint32(value & np.uint64(0xFFFFFFFF))
    low = np.uint32((low ^ (low >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    low = np.uint32((low ^ (low >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    return np.uint32(low ^ (low >> np.uint32(16)))


@compiled
def whole(words: NDArray[np.uint64]) -> np.uint64:
    """The hash of all words of a text in their order: equal for texts that differ in case and punctuation only."""
    hashed = np.uint64(len(words))
    for place in range(len(words)):
        hashed = (hashed ^ words[place]) * WORD_STEP
    return mixed(hashed)


@compiled
def sketched(
    data: NDArray[np.uint8],
    ends: NDArray[np.int64],
    normal: bool,
    letters: Letters,
    slopes: NDArray[np.uint32],
    shifts: NDArray[np.uint32],
    n: int,
    signatures: NDArray[np.uint32],
    exact: NDArray[np.uint64],
    counts: NDArray[np.int32],
) -> None:
    """Sketch the texts `data[ends[i] : ends[i + 1]]`; a count of -1 marks one that `cut` was not sure of."""
    longest = 0
    for row in range(len(ends) - 1):
        longest = max(longest, ends[row + 1] - ends[row])
    words = np.empty(longest + 1, np.uint64)
    hashes = np.empty(longest + 1, np.uint64)
    for row in range(len(ends) - 1):
        count = cut(data[ends[row] : ends[row + 1]], normal, letters, words)
        counts[row] = count
        if count >= 0:
            exact[row] = whole(words[:count])
            found = grams(words[:count], n, hashes)
            lowest(hashes[:found], slopes, shifts, signatures[row])


@compiled
def shingled(text: NDArray[np.uint8], normal: bool, letters: Letters, n: int) -> tuple[int, NDArray[np.uint64]]:
    """How many words a text has, or -1 (see `cut`), and the hashes of its runs of n words, in their order."""
    words = np.empty(len(text) + 1, np.uint64)
    count = cut(text, normal, letters, words)
    hashes = np.empty(max(1, count), np.uint64)
    return count, hashes[: grams(words[: max(0, count)], n, hashes)]


@compiled
def without_repeats(ordered: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The distinct numbers of a sorted array, moved to its front."""
    kept = 0
    for place in range(len(ordered)):
        ordered[kept] = ordered[place]
        kept += place == len(ordered) - 1 or ordered[place + 1] != ordered[place]
    return ordered[:kept]
