"""From a file's bytes to text, or an error that says how to mend the file."""

from __future__ import annotations

import codecs
from pathlib import Path

from sdf.errors import ConstitutionError

MAX_BYTES = 5_000_000
_NUL_SHARE = 0.05


def read_source(path: Path) -> bytes:
    """The bytes of a constitution file; raises ConstitutionError when it cannot be had."""
    where = str(path)
    if path.is_dir():
        raise ConstitutionError("this is a folder", where=where, hint="Name the constitution file in it.")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise too_large(size, where)
        return path.read_bytes()
    except FileNotFoundError:
        raise ConstitutionError(
            "there is no such file",
            where=where,
            hint="Check the path, or make a first constitution with `sdf init`.",
        ) from None
    except OSError as error:
        raise ConstitutionError(
            f"the file cannot be read: {error.strerror}",
            where=where,
            hint="Check that you may read it (`ls -l`).",
        ) from error


def too_large(size: int, where: str) -> ConstitutionError:
    """The error for a source above the limit of 5 MB."""
    return ConstitutionError(
        f"the file has {size / 1e6:.1f} MB; a constitution may have {MAX_BYTES / 1e6:.0f} MB",
        where=where,
        hint="Keep the constitution's own text in this file and move the rest elsewhere.",
    )


def decode(raw: bytes, name: str) -> str:
    """Text of UTF-8 (with or without mark) or of UTF-16 with its mark; line ends are kept."""
    if len(raw) > MAX_BYTES:
        raise too_large(len(raw), name)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif raw.count(0) > max(8, _NUL_SHARE * len(raw)):
        raise ConstitutionError(
            "this is not a text file (it is full of NUL bytes)",
            where=name,
            hint="Export the document as plain text or Markdown in UTF-8.",
        )
    else:
        encoding = "utf-8-sig"
    try:
        return require_text(raw.decode(encoding), name)
    except UnicodeDecodeError as error:
        raise ConstitutionError(
            f"the bytes are not {'UTF-16' if encoding == 'utf-16' else 'UTF-8'} text (byte {error.start})",
            where=name,
            hint="Save it as UTF-8; for PDF or Word documents export plain text first.",
        ) from error


def require_text(source: str, name: str) -> str:
    """The source without a leading mark; empty text and lone surrogates are errors."""
    source = source.removeprefix("\ufeff")
    if not source.strip():
        raise ConstitutionError(
            "the constitution is empty",
            where=name,
            hint="Write at least one principle into it, with the reasons for it.",
        )
    if any("\ud800" <= char <= "\udfff" for char in source):
        raise ConstitutionError(
            "the text holds half a character (a lone surrogate)",
            where=name,
            hint="Decode the file with its right encoding and save it as UTF-8.",
        )
    return source
