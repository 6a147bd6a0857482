"""Phrase files, and a search for all their phrases at once.

A phrase file has one phrase a line, in lower case. `#` begins a comment, `(a|b|)`
stands for each alternative in turn, `^` at the start asks for the start of a line of
the document, and `^^` for the start of the whole.

A document is searched only for phrases all of whose words it contains, which makes
the cost of a list nearly independent of its length.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from sdf.check.reading import Reading, flatten, occurrences
from sdf.errors import InputError
from sdf.plan.scripts import token_pattern
from sdf.records import Flag

_GROUP = re.compile(r"\(([^()]*\|[^()]*)\)")
_LEAD = " \t\n#*_>"

Place = Literal["", "line", "text"]
_PLACES: tuple[Place, ...] = ("", "line", "text")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase to look for: anywhere, where a line begins, or where the text begins."""

    text: str
    tokens: frozenset[str]
    place: Place = ""


@dataclass(frozen=True, slots=True)
class PhraseTable:
    """Phrases under the longest run of letters in each."""

    by_anchor: Mapping[str, tuple[Phrase, ...]]

    def find(self, reading: Reading) -> list[tuple[str, int, int]]:
        """Every occurrence as (phrase, start, stop), in the order of the text."""
        hits = []
        for anchor in self.by_anchor.keys() & reading.vocabulary:
            for phrase in self.by_anchor[anchor]:
                if not phrase.tokens <= reading.vocabulary:
                    continue
                for start, stop in occurrences(reading.flat, phrase.text):
                    if _in_place(phrase.place, reading.text, start):
                        hits.append((phrase.text, start, stop))
        hits.sort(key=lambda hit: (hit[1], -hit[2]))
        return hits

    def flags(self, reading: Reading, rule: str) -> list[Flag]:
        """Every occurrence as a flag of one rule."""
        return [Flag(rule=rule, detail=text, start=start, stop=stop) for text, start, stop in self.find(reading)]


def phrase_table(lines: Iterable[str]) -> PhraseTable:
    """Compile lines of a phrase file.

    Raises:
        InputError: for a phrase without a word, which could never be found.
    """
    table: defaultdict[str, list[Phrase]] = defaultdict(list)
    for line in lines:
        body = line.lstrip("^")
        for text in _expand(flatten(body)):
            tokens = token_pattern(text).findall(text)
            if not tokens:
                raise InputError(f"the phrase {line!r} has no word", hint="Give it at least one word.")
            phrase = Phrase(text.strip(), frozenset(tokens), _PLACES[len(line) - len(body)])
            table[max(tokens, key=len)].append(phrase)
    return PhraseTable({anchor: tuple(phrases) for anchor, phrases in table.items()})


@cache
def packaged_lines(name: str) -> tuple[str, ...]:
    """The lines of `phrases/<name>.txt`, without comments and blank lines."""
    source = resources.files("sdf.check").joinpath("phrases", f"{name}.txt")
    lines = (line.partition("#")[0].strip() for line in source.read_text("utf-8").splitlines())
    return tuple(line for line in lines if line)


@cache
def packaged_table(name: str) -> PhraseTable:
    """The compiled phrases of `phrases/<name>.txt`."""
    return phrase_table(packaged_lines(name))


@cache
def language_table(name: str, language: str) -> PhraseTable | None:
    """The compiled phrases of `phrases/<name>.<language>.txt`, where there is such a file."""
    there = resources.files("sdf.check").joinpath("phrases", f"{name}.{language}.txt").is_file()
    return packaged_table(f"{name}.{language}") if there else None


def _expand(line: str) -> list[str]:
    group = _GROUP.search(line)
    if group is None:
        return [line]
    head, tail = line[: group.start()], line[group.end() :]
    return [text for choice in group[1].split("|") for text in _expand(head + choice + tail)]


def _in_place(place: Place, text: str, start: int) -> bool:
    if not place:
        return True
    line_start = text.rfind("\n", 0, start) + 1 if place == "line" else 0
    return not text[line_start:start].strip(_LEAD)
