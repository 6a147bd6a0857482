"""A source cut into parts: the same shape whatever the source looked like."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sdf.constitution.inline import plain
from sdf.constitution.markdown import Heading
from sdf.constitution.prose import BULLET
from sdf.constitution.scan import Line, Role
from sdf.constitution.sentences import split_block

PREAMBLE_ID = "_preamble"
_TITLE_WORDS = 8


@dataclass(frozen=True)
class Section:
    """A part before it has its id. `span` is of the whole part, `body` its own text.

    `line` is the 1-based line of its heading; `columns` are cells of a table whose
    header names a bank field.
    """

    title: str
    level: int
    line: int
    span: tuple[int, int]
    body: str
    explicit_id: str | None = None
    authority: str | None = None
    tensions: tuple[str, ...] = ()
    stated_kind: str | None = None
    parents: tuple[int, ...] = ()
    preamble: bool = False
    columns: tuple[tuple[str, str], ...] = field(default=())


def cut(source: str, lines: Sequence[Line], headings: Sequence[Heading]) -> list[Section]:
    """The parts between headings; what precedes the first heading is a part as well."""
    starts = [lines[heading.index].start for heading in headings]
    before = source[: starts[0]]
    sections = []
    if before.strip():
        sections.append(preamble(before))
    else:
        starts[0] = 0
    for heading, start, stop in zip(headings, starts, [*starts[1:], len(source)], strict=True):
        body = lines[heading.index + heading.height - 1].stop
        sections.append(
            Section(
                title=heading.title,
                level=heading.level,
                line=lines[heading.index].number,
                span=(start, stop),
                body=trimmed(source[body:stop]),
                explicit_id=heading.explicit_id,
                authority=heading.attributes.get("authority"),
                tensions=tuple(filter(None, heading.attributes.get("tension", "").split(","))),
                stated_kind=heading.attributes.get("kind"),
            )
        )
    return nested(sections)


def preamble(text: str) -> Section:
    """The part before the first heading (or before the first row of a table)."""
    return Section("Preamble", 1, 1, (0, len(text)), trimmed(text), explicit_id=PREAMBLE_ID, preamble=True)


def nested(sections: Iterable[Section]) -> list[Section]:
    """Each section with the positions of those it stands under, outermost first."""
    found: list[Section] = []
    open_: list[int] = []
    for position, section in enumerate(sections):
        while open_ and found[open_[-1]].level >= section.level:
            open_.pop()
        found.append(replace(section, parents=tuple(open_)))
        if not section.preamble:
            open_.append(position)
    return found


def paragraphs(source: str, lines: Sequence[Line]) -> list[Section]:
    """A source without headings: every paragraph and every top list entry is a part."""
    starts = [line for line in lines if _begins(lines, line)] or [lines[0]]
    offsets = [0, *(line.start for line in starts[1:]), len(source)]
    return [
        Section(
            title=_opening(line.text),
            level=1,
            line=line.number,
            span=(start, stop),
            body=trimmed(source[start:stop]),
        )
        for line, start, stop in zip(starts, offsets, offsets[1:], strict=False)
    ]


def trimmed(text: str) -> str:
    """A text without the blank lines around it; its first line keeps its indentation."""
    lines = text.splitlines(keepends=True)
    first = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    return "".join(lines[first:]).rstrip()


def _begins(lines: Sequence[Line], line: Line) -> bool:
    if line.role is not Role.prose:
        return False
    above = lines[line.number - 2] if line.number > 1 else None
    if line.text[:1].isspace() and above is not None:
        return False
    return above is None or above.role is not Role.prose or bool(BULLET.match(line.text))


def _opening(text: str) -> str:
    """A title for a paragraph: its label before a colon, else its first words."""
    clean = plain(BULLET.sub("", text))
    label, colon, rest = clean.partition(":")
    if colon and rest and len(label.split()) <= _TITLE_WORDS:
        return label
    first = next(iter(split_block(clean)), clean)
    return " ".join(first.split()[:_TITLE_WORDS]).rstrip(".,;:!?")
