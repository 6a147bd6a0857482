"""The one place that opens files for writing.

A file under its final name is complete: content goes to a temporary name in the same
directory, is synced, and is renamed over. Whatever the disk refuses becomes a
DiskError, and the file that was there before is still there.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel

from sdf.errors import DamagedError, DiskError, RunError
from sdf.records import Record

LEFTOVER = ".sdf-tmp"
"""How the name of a temporary file ends; one that outlives its writer is rubbish."""

SHARD = ".jsonl.zst"
"""How the name of a shard ends."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_LEVEL = 4
_CHUNK = 1 << 20
# One 4 KiB piece of a hostile zstd frame can grow to about 128 MiB, never more.
_PIECE = 4096
_WINDOW = 1 << 27
_ROW_LIMIT = 1 << 26
_serial = count()


class FileDigest(Record):
    """What identifies a file. `content_sha256` is of the uncompressed content.

    `rows` is set for shards only; `bytes` is the size on disk.
    """

    name: str
    sha256: str
    content_sha256: str
    rows: int | None = None
    bytes: int


# --- writing ----------------------------------------------------------------


def write_atomic(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Put `content`, whole or in parts, under `path`, all of it or nothing; the parent is made."""
    with _replacing(path) as stream:
        stream.writelines([content] if isinstance(content, bytes) else content)


def write_json(path: Path, value: Any) -> None:
    """Write `value` as canonical JSON that people can read: sorted, indented by two."""
    write_atomic(path, readable_json(value))


def readable_json(value: Any) -> bytes:
    """What `write_json` writes."""
    return _json(value, 2, (",", ": ")) + b"\n"


def canonical_json(value: Any) -> bytes:
    """The one JSON text of `value`: UTF-8, compact, sorted keys; NaN is refused."""
    return _json(value, None, (",", ":"))


def write_shard(path: Path, rows: Iterable[bytes]) -> FileDigest:
    """Write rows as JSONL in one zstd frame; the same rows give the same bytes.

    A row is one line of JSON without its newline; one that holds a newline is a
    ValueError, and nothing is written. The digest is of the file as read back.
    """
    import zstandard

    compressor = zstandard.ZstdCompressor(_LEVEL, write_content_size=False, write_checksum=True)
    with _replacing(path) as stream, compressor.stream_writer(stream, closefd=False) as frame:
        for number, row in enumerate(rows, start=1):
            if b"\n" in row:
                raise ValueError(f"row {number} holds a newline")
            frame.write(row + b"\n")
    return digest_file(path)


def make_directory(path: Path) -> None:
    """Make a directory and its parents, durably enough that files in it survive."""
    with disk_errors(path):
        missing = [p for p in (path, *path.parents) if not p.exists()]
        path.mkdir(parents=True, exist_ok=True)
        for made in missing:
            _sync_directory(made.parent)


def open_in_place(path: Path) -> int:
    """A descriptor to a small file that is kept and changed in place, as locks are."""
    make_directory(path.parent)
    with disk_errors(path):
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)


def move_into_place(source: Path, path: Path) -> None:
    """Give a finished, synced file its final name."""
    with disk_errors(path):
        os.replace(source, path)
        _sync_directory(path.parent)


def remove(path: Path) -> None:
    """Remove a file, durably; one that is not there is fine."""
    with disk_errors(path):
        path.unlink(missing_ok=True)
        _sync_directory(path.parent)


def temporary_beside(path: Path) -> Path:
    """A name in the same directory that nobody else uses, marked as a leftover."""
    return path.with_name(f".{path.name[:80]}.{os.getpid()}.{next(_serial)}{LEFTOVER}")


def is_leftover(path: Path) -> bool:
    """Whether the name is of a temporary file, or of what SQLite keeps beside one."""
    return path.name.startswith(".") and f"{LEFTOVER}-" in f"{path.name}-"


def require_free_space(directory: Path, wanted: int) -> None:
    """DiskError unless `wanted` bytes are free where `directory` is or will be."""
    there = next(p for p in (directory, *directory.absolute().parents) if p.exists())
    with disk_errors(directory):
        stats = os.statvfs(there)
    free = stats.f_bavail * stats.f_frsize
    if free < wanted:
        message = f"{free / 1e6:,.0f} MB are free, {wanted / 1e6:,.0f} MB are needed"
        hint = "Free some space, or write to another disk."
        raise DiskError(message, where=str(directory), hint=hint)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system refuses into a DiskError that names the path."""
    try:
        yield
    except OSError as error:
        hint = (
            "Free some space and run the same command again; what was recorded is intact."
            if error.errno in _FULL
            else "Check that the disk works and that the directory may be written."
        )
        reason = error.strerror or type(error).__name__
        raise DiskError(f"cannot write: {reason}", where=str(path), hint=hint) from error


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    if path.is_symlink():
        message = "a symbolic link stands where a file must be written"
        raise RunError(message, where=str(path), hint="Remove the link, or write elsewhere.")
    make_directory(path.parent)
    temporary = temporary_beside(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with disk_errors(path):
        try:
            with os.fdopen(os.open(temporary, flags, 0o644), "wb") as stream:
                yield stream
                stream.flush()
                _sync(stream.fileno())
            move_into_place(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise


def _sync(descriptor: int) -> None:
    # On macOS fsync leaves the bytes in the drive's cache; F_FULLFSYNC does not.
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is None:
        os.fsync(descriptor)
    else:
        fcntl.fcntl(descriptor, full)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_shard(path: Path) -> Iterator[bytes]:
    """The rows of a shard, streamed, without their newlines.

    Splits at the newline byte only, so that U+2028 in a document stays. A frame that
    is cut short, damaged or followed by something raises DamagedError with the row.
    """
    row, pending, size = 0, [b""], 0
    try:
        for text in _decompressed(path):
            first, *more = text.split(b"\n")
            pending.append(first)
            size += len(first)
            for line in more:
                yield b"".join(pending)
                row, pending, size = row + 1, [line], len(line)
            if size > _ROW_LIMIT:
                raise _TornError(f"a row is longer than {_ROW_LIMIT >> 20} MiB")
        if size:
            raise _TornError("the last row does not end")
    except _TornError as error:
        where = f"{path}:{row + 1}"
        hint = "Put it back from a copy; a run's shard may be removed: `sdf generate` writes it again."
        raise DamagedError(f"damaged: {error}", where=where, hint=hint) from error


def digest_file(path: Path, name: str | None = None) -> FileDigest:
    """Hash a file as it lies on disk, and the rows inside it when it is a shard."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            digest.update(piece)
            size += len(piece)
    value, content, rows = digest.hexdigest(), hashlib.sha256(), None
    if path.name.endswith(SHARD):
        rows = 0
        for row in read_shard(path):
            content.update(row + b"\n")
            rows += 1
    inner = value if rows is None else content.hexdigest()
    return FileDigest(name=name or path.name, sha256=value, content_sha256=inner, rows=rows, bytes=size)


class _TornError(ValueError):
    """What is wrong with a frame, before the file and row are known."""


def _decompressed(path: Path) -> Iterator[bytes]:
    import zstandard

    frame = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
    with path.open("rb") as stream:
        while not frame.eof and (piece := stream.read(_PIECE)):
            try:
                yield frame.decompress(piece)
            except zstandard.ZstdError as error:
                raise _TornError(str(error)) from error
        if not frame.eof:
            raise _TornError("the file is cut short")
        if frame.unused_data or stream.read(1):
            raise _TornError("something follows the end of the shard")


def sha256_hex(content: bytes) -> str:
    """SHA-256 of bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


def digest_of(*parts: bytes | str | int | float | None) -> str:
    """A 160-bit BLAKE2b digest of the parts, in hex, for ids and row digests.

    Each part is tagged with its kind and length: no two lists of parts run together.
    """
    digest = hashlib.blake2b(digest_size=20)
    for part in parts:
        tag = b"b" if isinstance(part, bytes) else b"s" if isinstance(part, str) else b"n"
        text = part if isinstance(part, bytes | str) else repr(part)
        body = text if isinstance(text, bytes) else text.encode()
        digest.update(tag + len(body).to_bytes(8, "big") + body)
    return digest.hexdigest()


def _json(value: Any, indent: int | None, separators: tuple[str, str]) -> bytes:
    text = json.dumps(
        value,
        sort_keys=True,
        ensure_ascii=False,
        allow_nan=False,
        indent=indent,
        separators=separators,
        default=_plain,
    )
    return text.encode()


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value)} has no JSON form")
