"""Constitutions: principles, what they offer a writer, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from sdf.records.base import Record


class Objection(Record):
    """A thing people say against a principle, and what the constitution answers."""

    claim: str
    reply: str = ""


class Bank(Record):
    """What a principle offers a writer, each part as clean sentences (no markup).

    Every tuple may be empty. `statement` is what the principle asks for;
    `practice` is how keeping it looks in a day's work; `otherwise` is what acting
    differently would cost; `tensions` is prose about the principles it meets.
    """

    statement: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    practice: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    tensions: tuple[str, ...] = ()
    objections: tuple[Objection, ...] = ()
    otherwise: tuple[str, ...] = ()


class Principle(Record):
    """One addressable part of a constitution.

    `lines` are 1-based and inclusive, `span` is the half-open range of character
    offsets, both in the source text; `text` is the source text of the span without
    its heading line. `tension_ids` are the principles that the text itself names as
    meeting this one.
    """

    id: str
    kind: Literal["principle", "context"]
    title: str
    text: str
    bank: Bank = Bank()
    path: tuple[str, ...] = ()
    level: int = 1
    authority: str | None = None
    tension_ids: tuple[str, ...] = ()
    lines: tuple[int, int]
    span: tuple[int, int]
    sha256: str


class Identity(Record):
    """Whose constitution it is: the names that stand in every prompt and document."""

    model: str
    developer: str
    document: str
    rename: Mapping[str, str] = Field(default_factory=dict)


class Constitution(Record):
    """A parsed constitution; `principles` are in source order, of both kinds.

    `source` is the text as decoded; `source_sha256` is of the file's exact bytes.
    `heading_style` says which shape was recognised, for the outline that a person
    corrects.
    """

    source: str
    source_sha256: str
    heading_style: Literal["markdown", "bare", "csv", "paragraphs"]
    principles: tuple[Principle, ...]
    title: str = ""

    def teachable(self) -> tuple[Principle, ...]:
        """The principles that documents are planned for (context is left out)."""
        return tuple(p for p in self.principles if p.kind == "principle")

    def by_id(self) -> dict[str, Principle]:
        """Every part under its id."""
        return {p.id: p for p in self.principles}
