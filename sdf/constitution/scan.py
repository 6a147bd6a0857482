"""Lines of a source and what each one is, before anyone looks for headings.

Everything whose inside may look like a heading or a sentence without being one is
told apart here: fenced blocks, HTML comments, admonitions, footnotes, tables.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """What a line is. Only `prose` can be a heading or hold sentences."""

    blank = "blank"
    prose = "prose"
    fence = "fence"
    comment = "comment"
    note = "note"
    footnote = "footnote"
    table = "table"
    rule = "rule"
    front = "front"


class Line(NamedTuple):
    """One line. `text` is source[start:end]; `stop` is behind its line break."""

    number: int
    start: int
    end: int
    stop: int
    text: str
    role: Role


class _State(NamedTuple):
    """The block that the scan stands in; `mark` is a fence's opening run."""

    inside: Role | None = None
    mark: str = ""
    indent: int = 0


_BREAK = re.compile(r"\r\n|\n|\r")
_FENCE = re.compile(r"^\s*(`{3,}(?=[^`]*$)|~{3,})")
_NOTE = re.compile(r"^ *(?:!!!|\?\?\?\+?)\s+\w")
_FOOTNOTE = re.compile(r"^ {0,3}\[[^\]\s]+\]:\s")
_TABLE = re.compile(r"^\s*\|.*\|\s*$")
_RULE = re.compile(r"^\s*(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,}|={3,}\s*)$")
_BY_PATTERN = ((Role.note, _NOTE, 4), (Role.footnote, _FOOTNOTE, 4), (Role.table, _TABLE, 0), (Role.rule, _RULE, 0))
_COMMENT_LINES = 40
_OPEN = _State()


def scan(source: str) -> list[Line]:
    """Every line of the source in order; together they cover it exactly."""
    lines: list[Line] = []
    bounds = _bounds(source)
    texts = [source[start:end] for start, end, _ in bounds]
    state = _OPEN
    for index, (start, end, stop) in enumerate(bounds):
        role, state = _step(texts, index, state)
        lines.append(Line(index + 1, start, end, stop, texts[index], role))
    return lines


def _bounds(source: str) -> list[tuple[int, int, int]]:
    found, start = [], 0
    for match in _BREAK.finditer(source):
        found.append((start, match.start(), match.end()))
        start = match.end()
    if start < len(source):
        found.append((start, len(source), len(source)))
    return found


def _step(texts: list[str], index: int, state: _State) -> tuple[Role, _State]:
    text = texts[index]
    blank = not text.strip()
    match state.inside:
        case Role.fence:
            return Role.fence, _OPEN if _closes(text, state.mark) else state
        case Role.comment:
            return Role.comment, _OPEN if "-->" in text else state
        case Role.front:
            return Role.front, _OPEN if text.strip() in ("---", "...") else state
        case Role.note | Role.footnote:
            if blank:
                return Role.blank, state
            if _indent(text) >= state.indent:
                return state.inside, state
    return (Role.blank, _OPEN) if blank else _fresh(texts, index)


def _fresh(texts: list[str], index: int) -> tuple[Role, _State]:
    """A line that stands in no block: it may open one."""
    text = texts[index]
    if index == 0 and text.strip() == "---" and _front_ends(texts):
        return Role.front, _State(Role.front)
    if fence := _FENCE.match(text):
        return Role.fence, _State(Role.fence, fence[1])
    if text.lstrip().startswith("<!--") and ("-->" not in text or text.rstrip().endswith("-->")):
        return Role.comment, _OPEN if "-->" in text else _State(Role.comment)
    for role, pattern, indent in _BY_PATTERN:
        if pattern.match(text):
            return role, _State(role, indent=_indent(text) + indent) if indent else _OPEN
    return Role.prose, _inline_comment(texts, index)


def _inline_comment(texts: list[str], index: int) -> _State:
    """A comment that begins within prose counts only if its paragraph also closes it."""
    text = texts[index]
    opened = text.rfind("<!--")
    if opened < 0 or "-->" in text[opened:] or text[:opened].count("`") % 2:
        return _OPEN
    for later in texts[index + 1 : index + _COMMENT_LINES]:
        if "-->" in later:
            return _State(Role.comment)
        if not later.strip():
            break
    return _OPEN


def _front_ends(texts: list[str]) -> bool:
    """YAML before the text: closed soon, and its first line is a key."""
    head = [text.strip() for text in texts[1:200]]
    return bool(head) and ":" in head[0] and ("---" in head or "..." in head)


def _closes(text: str, mark: str) -> bool:
    bare = text.strip()
    return len(bare) >= len(mark) and not bare.strip(mark[0])


def _indent(text: str) -> int:
    expanded = text.expandtabs(4)
    return len(expanded) - len(expanded.lstrip(" "))
