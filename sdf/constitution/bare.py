"""Headings that nobody marked: title-like lines in pasted pages and in text from PDFs.

A line is taken for a heading when it has the shape of a title (short, no end of a
sentence), when what stands before it has ended, and when prose follows. Lines of that
shape that stand in a stack are a list or a menu; of a stack of two the one that
touches the prose is the heading.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import groupby
from statistics import quantiles

from sdf.constitution.furniture import is_furniture
from sdf.constitution.labels import field_of
from sdf.constitution.markdown import Heading, make_heading, split_attributes
from sdf.constitution.prose import BULLET
from sdf.constitution.scan import Line, Role

_MAX_CHARS, _MAX_WORDS = 90, 14
_WRAP_WIDTH = 120
_SHORTER = 0.75
_MIN_LETTERS = 0.5
_LIST = 3
_CLOSERS = "\"'”’)]»"
_UNFINISHED = frozenset(
    (
        *("a", "an", "the", "and", "or", "but", "nor", "as", "that", "which", "who", "is", "are", "was", "be"),
        *("if", "not", "their", "its", "our", "your", "his", "her", "this", "these", "those"),
    )
)
_PREPOSITIONS = frozenset(("of", "to", "for", "with", "in", "on", "at", "by", "from"))
_QUESTION_WORDS = frozenset(("what", "who", "whom", "where", "which", "how", "why"))
_NUMBERED = re.compile(r"^(?:\d{1,3}(?:\.\d{1,3})*[.)]?|[IVXLC]{1,7}[.)])\s+(?=[A-Z])")
_DEPTH = re.compile(r"^\d{1,3}((?:\.\d{1,3})*)")
_INNER_END = re.compile(r"[.!?:;]\s")


def bare_headings(lines: Sequence[Line], heads: frozenset[str], known: Collection[int], level: int) -> list[Heading]:
    """The headings among unmarked lines.

    `heads` are running heads, `known` the indices of marked headings, `level` is what
    an unnumbered heading gets; `2.1 Title` lies one deeper than `2 Title`.
    """
    solid = [
        index
        for index, line in enumerate(lines)
        if line.role is not Role.blank and not (line.role is Role.prose and is_furniture(line.text, heads))
    ]
    limit = _title_limit(lines)
    shaped = [index in known or (is_title_shaped(lines[index].text) and not _goes_on(lines, index)) for index in solid]
    found: list[Heading] = []
    for run in _runs(shaped):
        before = lines[solid[run[0] - 1]] if run[0] else None
        after = lines[solid[run[-1] + 1]] if run[-1] + 1 < len(solid) else None
        chosen = _chosen([solid[at] for at in run], lines, before, after)
        for index in chosen:
            if index not in known and _fits(lines, index, limit):
                text = lines[index].text
                found.append(make_heading(text, index, level + _depth(text)))
    return found


def is_title_shaped(text: str) -> bool:
    """Short, begins like a title, and neither ends nor contains the end of a sentence."""
    bare, _ = split_attributes(text.strip().removeprefix("\ufeff"))
    body = _NUMBERED.sub("", bare)
    words = body.split()
    if not 1 < len(bare) <= _MAX_CHARS or not 0 < len(words) <= _MAX_WORDS:
        return False
    if body == bare and BULLET.match(bare):
        return False
    first, last = body.lstrip("\"'“‘(«")[:1], body.rstrip(_CLOSERS)[-1:]
    if not first.isalnum() or first.islower() or not last.isalnum():
        return False
    if _is_unfinished(words) or _INNER_END.search(body) or field_of(body):
        return False
    letters = sum(char.isalpha() for char in body)
    return letters >= _MIN_LETTERS * len(body.replace(" ", ""))


def _is_unfinished(words: Sequence[str]) -> bool:
    """Whether the last word asks for another; `What it is for` is complete."""
    last = words[-1].casefold()
    asks = words[0].casefold() in _QUESTION_WORDS
    return last in _UNFINISHED or (last in _PREPOSITIONS and not asks)


def _runs(shaped: Sequence[bool]) -> list[list[int]]:
    """Positions of title-shaped lines that follow each other with no prose between."""
    grouped = groupby(range(len(shaped)), key=shaped.__getitem__)
    return [list(run) for is_shaped, run in grouped if is_shaped]


def _chosen(run: list[int], lines: Sequence[Line], before: Line | None, after: Line | None) -> list[int]:
    """Which lines of a stack of title-shaped lines are headings."""
    if after is None or after.role in (Role.rule, Role.front):
        return []
    if before is not None and before.role is Role.prose and not _ended(before.text):
        return []
    if len(run) >= _LIST:
        return run[-1:] if before is None else []
    if len(run) > 1 and run[1] == run[0] + 1:
        return run[-1:]
    return run


def _goes_on(lines: Sequence[Line], index: int) -> bool:
    """A line that is no prose, or whose sentence continues in the next line."""
    if lines[index].role is not Role.prose:
        return True
    return index + 1 < len(lines) and lines[index + 1].text.lstrip()[:1].islower()


def _ended(text: str) -> bool:
    bare = text.rstrip().rstrip(_CLOSERS)
    return bool(bare) and (bare[-1] in ".!?:;…" or bool(BULLET.match(text)))


def _title_limit(lines: Sequence[Line]) -> float:
    """In text with fixed line ends a title is clearly shorter than the lines around it."""
    widths = [len(line.text.rstrip()) for line in lines if line.role is Role.prose]
    if len(widths) < 2:
        return _MAX_CHARS
    usual = quantiles(widths, n=10)[7]
    return _SHORTER * usual if usual <= _WRAP_WIDTH else _MAX_CHARS


def _fits(lines: Sequence[Line], index: int, limit: float) -> bool:
    """Short enough, or set apart by blank lines on both sides."""
    if len(lines[index].text.strip()) <= limit:
        return True
    around = [lines[at] for at in (index - 1, index + 1) if 0 <= at < len(lines)]
    return all(line.role is Role.blank for line in around)


def _depth(text: str) -> int:
    match = _DEPTH.match(text.strip())
    return match[1].count(".") if match else 0
