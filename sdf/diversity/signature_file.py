"""Signatures in a file: a header that says what they are, the signatures, a number for each.

    magic 8 bytes | version u16 | permutations u16 | shingle u16 | - u16 | seed u64 | zeros to 64 bytes
    count x permutations x u32      signatures
    count x i64                     ids
    count u64 | magic 8 bytes

Little-endian. The count stands last, so that the file can be written while texts are read.
The version changes whenever a text would have another signature: with the definition of a
word, the hashes or the permutations. A file of another version is refused, because its
signatures would be compared with ours and never agree.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from os import SEEK_END
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sdf.diversity.signature import SEED
from sdf.errors import InputError
from sdf.files import write_atomic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSION = 1
_AT_ONCE = 65_536
_MAGIC = b"\x93SDFSIG\n"
_HEADER = struct.Struct("<8sHHHHQ40x")
_TRAILER = struct.Struct("<Q8s")


def write(
    path: Path, parts: Iterable[NDArray[np.uint32]], ids: Callable[[], NDArray[np.int64]], *, perms: int, shingle: int
) -> None:
    """Write signatures, in parts of shape (some, perms), and their ids, asked for when all parts were given.

    Raises:
        DiskError: the disk is full or refuses; what was there stays.
    """

    def content() -> Iterator[bytes]:
        yield _HEADER.pack(_MAGIC, VERSION, perms, shingle, 0, SEED)
        for part in parts:
            for first in range(0, len(part), _AT_ONCE):
                yield part[first : first + _AT_ONCE].astype("<u4", copy=False).tobytes()
        numbers = ids()
        yield numbers.astype("<i8", copy=False).tobytes()
        yield _TRAILER.pack(len(numbers), _MAGIC)

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
            tail = b"" if len(head) < _HEADER.size else _last(file)
        size = path.stat().st_size
    except OSError as error:
        raise InputError(f"the signature file cannot be read: {error.strerror}", where=str(path)) from None
    if len(head) < _HEADER.size or not head.startswith(_MAGIC):
        raise InputError("this is no signature file", where=str(path), hint=_AGAIN)
    _require((VERSION, perms, shingle, 0, SEED), tuple(_HEADER.unpack(head)[1:]), path)
    count, mark = _TRAILER.unpack(tail)
    middle = _HEADER.size + 4 * perms * count
    if mark != _MAGIC or size != middle + 8 * count + _TRAILER.size:
        raise InputError("the signature file is cut short or damaged", where=str(path), hint=_AGAIN)
    if not count:
        return np.empty(0, np.int64), np.empty((0, perms), np.uint32)
    ids = np.fromfile(path, "<i8", count=count, offset=middle)
    mapped = np.memmap(path, "<u4", "c", offset=_HEADER.size, shape=(count, perms))
    return ids, np.asarray(mapped).view(np.ndarray)


def _last(file: BinaryIO) -> bytes:
    file.seek(-_TRAILER.size, SEEK_END)
    return file.read(_TRAILER.size)


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
