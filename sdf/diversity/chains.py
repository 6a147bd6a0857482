"""The tables of an index, compiled: a chain of entries for every slot of every band.

An entry is a row of `base` or, from the first number beyond it, of `tail`: the base may be
mapped from a file, and the tail grows. In each band it is filed under a slot, which a hash of
the band's values gives: `newest[band, slot]` is the entry filed last there, and
`before[entry, band]` the one before it. Entries of one slot need not agree in the band;
the walk compares the band's few values before it looks at a whole signature.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sdf.diversity.kernel import WORD_STEP, compiled, mixed

NONE = -1


@compiled
def band_key(signature: NDArray[np.uint32], band: int, rows: int) -> np.uint64:
    """A hash of the values of a band."""
    key = np.uint64(band + 1)
    for place in range(band * rows, band * rows + rows):
        key = (key ^ np.uint64(signature[place])) * WORD_STEP
    return mixed(key)


class Tables(NamedTuple):
    """Signatures of shape (n, perms), and their chains.

    `rows` is the number of values in a band. `found`, of shape (2, most), takes what a
    walk finds: entries, and with how many values each agrees; `slots`, of shape (bands,),
    where the signature at hand lies.
    """

    base: NDArray[np.uint32]
    tail: NDArray[np.uint32]
    rows: int
    newest: NDArray[np.int32]
    before: NDArray[np.int32]
    found: NDArray[np.int32]
    slots: NDArray[np.int64]


@compiled
def place_in_slots(signature: NDArray[np.uint32], tables: Tables) -> None:
    """Write the slot of a signature in each band to `tables.slots`."""
    bands, slots = tables.newest.shape
    for band in range(bands):
        key = band_key(signature, band, tables.rows)
        tables.slots[band] = np.int64((key >> np.uint64(20)) % np.uint64(slots))


@compiled
def row(entry: int, tables: Tables) -> NDArray[np.uint32]:
    """The signature of an entry."""
    if entry < len(tables.base):
        return tables.base[entry]
    return tables.tail[entry - len(tables.base)]


@compiled
def file_entries(
    first: int,
    stop: int,
    tables: Tables,
) -> None:
    """File the entries from `first` to `stop` (exclusive), in order, in every band."""
    for entry in range(first, stop):
        place_in_slots(row(entry, tables), tables)
        file_placed(entry, tables)


@compiled
def file_placed(entry: int, tables: Tables) -> None:
    """File an entry whose slots are at hand."""
    for band in range(len(tables.slots)):
        slot = tables.slots[band]
        tables.before[entry, band] = tables.newest[band, slot]
        tables.newest[band, slot] = entry


@compiled
def alike(
    signature: NDArray[np.uint32],
    least: int,
    limit: int,
    tables: Tables,
) -> tuple[int, bool]:
    """Entries that share a band with a signature and agree with it in `least` values or more.

    They go into `tables.found`, each once. Returns how many they are, and whether a band
    was shared with more than `limit` entries, of which only the newest were looked at, or
    there were more than `found` has room for.
    """
    rows, found = tables.rows, tables.found
    count, capped = 0, False
    place_in_slots(signature, tables)
    for band in range(len(tables.slots)):
        entry, sharing = tables.newest[band, tables.slots[band]], 0
        while entry != NONE:
            other = row(entry, tables)
            # Others in the slot do not count: how many they are depends on how the tables grew.
            if _same(signature, other, band, rows):
                if sharing == limit:
                    capped = True
                    break
                sharing += 1
                if not _met(entry, signature, other, band, capped, count, tables):
                    agreeing = _agreeing(signature, other)
                    if agreeing >= least:
                        if count == found.shape[1]:
                            return count, True
                        found[0, count], found[1, count] = entry, agreeing
                        count += 1
            entry = tables.before[entry, band]
    return count, capped


@compiled
def take_until_alike(
    place: int,
    incoming: NDArray[np.uint32],
    entry: int,
    least: int,
    limit: int,
    tables: Tables,
) -> tuple[int, int, int, int]:
    """Take incoming signatures from a place on, as entries from `entry` on, until one is like an entry.

    Returns its place (past the last when there is none), the number of the next entry, how
    many it is like (as `alike` gives them), and how many walks were cut.
    """
    cut = 0
    while place < len(incoming):
        signature = incoming[place]
        count, capped = alike(signature, least, limit, tables)
        cut += capped
        if count:
            return place, entry, count, cut
        tables.tail[entry - len(tables.base)] = signature
        file_placed(entry, tables)
        place += 1
        entry += 1
    return place, entry, 0, cut


@compiled
def _met(
    entry: int,
    signature: NDArray[np.uint32],
    other: NDArray[np.uint32],
    band: int,
    capped: bool,
    count: int,
    tables: Tables,
) -> bool:
    """Whether an entry was looked at in an earlier band. Where one was cut, sharing it proves nothing."""
    if not _earlier(signature, other, band, tables.rows):
        return False
    if not capped:
        return True
    for place in range(count):
        if tables.found[0, place] == entry:
            return True
    return False


@compiled
def _agreeing(one: NDArray[np.uint32], two: NDArray[np.uint32]) -> int:
    count = 0
    for place in range(len(one)):
        count += one[place] == two[place]
    return count


@compiled
def _same(one: NDArray[np.uint32], two: NDArray[np.uint32], band: int, rows: int) -> bool:
    for place in range(band * rows, band * rows + rows):
        if one[place] != two[place]:
            return False
    return True


@compiled
def _earlier(one: NDArray[np.uint32], two: NDArray[np.uint32], band: int, rows: int) -> bool:
    """Whether two signatures share an earlier band, where they have met."""
    for other in range(band):
        if _same(one, two, other, rows):
            return True
    return False


@compiled
def band_keys(
    signatures: NDArray[np.uint32], chosen: NDArray[np.int64], band: int, rows: int, keys: NDArray[np.uint64]
) -> None:
    """A hash of the band's values of each chosen row."""
    for place in range(len(chosen)):
        keys[place] = band_key(signatures[chosen[place]], band, rows)


@compiled
def bucket_pairs(
    signatures: NDArray[np.uint32],
    ordered: NDArray[np.int64],
    keys: NDArray[np.uint64],
    limits: tuple[int, int, int, int],
    cut: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Pairs within the buckets of a band, as `smaller << 32 | larger`.

    `ordered` are rows by their sorted `keys`, of one key in order; `limits` are the band,
    its rows, the values that a pair has to agree in, and how many rows before it a row is
    compared with. `cut` marks the rows that had more before them, in this band or an
    earlier one. A pair that met in an earlier band is left out, unless it may have been cut there.
    """
    band, rows, least, chain = limits
    found = np.empty(1024, np.int64)
    count = start = 0
    for place in range(1, len(ordered)):
        if keys[place] != keys[place - 1]:
            start = place
            continue
        before = cut[ordered[place]]
        first = start
        if place - start > chain:
            first = place - chain
            cut[ordered[place]] = True
        one = signatures[ordered[place]]
        for other in range(first, place):
            two = signatures[ordered[other]]
            agreeing = _agreeing(one, two)
            if agreeing >= least and (before or not _earlier(one, two, band, rows)):
                if count == len(found):
                    longer = np.empty(2 * count, np.int64)
                    longer[:count] = found
                    found = longer
                low, high = min(ordered[other], ordered[place]), max(ordered[other], ordered[place])
                found[count] = low << 32 | high
                count += 1
    return found[:count].copy()
