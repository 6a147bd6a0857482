"""The one place that prints. Results go to stdout, talk to stderr.

Text from constitutions, packs and models may hold anything, so control and
bidirectional characters are replaced before a terminal can obey them.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

from sdf.errors import DiskError

_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def safe(text: str) -> str:
    """The text without characters that a terminal acts on; line breaks and tabs stay."""
    return _OBEYED.sub("\ufffd", text.replace("\r\n", "\n"))


def result(text: str = "") -> None:
    """Print a result line."""
    _write(sys.stdout, text)


def say(text: str = "") -> None:
    """Print talk: progress, hints, warnings."""
    _write(sys.stderr, text)


def result_json(value: Any) -> None:
    """Print a result for programs, one JSON value."""
    _write(sys.stdout, json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True))


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a plain table; columns of numbers are set to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    numeric = [
        bool(rows) and all(isinstance(row[n], int | float) for row in rows if row[n] is not None)
        for n in range(len(heads))
    ]
    widths = [max([len(head), *(len(row[n]) for row in cells)]) for n, head in enumerate(heads)]
    for row in [list(heads), *cells]:
        line = "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        )
        result(line.rstrip())


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return safe(str(value)).replace("\n", " ")


def _write(stream: Any, text: str) -> None:
    if stream is None:
        return
    try:
        stream.write(safe(text) + "\n")
        stream.flush()
    except BrokenPipeError:
        # The reader went away (`sdf plan | head`): there is nobody left to tell.
        stream.close() if stream is not sys.stderr else None
        raise SystemExit(0) from None
    except OSError as refused:
        # What is still buffered must not fail once more when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise DiskError(f"cannot print: {refused.strerror}", where=stream.name) from refused
