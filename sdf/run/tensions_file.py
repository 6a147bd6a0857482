"""`tensions.toml`: tensions between two principles, as a model proposed them and a person judged them.

Nothing is planned from an entry before somebody has set `accepted = true`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import StrictBool, ValidationError

from sdf.errors import RecipeError
from sdf.records import Principle, Record

DEPENDS = "depends"
_HEAD = """\
# Tensions between two principles, proposed by a model. Read each with both texts beside you.
# accepted = true takes it into the plan: documents are then written about the pair, and
# `pull` and `when` tell their writers what it is and what yields. Mend any wording first.
# Delete an entry that is wrong; it does not come back. `words` were found in the two texts.
"""


class Tension(Record):
    """A tension between `principles`. `yields` is the id of the one that gives way, or "depends".

    `words` are quotations, one of each principle; `texts` begin the hashes of the two
    texts for which it was proposed, and an entry without them holds for any wording.
    """

    principles: tuple[str, str]
    accepted: StrictBool = False
    pull: str
    when: str
    yields: str = DEPENDS
    case: str = ""
    objection: str = ""
    reply: str = ""
    words: tuple[str, str] = ("", "")
    texts: tuple[str, str] | tuple[()] = ()
    request: str = ""

    @property
    def told(self) -> str:
        """What the writers of documents about the pair are told."""
        return f"{self.pull} {self.when}"

    @property
    def key(self) -> str:
        """The pair as cells name it: `id+id`, in the order of ids."""
        return "+".join(sorted(self.principles))


class PairAsked(Record):
    """A question about a pair whose answer has been read, and what it was: tension, none or unreadable."""

    request: str
    principles: tuple[str, str]
    found: str
    model: str
    date: str
    template: str


class Provenance(Record):
    """Every question whose answer has been read."""

    asked: tuple[PairAsked, ...] = ()


class Tensions(Record):
    """The whole of a tensions.toml."""

    tensions: tuple[Tension, ...] = ()
    provenance: Provenance = Provenance()


def read_tensions(path: Path) -> Tensions:
    """The file, or an empty one where there is none.

    Raises:
        RecipeError: it cannot be read; with file and line.
    """
    if not path.is_file():
        return Tensions()
    try:
        text = path.read_text(encoding="utf-8-sig")
        table = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise RecipeError(f"is not TOML: {broken}", where=str(path), hint="Mend the line that it names.") from broken
    try:
        return Tensions.model_validate(table)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False)[0]
        number = first["loc"][1] if len(first["loc"]) > 1 and isinstance(first["loc"][1], int) else 0
        message = f"`{'.'.join(map(str, first['loc']))}`: {first['msg'].lower()}"
        where = f"{path}:{_line_of(text, number)}"
        raise RecipeError(message, where=where, hint="docs/fan-out.md shows an entry.") from invalid


def write_tensions(found: Tensions, principles: Sequence[Principle]) -> bytes:
    """The text of a tensions.toml, in the order of the constitution."""
    rank = {one.id: number for number, one in enumerate(principles)}

    def place(pair: tuple[str, str]) -> tuple[int, ...]:
        return tuple(rank.get(one, len(rank)) for one in pair)

    lines = [_HEAD]
    for one in sorted(found.tensions, key=lambda one: place(one.principles)):
        fields = one.model_dump(mode="json")
        lines += ["[[tensions]]", *(f"{key} = {_value(fields[key])}" for key in fields), ""]
    lines += ["[provenance]", "asked = ["]
    for asked in sorted(found.provenance.asked, key=lambda one: place(one.principles)):
        told = asked.model_dump(mode="json")
        lines.append(f"  {{ {', '.join(f'{key} = {_value(told[key])}' for key in told)} }},")
    return "\n".join([*lines, "]", ""]).encode()


def accepted_tensions(path: Path, principles: Sequence[Principle]) -> tuple[Tension, ...]:
    """The accepted tensions of a file that must be there, checked against a constitution's principles.

    Raises:
        RecipeError: no file, a principle that is not there, one pair twice, or a text
            that has changed since the tension was proposed.
    """
    if not path.is_file():
        raise RecipeError("there is no such file", where=str(path), hint="`sdf constitution --propose-tensions`.")
    text = path.read_text(encoding="utf-8-sig")
    known = {one.id: one for one in principles}
    taken: dict[str, Tension] = {}
    for number, one in enumerate(read_tensions(path).tensions):
        if not one.accepted:
            continue
        where = f"{path}:{_line_of(text, number)}"
        strange = [principle for principle in one.principles if principle not in known]
        if strange or one.principles[0] == one.principles[1]:
            hint = "`sdf constitution` lists the ids."
            raise RecipeError(f"no pair of principles: {' + '.join(one.principles)}", where=where, hint=hint)
        if one.key in taken:
            raise RecipeError(f"{one.key} is accepted twice", where=where, hint="Keep one of the two.")
        if one.texts and one.texts != texts_of(known, one.principles):
            hint = "Read it again. If it still holds, delete its `texts` line."
            raise RecipeError(f"the text of {one.key} has changed since this was proposed", where=where, hint=hint)
        taken[one.key] = one
    return tuple(taken.values())


def with_tensions(principles: Sequence[Principle], keys: Iterable[str]) -> tuple[Principle, ...]:
    """The principles with the pairs of `keys` (`id+id`) listed as their own tensions, so that cells are planned."""
    added: dict[str, list[str]] = {}
    for key in keys:
        first, _, second = key.partition("+")
        added.setdefault(first, []).append(second)
    return tuple(
        one.model_copy(update={"tension_ids": tuple(dict.fromkeys((*one.tension_ids, *added[one.id])))})
        if one.id in added
        else one
        for one in principles
    )


def texts_of(known: Mapping[str, Principle], pair: tuple[str, str]) -> tuple[str, str]:
    """The beginnings of two principles' hashes, of the source text before any identity."""
    return known[pair[0]].sha256[:12], known[pair[1]].sha256[:12]


def _value(value: object) -> str:
    # JSON's escapes are TOML's; only DEL has to be escaped here and not there.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _line_of(text: str, number: int) -> int:
    heads = [n for n, line in enumerate(text.splitlines(), start=1) if line.strip() == "[[tensions]]"]
    return heads[number] if number < len(heads) else 1
