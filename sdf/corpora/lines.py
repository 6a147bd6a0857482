"""The lines of a file, plain or compressed, with what is wrong named by its row."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sdf.errors import InputError

MOST_BYTES = 256 << 20
"""A line longer than this is taken for a file that is no JSONL."""
_PIECE = 1 << 20
# Of a compressed file less at a time: 4 KiB of a hostile frame can grow to about 128 MiB.
_PACKED_PIECE = 1 << 12
_GZIP = 31
_LARGEST_WINDOW = 1 << 31


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """(row, line) of a file, rows from 1, without newlines; blank lines are left out.

    Raises:
        InputError: the file cannot be read, is damaged or ends in the middle; it names
            the row after the last whole one.
    """
    row, pending, size = 1, list[bytes](), 0
    try:
        for piece in _pieces(path):
            first, *more = piece.split(b"\n")
            pending.append(first)
            size += len(first)
            if size > MOST_BYTES:
                raise _DamagedError(f"a line is longer than {MOST_BYTES >> 20} MiB")
            for line in more:
                if whole := b"".join(pending).strip():
                    yield row, whole
                row, pending, size = row + 1, [line], len(line)
        if whole := b"".join(pending).strip():
            yield row, whole
    except _DamagedError as error:
        hint = "Put the file back from a copy, or leave it out."
        raise InputError(f"damaged: {error}", where=f"{path}:{row}", hint=hint) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from None


class _DamagedError(ValueError):
    """What is wrong with the bytes, before the row is known."""


def _pieces(path: Path) -> Iterator[bytes]:
    name = path.name.lower()
    packed = name.endswith((".gz", ".zst"))
    with path.open("rb") as stream:
        raw = iter(lambda: stream.read(_PACKED_PIECE if packed else _PIECE), b"")
        if name.endswith(".gz"):
            yield from _unpacked(raw, lambda: zlib.decompressobj(_GZIP), zlib.error)
        elif name.endswith(".zst"):
            import zstandard

            unpacker = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
            yield from _unpacked(raw, unpacker.decompressobj, zstandard.ZstdError)
        else:
            yield from raw


def _unpacked(raw: Iterator[bytes], fresh: Callable[[], Any], broken: type[Exception]) -> Iterator[bytes]:
    """All frames of a file one after the other, as both formats allow; the last has to end."""
    frame = None
    for piece in raw:
        while piece:
            frame = frame or fresh()
            try:
                yield frame.decompress(piece)
            except broken as error:
                raise _DamagedError(str(error)) from None
            piece = frame.unused_data
            if frame.eof:
                frame = None
    if frame is not None:
        raise _DamagedError("the file ends in the middle of its compressed part")
