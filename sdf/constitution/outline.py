"""The outline of a constitution, for a person to read and correct."""

from __future__ import annotations

from typing import Literal

from sdf.constitution.prose import clean_text
from sdf.records import Constitution, Record


class OutlineRow(Record):
    """One part. `lines` are 1-based and inclusive; `words` counts its prose only."""

    id: str
    kind: Literal["principle", "context"]
    level: int
    title: str
    authority: str | None
    lines: tuple[int, int]
    words: int


def outline(constitution: Constitution) -> list[OutlineRow]:
    """A row for every part, in source order."""
    return [
        OutlineRow(
            id=part.id,
            kind=part.kind,
            level=part.level,
            title=part.title,
            authority=part.authority,
            lines=part.lines,
            words=len(clean_text(part.text).split()),
        )
        for part in constitution.principles
    ]
