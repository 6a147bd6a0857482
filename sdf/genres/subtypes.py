"""`subtypes.toml`: concrete kinds of a pack's forms, as a model proposed them and a person left them.

A line is a subtype, so that whoever reads the file deletes what is wrong and the rest
stays. Plans see it as one more axis, whose values belong to one form each.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator

from sdf.errors import GenreError
from sdf.genres.pack import SUBTYPE, Axis, AxisValue, Form
from sdf.records import Record

SUBTYPES = "subtypes.toml"
MOST_BYTES = 600_000
_HEAD = """\
# Subtypes of this pack's forms, proposed by a model. Read them: each becomes a line in prompts.
# Delete a line and that subtype is gone; change its words or add weight = 2 as you like.
# `sdf genres expand` keeps all that, never brings a deleted one back while its record
# under outputs/expand is there, and rewrites this file without other comments.
"""


class Subtype(Record):
    """A concrete kind of a form. `request` begins the id of the question that it answered."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)
    form: str
    label: str = Field(min_length=3, max_length=200)
    about: str = Field(min_length=3, max_length=600)
    weight: float = Field(default=1.0, gt=0)
    request: str = ""

    @field_validator("label", "about")
    @classmethod
    def _one_line(cls, text: str) -> str:
        if not text.isprintable():
            raise ValueError("a text is one line of readable characters")
        return text.strip()


class Question(Record):
    """One question to a model, and what became of its `proposed` subtypes.

    Those that are not `near` to another and not `broken` were taken in. `template` is
    the hash of the prompt's template, `date` the day on which the answer was read.
    """

    request: str
    form: str
    round: int
    model: str
    date: str
    template: str
    proposed: int = 0
    near: int = 0
    broken: int = 0

    @property
    def taken(self) -> int:
        """How many subtypes came of it."""
        return self.proposed - self.near - self.broken


class Provenance(Record):
    """Every question whose answer has been read."""

    asked: tuple[Question, ...] = ()


class Subtypes(Record):
    """The whole of a subtypes.toml."""

    subtypes: tuple[Subtype, ...] = ()
    provenance: Provenance = Provenance()


def parse_subtypes(body: bytes, where: str, forms: Sequence[Form]) -> Subtypes:
    """Read the bytes of a subtypes.toml.

    Raises:
        GenreError: over 600,000 bytes, no TOML, an unknown key, an id twice, or a form that the pack does
            not have; with its file and line.
    """
    if len(body) > MOST_BYTES:
        raise GenreError(f"is over {MOST_BYTES:,} bytes", where=where, hint="Delete lines: no plan needs so many.")
    try:
        text = body.decode("utf-8-sig")
        table = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise GenreError(f"is not TOML: {broken}", where=where, hint="Mend the line that it names.") from broken
    try:
        found = Subtypes.model_validate(table)
    except ValidationError as invalid:
        raise _explained(invalid, table, text, where) from invalid
    known = {form.id for form in forms}
    seen: set[str] = set()
    for subtype in found.subtypes:
        spot = f"{where}:{_line_of(text, subtype.id)}"
        if subtype.form not in known:
            raise GenreError(f"`{subtype.id}` is of a form that is not there: {subtype.form}", where=spot, hint=_GONE)
        if subtype.id in seen:
            raise GenreError(f"two subtypes are called `{subtype.id}`", where=spot, hint="Give one another id.")
        seen.add(subtype.id)
    return found


def write_subtypes(found: Subtypes, forms: Sequence[Form]) -> bytes:
    """The text of a subtypes.toml: by form in the pack's order, then as they were taken in."""
    rank = {form.id: number for number, form in enumerate(forms)}
    subtypes = sorted(found.subtypes, key=lambda one: rank[one.form])
    asked = sorted(found.provenance.asked, key=lambda one: (rank.get(one.form, len(rank)), one.round))
    lines = [_HEAD, "subtypes = [", *map(_inline, subtypes), "]", ""]
    lines += ["[provenance]", "asked = [", *map(_inline, asked), "]", ""]
    return "\n".join(lines).encode()


def subtype_axis(found: Subtypes, axes: Iterable[Axis], where: str) -> Axis | None:
    """The subtypes as an axis, or None when there are none.

    Raises:
        GenreError: the pack has an axis of that name already.
    """
    if not found.subtypes:
        return None
    if any(axis.name == SUBTYPE for axis in axes):
        hint = f"Rename that axis, or remove {SUBTYPES}."
        raise GenreError(f"the pack has an axis called `{SUBTYPE}` of its own", where=where, hint=hint)
    values = (
        AxisValue(id=one.id, label=f"{one.label.rstrip('.')}. {one.about}", weight=one.weight, form=one.form)
        for one in found.subtypes
    )
    return Axis(name=SUBTYPE, values=tuple(values))


def overlaid(folders: Sequence[Path], name: str) -> bytes | None:
    """A pack's subtypes.toml from the first folder that has one, also where the pack itself lies in a later one."""
    for folder in folders:
        path = folder / name / SUBTYPES
        if path.is_file() and not path.is_symlink():
            return path.read_bytes()
    return None


_GONE = "Delete the lines of that form, or give the form back to genre.toml."


def _inline(record: Record) -> str:
    fields = record.model_dump(mode="json", exclude_defaults=True)
    return f"  {{ {', '.join(f'{key} = {_value(value)}' for key, value in fields.items())} }},"


def _value(value: str | float) -> str:
    # JSON's escapes are TOML's; only DEL has to be escaped here and not there.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _explained(invalid: ValidationError, table: Mapping[str, Any], text: str, where: str) -> GenreError:
    first = invalid.errors(include_url=False)[0]
    path, line = first["loc"], 1
    rows = table.get("subtypes")
    if len(path) > 1 and path[0] == "subtypes" and isinstance(path[1], int) and isinstance(rows, list):
        row = rows[path[1]]
        line = _line_of(text, str(row.get("id", ""))) if isinstance(row, Mapping) else 1
    hint = 'A line is { id = "...", form = "...", label = "...", about = "..." }.'
    return GenreError(f"`{'.'.join(map(str, path))}`: {first['msg']}", where=f"{where}:{line}", hint=hint)


def _line_of(text: str, subtype_id: str) -> int:
    """The last line that names an id: of two subtypes with one id, the second."""
    named = [n for n, line in enumerate(text.splitlines(), start=1) if f'"{subtype_id}"' in line]
    return named[-1] if named else 1
