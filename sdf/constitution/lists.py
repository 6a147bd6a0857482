"""Which line with a colon introduces a paragraph or list entry."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from sdf.constitution.labels import field_of

_TAIL = 2


class Paragraph(NamedTuple):
    """A paragraph or list entry as it stands (`raw`) and without markup (`clean`).

    Paragraphs with no blank line between them have the same `run`; fences take a
    number of their own.
    """

    raw: str
    clean: str
    bullet: bool
    indented: bool
    run: int
    before_fence: bool


def introductions(paragraphs: Sequence[Paragraph]) -> list[str]:
    """For every paragraph the line that introduces it, or "".

    A list goes on over list entries and what is indented under them. A list without
    marks is the run of lines behind its introduction, up to the next blank line.
    """
    found: list[str] = []
    intro, held_by, listed = "", -1, -1
    for at, one in enumerate(paragraphs):
        if intro and not _belongs(paragraphs, at, held_by, listed):
            intro = ""
        found.append(intro)
        if intro and listed < 0:
            listed = one.run
        if one.clean.endswith(":") and field_of(one.clean) is None:
            intro, held_by, listed = one.clean, one.run, -1
    return found


def _belongs(paragraphs: Sequence[Paragraph], at: int, held_by: int, listed: int) -> bool:
    one = paragraphs[at]
    if one.bullet or (one.indented and listed >= 0):
        return True
    if one.run not in (held_by, listed) and (listed >= 0 or one.run != held_by + 1):
        return False
    return not _closes_list(paragraphs, at)


def _closes_list(paragraphs: Sequence[Paragraph], at: int) -> bool:
    """A run's last paragraph that is far longer than the entries before it is prose again."""
    one = paragraphs[at]
    if at + 1 < len(paragraphs) and paragraphs[at + 1].run == one.run:
        return False
    entries = [len(other.clean) for other in paragraphs[:at] if other.run == one.run]
    return len(entries) > 1 and len(one.clean) > _TAIL * median(entries) and ". " in one.clean
