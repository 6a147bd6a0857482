"""From the bytes of a constitution to its addressable parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from sdf.constitution.bank import build_bank
from sdf.constitution.ids import assign, slug
from sdf.constitution.kinds import Kind, corrected, kinds, title_position
from sdf.constitution.read import decode, read_source, require_text
from sdf.constitution.rules import ConstitutionRules
from sdf.constitution.sections import Section
from sdf.constitution.shape import recognise
from sdf.errors import ConstitutionError
from sdf.records import Bank, Constitution, Principle

MAX_PARTS = 10_000
_DEFAULT = ConstitutionRules()


def load_constitution(path: Path, *, rules: ConstitutionRules = _DEFAULT) -> Constitution:
    """The constitution in a file of at most 5 MB (UTF-8, or UTF-16 with its mark).

    Raises ConstitutionError, with the way to mend it, when the file is missing, empty,
    not text, too large, has more than 10,000 parts, gives an id twice, or when a
    correction in `rules` matches nothing.
    """
    return parse_constitution(read_source(Path(path)), name=str(path), rules=rules)


def parse_constitution(
    source: bytes | str,
    *,
    name: str = "constitution.md",
    rules: ConstitutionRules = _DEFAULT,
) -> Constitution:
    """The parts of a constitution, in order; their spans cover the source exactly.

    `name` stands in error messages, and its ending `.csv` is a sign of a table. See
    `shape` for how the headings are found, `kinds` for which parts are principles and
    `ids` for how parts are named. Errors as in `load_constitution`.
    """
    if isinstance(source, bytes):
        raw, text = source, decode(source, name)
    else:
        text = require_text(source, name)
        raw = source.encode()
    shape = recognise(text, name, rules)
    sections = shape.sections
    if len(sections) > MAX_PARTS:
        raise ConstitutionError(
            f"the constitution has {len(sections)} parts; there may be {MAX_PARTS}",
            where=name,
            hint='Check the outline: set [constitution] style = "markdown" or "bare".',
        )
    ids = assign(sections, name)
    banks = [build_bank(one.body, title=one.title, heads=shape.heads, columns=one.columns) for one in sections]
    found = kinds(sections, [bank for bank, _ in banks], shape.style)
    found = corrected(found, ids, rules, name)
    title = title_position(sections)
    return Constitution(
        source=text,
        source_sha256=sha256(raw).hexdigest(),
        heading_style=shape.style,
        principles=_principles(text, sections, ids, found, banks),
        title="" if title is None else sections[title].title,
    )


def _principles(
    text: str,
    sections: Sequence[Section],
    ids: Sequence[str],
    found: Sequence[Kind],
    banks: Sequence[tuple[Bank, tuple[str, ...]]],
) -> tuple[Principle, ...]:
    meant = _meanings(sections, ids)
    parts = []
    for section, one, kind, (bank, links) in zip(sections, ids, found, banks, strict=True):
        own = text[section.span[0] : section.span[1]].strip()
        named = (meant.get(anchor) for anchor in (*section.tensions, *links))
        parts.append(
            Principle(
                id=one,
                kind=kind,
                title=section.title,
                text=section.body,
                bank=bank,
                path=tuple(sections[parent].title for parent in section.parents),
                level=section.level,
                authority=section.authority,
                tension_ids=tuple(dict.fromkeys(t for t in named if t is not None and t != one)),
                lines=(section.line, section.line + _breaks(own)),
                span=section.span,
                sha256=sha256(own.encode()).hexdigest(),
            )
        )
    return tuple(parts)


def _meanings(sections: Sequence[Section], ids: Sequence[str]) -> dict[str, str]:
    """The id that an anchor means: the id itself, or the slug of exactly one title."""
    slugs = [slug(section.title) for section in sections]
    times = Counter(slugs)
    once = {short: one for short, one in zip(slugs, ids, strict=True) if times[short] == 1}
    return {**once, **{one: one for one in ids}}


def _breaks(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")
