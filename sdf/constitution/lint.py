"""What a person should look at before a constitution is taught."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from sdf.constitution.identity import unknown_placeholders, unset_placeholders
from sdf.constitution.ids import slug
from sdf.constitution.inline import targets
from sdf.constitution.labels import ACTION_CUE, REASON_CUE
from sdf.constitution.markdown import split_attributes
from sdf.constitution.prose import clean_text
from sdf.constitution.scan import Line, Role, scan
from sdf.constitution.sections import PREAMBLE_ID
from sdf.records import Constitution, Identity, Principle, Record

MAX_WORDS = 1_500
MIN_WORDS = 12
_PREAMBLE_WORDS = 20
_ANCHOR = re.compile(r"\{#([\w.:-]+)|<a\s+(?:id|name)=[\"']([^\"']+)")


class Finding(Record):
    """One thing to look at. `line` is 1-based; `id` is of the part it is about, or empty."""

    line: int
    id: str
    rule: str
    severity: Literal["error", "warning", "note"]
    message: str
    hint: str = ""


def lint(constitution: Constitution, identity: Identity | None) -> tuple[Finding, ...]:
    """Every finding, in the order of lines. Without an identity all placeholders are unset."""
    lines = scan(constitution.source)
    found = [
        *_whole(constitution),
        *_titles(constitution),
        *_near_ids(constitution),
        *_placeholders(constitution, identity),
        *_references(constitution, lines),
    ]
    for principle in constitution.teachable():
        found += _principle(principle)
    return tuple(sorted(found, key=lambda one: (one.line, one.rule, one.id, one.message)))


def _whole(constitution: Constitution) -> Iterator[Finding]:
    if not constitution.teachable():
        yield Finding(
            line=1,
            id="",
            rule="no-principles",
            severity="error",
            message="no part is a principle, so there is nothing to teach",
            hint="Name parts in [constitution] include, or write out what each one asks.",
        )
    if constitution.heading_style == "paragraphs":
        yield Finding(
            line=1,
            id="",
            rule="no-headings",
            severity="note",
            message="no headings were found; every paragraph is taken as a principle",
            hint="Give principles `## Title` lines, or list lines in [constitution] headings.",
        )
    first = constitution.principles[0]
    words = len(clean_text(first.text).split())
    orphan = first.id == PREAMBLE_ID and first.kind == "context"
    if orphan and constitution.heading_style != "csv" and words >= _PREAMBLE_WORDS:
        yield _finding(
            first,
            "orphan-preamble",
            "warning",
            f"{words} words before the first heading belong to no principle",
            "Give them a heading if they should be taught; else nothing is lost.",
        )


def _principle(one: Principle) -> Iterator[Finding]:
    clean = clean_text(one.text)
    words = len(clean.split())
    if not (one.bank.reasons or one.bank.otherwise or REASON_CUE.search(clean)):
        yield _finding(
            one,
            "no-reason",
            "warning",
            "it states no reason",
            "Say why, for example after `*Why:*`.",
        )
    if words < MIN_WORDS or not ACTION_CUE.search(clean):
        reason = f"it has {words} words" if words < MIN_WORDS else "it names nothing to do"
        yield _finding(
            one,
            "vague",
            "warning",
            f"too vague to act on: {reason}",
            "Say what keeping it looks like.",
        )
    if words > MAX_WORDS:
        yield _finding(
            one,
            "long",
            "warning",
            f"{words} words are more than one principle ({MAX_WORDS})",
            "Split it with headings, so that each document has one thing to teach.",
        )
    if not one.bank.statement:
        yield _finding(
            one,
            "no-statement",
            "warning",
            "no sentence of it states what it asks and can stand alone",
            "Begin it with one full sentence that names who should do what.",
        )


def _titles(constitution: Constitution) -> Iterator[Finding]:
    first: dict[str, Principle] = {}
    for part in constitution.principles:
        other = first.setdefault(part.title.casefold(), part)
        if other is not part:
            yield _finding(
                part,
                "duplicate-title",
                "warning",
                f"the title {part.title!r} also stands on line {other.lines[0]}",
                "Rename one, or give both an explicit {#id} so that their ids stay.",
            )


def _near_ids(constitution: Constitution) -> Iterator[Finding]:
    first: dict[str, Principle] = {}
    for part in constitution.principles:
        other = first.setdefault(re.sub(r"[\W_]+", "", part.id.casefold()), part)
        if other is not part:
            yield _finding(
                part,
                "near-id",
                "warning",
                f"the id {part.id!r} differs from {other.id!r} (line {other.lines[0]}) only in case or dashes",
                "Give one of the two another {#id}.",
            )


def _placeholders(constitution: Constitution, identity: Identity | None) -> Iterator[Finding]:
    for line, name in unset_placeholders(constitution.source, identity):
        yield Finding(
            line=line,
            id=_part_at(constitution, line),
            rule="unset-placeholder",
            severity="error" if identity else "warning",
            message=f"{{{name}}} has no value",
            hint="Set it under [identity] in sdf.toml.",
        )
    for line, name in unknown_placeholders(constitution.source):
        yield Finding(
            line=line,
            id=_part_at(constitution, line),
            rule="unknown-placeholder",
            severity="warning",
            message=f"nothing fills {{{name}}}, so it will stand in every prompt",
            hint="Known are {model_name}, {developer} and {document}.",
        )


def _references(constitution: Constitution, lines: list[Line]) -> Iterator[Finding]:
    known = {part.id for part in constitution.principles}
    known |= {slug(part.title) for part in constitution.principles}
    for match in _ANCHOR.finditer(constitution.source):
        known.add(match[1] or match[2])
    for line in lines:
        if line.role in (Role.fence, Role.comment):
            continue
        listed = split_attributes(line.text)[1].get("tension", "")
        for anchor in (*targets(line.text), *filter(None, listed.split(","))):
            if anchor not in known and not anchor.startswith("fn"):
                yield Finding(
                    line=line.number,
                    id=_part_at(constitution, line.number),
                    rule="dangling-reference",
                    severity="warning",
                    message=f"no part has the id {anchor!r}",
                    hint="Correct the link, or give the part that is meant this {#id}.",
                )


def _part_at(constitution: Constitution, line: int) -> str:
    inside = [part.id for part in constitution.principles if part.lines[0] <= line]
    return inside[-1] if inside else ""


def _finding(
    part: Principle,
    rule: str,
    severity: Literal["error", "warning", "note"],
    message: str,
    hint: str,
) -> Finding:
    return Finding(line=part.lines[0], id=part.id, rule=rule, severity=severity, message=message, hint=hint)
