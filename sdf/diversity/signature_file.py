"""Signatures in a file: a header that says what they are, the signatures, their ids.

    magic 8 bytes | version u16 | permutations u16 | shingle u16 | - u16 | seed u64 | count u64 | zeros to 64 bytes
    count x permutations x u32      signatures
    count x i64                     ids

Little-endian. The version changes whenever a text would have another signature: with the
definition of a word, the hashes or the permutations. A file of another version is refused,
because its signatures would be compared with ours and never agree.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sdf.diversity.signature import SEED
from sdf.errors import InputError
from sdf.files import write_atomic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSION = 1
_AT_ONCE = 65_536
_MAGIC = b"\x93SDFSIG\n"
_HEADER = struct.Struct("<8sHHHHQQ32x")


def write(path: Path, ids: NDArray[np.int64], parts: Iterable[NDArray[np.uint32]], shingle: int) -> None:
    """Write ids of shape (n,) and signatures, whose parts have n rows together.

    Raises:
        DiskError: the disk is full or refuses; what was there stays.
    """

    def content() -> Iterator[bytes]:
        yield header
        for part in held:
            for first in range(0, len(part), _AT_ONCE):
                yield part[first : first + _AT_ONCE].astype("<u4", copy=False).tobytes()
        yield ids.astype("<i8", copy=False).tobytes()

    held = list(parts)
    header = _HEADER.pack(_MAGIC, VERSION, held[0].shape[1], shingle, 0, SEED, len(ids))
    write_atomic(path, content())


def read(path: Path, *, perms: int, shingle: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """The ids, in memory, and the signatures, mapped; changing those changes no file.

    Raises:
        InputError: it cannot be read, is cut short, or holds signatures of another kind.
    """
    import numpy as np

    try:
        with path.open("rb") as file:
            head = file.read(_HEADER.size)
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"the signature file cannot be read: {error.strerror}", where=str(path)) from None
    if len(head) < _HEADER.size or not head.startswith(_MAGIC):
        raise InputError("this is no signature file", where=str(path), hint=_AGAIN)
    *kind, count = _HEADER.unpack(head)[1:]
    _require((VERSION, perms, shingle, 0, SEED), tuple(kind), path)
    middle = _HEADER.size + 4 * perms * count
    if size != middle + 8 * count:
        raise InputError(
            f"the signature file has {size:,} bytes, and {count:,} entries take {middle + 8 * count:,}",
            where=str(path),
            hint=_AGAIN,
        )
    if not count:
        return np.empty(0, np.int64), np.empty((0, perms), np.uint32)
    ids = np.fromfile(path, "<i8", offset=middle)
    mapped = np.memmap(path, "<u4", "c", offset=_HEADER.size, shape=(count, perms))
    return ids, np.asarray(mapped).view(np.ndarray)


def _require(wanted: tuple[int, ...], found: tuple[int, ...], path: Path) -> None:
    names = ("format version", "number of permutations", "words in a shingle", "reserved field", "seed")
    for name, want, has in zip(names, wanted, found, strict=True):
        if has != want:
            raise InputError(
                f"its signatures cannot be compared with these: {name} {has}, here {want}",
                where=str(path),
                hint=_AGAIN,
            )


_AGAIN = "Delete it; it is made anew from the texts."
