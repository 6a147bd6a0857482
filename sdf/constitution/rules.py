"""What a person may correct in how a constitution was read."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Literal, NoReturn

from sdf.errors import ConstitutionError
from sdf.records import Record


class ConstitutionRules(Record):
    """The recipe's `[constitution]` table; every field is a correction and may be empty.

    `include` and `exclude` are ids or globs (`voice-*`): parts that must become
    principles, and parts that are only context; where both match, `exclude` wins.
    `headings` are whole lines that are headings whatever the detector says,
    `not_headings` are lines that are none. A correction that matches nothing is an
    error, because it usually is a spelling mistake.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    not_headings: tuple[str, ...] = ()
    style: Literal["auto", "markdown", "bare", "csv", "paragraphs"] = "auto"


def refuse_correction(name: str, field: str, value: str, known: Sequence[str]) -> NoReturn:
    """Raise for a correction that matches nothing; `known` is what it could have meant."""
    near = get_close_matches(value, known, n=1)
    raise ConstitutionError(
        f"[constitution] {field} names {value!r}, which the constitution does not have",
        where=name,
        hint=f"Did you mean {near[0]!r}?" if near else "See `sdf constitution` for the outline.",
    )
