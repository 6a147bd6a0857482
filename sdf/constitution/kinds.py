"""Which parts are principles that documents are written for, and which only context."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Literal

from sdf.constitution.prose import clean_text
from sdf.constitution.rules import ConstitutionRules, refuse_correction
from sdf.constitution.sections import Section
from sdf.constitution.shape import Style
from sdf.records import Bank

Kind = Literal["principle", "context"]
MIN_WORDS = 20
MIN_PARAGRAPH_WORDS = 8
_TITLE_AND_ONE = 2


def title_position(sections: Sequence[Section]) -> int | None:
    """The document's title: the first heading, when all others stand under it.

    A first heading with nothing of its own and nothing under it is a title, too.
    """
    own = [at for at, section in enumerate(sections) if not section.preamble]
    if len(own) < _TITLE_AND_ONE:
        return None
    first, *others = own
    under = [first in sections[at].parents for at in others]
    alone = not any(under) and not sections[first].body
    return first if all(under) or alone else None


def kinds(sections: Sequence[Section], banks: Sequence[Bank], style: Style) -> list[Kind]:
    """The kind of every part, as the text itself shows it.

    Where any part carries an authority, those that do are principles. Elsewhere a part
    is one when it has words enough and a sentence that states something by itself; the
    document's title and the text before the first heading never are. A heading that
    states its own `kind=` is taken at its word.
    """
    if any(section.authority for section in sections):
        return [_stated(section) or ("principle" if section.authority else "context") for section in sections]
    title = title_position(sections)
    least = MIN_PARAGRAPH_WORDS if style == "paragraphs" else MIN_WORDS
    return [
        _stated(section) or ("principle" if _states_something(section, bank, least) and at != title else "context")
        for at, (section, bank) in enumerate(zip(sections, banks, strict=True))
    ]


def _states_something(section: Section, bank: Bank, least: int) -> bool:
    return not section.preamble and bool(bank.statement) and len(clean_text(section.body).split()) >= least


def _stated(section: Section) -> Kind | None:
    return (
        "principle" if section.stated_kind == "principle" else "context" if section.stated_kind == "context" else None
    )


def corrected(found: Sequence[Kind], ids: Sequence[str], rules: ConstitutionRules, name: str) -> list[Kind]:
    """The kinds after the recipe's `include` and `exclude`, ids or globs."""
    for field in ("include", "exclude"):
        for pattern in getattr(rules, field):
            if not any(fnmatchcase(one, pattern) for one in ids):
                refuse_correction(name, field, pattern, ids)
    kept: list[Kind] = []
    for kind, one in zip(found, ids, strict=True):
        if any(fnmatchcase(one, pattern) for pattern in rules.exclude):
            kept.append("context")
        elif any(fnmatchcase(one, pattern) for pattern in rules.include):
            kept.append("principle")
        else:
            kept.append(kind)
    return kept
