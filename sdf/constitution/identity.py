"""The copy of a constitution that prompts see: in the names of the model it is for.

Placeholders and renamed words are replaced in one pass, so that nothing is replaced
twice, and every replaced stretch is remembered: what is found in the copy can be shown
in the source.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable

from sdf.constitution.scan import Role, scan
from sdf.records import Bank, Constitution, Identity, Objection, Principle, Record

KNOWN = {"model_name": "model", "developer": "developer", "document": "document"}
_KNOWN_PATTERN = r"\{\{\s*(?:%(n)s)\s*\}\}|\{\s*(?:%(n)s)\s*\}" % {"n": "|".join(KNOWN)}  # noqa: UP031
_ANY = re.compile(r"\{\{?\s*([a-z][a-z0-9]*(?:_[a-z0-9]+)*)\s*\}?\}")
_CODE = re.compile(r"`[^`\n]*`")


class Identified(Record):
    """A constitution under an identity.

    `text` is the copy of the whole source. `principles` are those of the source with
    title, text and bank in the copy's words; their ids, lines, span and sha256 remain
    the source's. `offsets` holds (copy_start, copy_end, source_start, source_end) for
    every replaced stretch, in order.
    """

    identity: Identity
    text: str
    principles: tuple[Principle, ...]
    offsets: tuple[tuple[int, int, int, int], ...] = ()

    def to_source(self, start: int, stop: int) -> tuple[int, int]:
        """The source range that the copy's range [start, stop) came from.

        A range that begins or ends inside a replaced stretch takes in the whole of it.
        """
        begin = self._place(start, end=False)
        return begin, max(begin, self._place(stop, end=True))

    def _place(self, at: int, *, end: bool) -> int:
        """A copy offset in the source; `end` treats it as the end of a range."""
        index = bisect_right(self.offsets, at - end, key=lambda one: one[0]) - 1
        if index < 0:
            return at
        _, copy_end, source_start, source_end = self.offsets[index]
        if at - end < copy_end:
            return source_end if end else source_start
        return source_end + at - copy_end


def identify(constitution: Constitution, identity: Identity) -> Identified:
    """The constitution with its placeholders filled and its names renamed.

    `{model_name}`, `{developer}` and `{document}` (single or double braces) become the
    identity's fields where those are not empty; the keys of `rename` are replaced as
    whole words, case-sensitively, the longest first.
    """
    pattern, replacement = _replacing(identity)
    pieces, offsets = [], []
    copied = at = 0
    for match in pattern.finditer(constitution.source):
        new = replacement(match)
        pieces += [constitution.source[at : match.start()], new]
        copied += match.start() - at
        offsets.append((copied, copied + len(new), match.start(), match.end()))
        copied, at = copied + len(new), match.end()
    pieces.append(constitution.source[at:])

    def put(text: str) -> str:
        return pattern.sub(replacement, text)

    return Identified(
        identity=identity,
        text="".join(pieces),
        principles=tuple(_renamed(one, put) for one in constitution.principles),
        offsets=tuple(offsets),
    )


def unset_placeholders(text: str, identity: Identity | None) -> list[tuple[int, str]]:
    """The (line, name) of each known placeholder for which the identity has no value."""
    return [
        (line, name)
        for line, name in _placeholders(text)
        if name in KNOWN and not (identity and _value(identity, name))
    ]


def unknown_placeholders(text: str) -> list[tuple[int, str]]:
    """The (line, name) of each `{lower_snake}` outside fences and code that nothing fills."""
    return [(line, name) for line, name in _placeholders(text) if name not in KNOWN and "_" in name]


def _placeholders(text: str) -> list[tuple[int, str]]:
    return [
        (line.number, match[1])
        for line in scan(text)
        if line.role is not Role.fence
        for match in _ANY.finditer(_CODE.sub("", line.text))
    ]


def _value(identity: Identity, name: str) -> str:
    return str(getattr(identity, KNOWN[name])).strip()


def _replacing(identity: Identity) -> tuple[re.Pattern[str], Callable[[re.Match[str]], str]]:
    """One pattern for all that is replaced, and what each match becomes."""
    keys = sorted((key for key in identity.rename if key), key=lambda key: (-len(key), key))
    words = [rf"(?<!\w){re.escape(key)}(?!\w)" for key in keys]
    pattern = re.compile("|".join([_KNOWN_PATTERN, *words]))

    def replacement(match: re.Match[str]) -> str:
        found = match[0]
        if found in identity.rename:
            return identity.rename[found]
        return _value(identity, found.strip("{} \t\r\n")) or found

    return pattern, replacement


def _renamed(principle: Principle, put: Callable[[str], str]) -> Principle:
    bank = principle.bank
    texts = {field: tuple(map(put, getattr(bank, field))) for field in Bank.model_fields if field != "objections"}
    objections = tuple(Objection(claim=put(o.claim), reply=put(o.reply)) for o in bank.objections)
    return principle.model_copy(
        update={
            "title": put(principle.title),
            "text": put(principle.text),
            "path": tuple(map(put, principle.path)),
            "bank": Bank.model_validate({**texts, "objections": objections}),
        }
    )
