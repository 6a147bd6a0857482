"""Which of the known shapes a source has, and its parts in that shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from sdf.constitution import table
from sdf.constitution.bare import bare_headings
from sdf.constitution.furniture import running_heads
from sdf.constitution.markdown import Heading, headings, make_heading
from sdf.constitution.rules import ConstitutionRules, refuse_correction
from sdf.constitution.scan import Line, Role, scan
from sdf.constitution.sections import Section, cut, paragraphs

Style = Literal["markdown", "bare", "csv", "paragraphs"]
_FEW = 2


class Shape(NamedTuple):
    """The parts of a source; `heads` are the running heads of its pages."""

    style: Style
    sections: list[Section]
    heads: frozenset[str] = frozenset()


def recognise(text: str, name: str, rules: ConstitutionRules) -> Shape:
    """The parts in the style that the rules ask for, or in the one the text shows.

    A table is known by its header; marked headings carry the structure unless there is
    only a title; then come bare headings, and last paragraphs.
    """
    automatic = rules.style == "auto"
    is_table = name.casefold().endswith(".csv") or table.looks_like_table(text)
    if rules.style == "csv" or (automatic and is_table):
        return Shape("csv", table.sections(text, name))
    lines = scan(text)
    forced = _forced(lines, rules, name)
    own = _allowed(headings(lines), lines, rules)
    marked = _merged(own, forced)
    if rules.style == "paragraphs" and not forced:
        return Shape("paragraphs", paragraphs(text, lines), running_heads(lines))
    if marked and (rules.style == "markdown" or (automatic and _carries(own))):
        return Shape("markdown", cut(text, lines, marked))
    heads = running_heads(lines) - {line.strip() for line in rules.headings}
    if rules.style != "markdown":
        known = {heading.index for heading in marked}
        found = _allowed(bare_headings(lines, heads, known, 2 if own else 1), lines, rules)
        enough = len(found) >= _FEW or forced or rules.style == "bare"
        if enough and (found or marked):
            return Shape("bare", cut(text, lines, _merged(marked, found)), heads)
    if marked:
        return Shape("markdown", cut(text, lines, marked))
    return Shape("paragraphs", paragraphs(text, lines), heads)


def _carries(own: Sequence[Heading]) -> bool:
    """Whether marks carry the structure: a lone title above bare lines does not."""
    return len(own) > _FEW or (len(own) == _FEW and own[0].level >= own[1].level)


def _forced(lines: Sequence[Line], rules: ConstitutionRules, name: str) -> list[Heading]:
    """The lines that the recipe calls headings, one level under a marked title."""
    present = sorted({line.text.strip() for line in lines})
    for field in ("headings", "not_headings"):
        for one in getattr(rules, field):
            if one.strip() not in present:
                refuse_correction(name, field, one, present)
    wanted = {line.strip() for line in rules.headings}
    return [
        make_heading(line.text, index, 2)
        for index, line in enumerate(lines)
        if line.role is Role.prose and line.text.strip() in wanted
    ]


def _allowed(found: Sequence[Heading], lines: Sequence[Line], rules: ConstitutionRules) -> list[Heading]:
    refused = {line.strip() for line in rules.not_headings}
    return [heading for heading in found if lines[heading.index].text.strip() not in refused]


def _merged(first: Sequence[Heading], second: Sequence[Heading]) -> list[Heading]:
    by_index = {heading.index: heading for heading in (*second, *first)}
    return [by_index[index] for index in sorted(by_index)]
