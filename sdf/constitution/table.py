"""A constitution kept as a table: CSV with a header and a row for each principle."""

from __future__ import annotations

import re
from typing import NamedTuple

from sdf.constitution.labels import field_of
from sdf.constitution.markdown import unnumbered
from sdf.constitution.sections import Section, preamble
from sdf.errors import ConstitutionError

_ID = ("id", "key", "slug")
_NUMBER = ("number", "no", "nr", "#", "index", "n", "row")
_TITLE = ("title", "name", "heading", "principle", "label")
_TEXT = ("text", "statement", "principle", "body", "description", "content", "rule", "wording",
         "constitution excerpts", "constitution excerpt", "excerpts", "excerpt", "source")  # fmt: skip
_AUTHORITY = ("authority", "level")
_TENSION = ("tension ids", "tension_ids")
_LONG_TITLE = 12
_MIN_COLUMNS = 2


class Row(NamedTuple):
    """The cells of a record and where it stands in the source."""

    cells: tuple[str, ...]
    start: int
    stop: int
    line: int


def looks_like_table(source: str) -> bool:
    """Whether the first record is a header that we know and all records have its width."""
    delimiter = _delimiter(source)
    if delimiter is None or _columns(source, delimiter) is None:
        return False
    header, *rows = [row for row in records(source, delimiter) if any(map(str.strip, row.cells))]
    return bool(rows) and all(len(row.cells) == len(header.cells) for row in rows)


def sections(source: str, name: str) -> list[Section]:
    """The rows as parts. The header line is the preamble; blank rows join the row above."""
    delimiter = _delimiter(source)
    columns = _columns(source, delimiter) if delimiter else None
    if delimiter is None or columns is None:
        raise ConstitutionError(
            "the first row names no column that holds a principle",
            where=f"{name}:1",
            hint="Give it a header row such as `id,title,text,why`.",
        )
    _, *rows = records(source, delimiter)
    filled = [row for row in rows if any(map(str.strip, row.cells))]
    if not filled:
        raise ConstitutionError(
            "the table has a header and no rows",
            where=f"{name}:1",
            hint="Add one row for each principle.",
        )
    edges = [row.start for row in filled] + [len(source)]
    parts = [_section(row, columns, (start, stop)) for row, start, stop in zip(filled, edges, edges[1:], strict=False)]
    return [preamble(source[: filled[0].start]), *parts]


def records(source: str, delimiter: str) -> list[Row]:
    """The records of a delimited text, whose quoted cells may hold line breaks."""
    quoted = re.compile(r'[ ]*"((?:[^"]|"")*)(?:"|\Z)')
    bare = re.compile(rf"[^{re.escape(delimiter)}\r\n]*")
    found: list[Row] = []
    cells: list[str] = []
    at = start = 0
    line = 1
    while at < len(source):
        match = quoted.match(source, at)
        tail = bare.match(source, match.end() if match else at)
        assert tail is not None  # noqa: S101 - the pattern matches the empty text
        cells.append(match[1].replace('""', '"') + tail[0] if match else tail[0])
        at = tail.end()
        if source.startswith(delimiter, at):
            at += 1
            if at < len(source):
                continue
            cells.append("")
        at += 2 if source.startswith("\r\n", at) else 1
        stop = min(at, len(source))
        found.append(Row(tuple(cells), start, stop, line))
        line += len(re.findall(r"\r\n|\n|\r", source[start:stop]))
        cells, start = [], stop
    return found


def _delimiter(source: str) -> str | None:
    first = source.lstrip().splitlines()[0]
    best = max(",;\t", key=first.count)
    return best if first.count(best) + 1 >= _MIN_COLUMNS else None


def _columns(source: str, delimiter: str) -> tuple[str, ...] | None:
    """The normalised header, when it has a column for the title or the text."""
    header = records(source, delimiter)[0]
    names = tuple(cell.strip().casefold().replace("_", " ") for cell in header.cells)
    known = sum(name in (*_ID, *_NUMBER, *_TITLE, *_TEXT) or _field(name) is not None for name in names)
    named = any(name in (*_TITLE, *_TEXT) for name in names)
    return names if named and known >= _MIN_COLUMNS else None


def _section(row: Row, columns: tuple[str, ...], span: tuple[int, int]) -> Section:
    cells = [(name, cell.strip()) for name, cell in zip(columns, row.cells, strict=False)]
    title = _first(cells, _TITLE) or _first(cells, _TEXT)
    long = len(title.split()) > _LONG_TITLE
    own = [cell for name, cell in cells if name in _TEXT and cell and (long or cell != title)]
    if long and title not in own:
        own.insert(0, title)
    labelled = tuple(
        (field, cell) for name, cell in cells if cell and name not in (*_TEXT, *_TITLE) and (field := _field(name))
    )
    return Section(
        title=_shortened(unnumbered(title)) if title else "Untitled",
        level=1,
        line=row.line,
        span=span,
        body="\n\n".join([*own, *(cell for _, cell in labelled)]),
        explicit_id=_safe_id(_first(cells, _ID)),
        authority=_first(cells, _AUTHORITY) or None,
        tensions=tuple(re.split(r"[,;\s]+", _first(cells, _TENSION))),
        columns=labelled,
    )


def _first(cells: list[tuple[str, str]], names: tuple[str, ...]) -> str:
    by_name = dict(reversed(cells))
    return next((by_name[name] for name in names if by_name.get(name)), "")


def _field(name: str) -> str | None:
    """The bank field of a column; `welfare application` counts as `application`."""
    return field_of(name) or (field_of(name.split()[-1]) if name.split() else None)


def _safe_id(text: str) -> str | None:
    return text if re.fullmatch(r"[\w.:-]+", text) else None


def _shortened(title: str) -> str:
    words = " ".join(title.split()).split(" ")
    return " ".join(words[:_LONG_TITLE]).rstrip(".,;:!?") if len(words) > _LONG_TITLE else title
