r"""The phrase grammar that offline templates speak.

A rule is a list of alternatives; an alternative is text with three kinds of gap:

    {name}  {setting.task}      a value; of a list, one element not used yet
    [rule]  [act.asks]          one alternative of a rule not used yet
    [this|that one|{other}]     one of these, here and now

A gap may begin with marks: `^` makes the first letter a capital, `~` makes a sentence
fit inside another one (no final stop, small first letter unless it starts with a name).
Rules and lists are decks: within one document nothing comes twice before all have
come once. `a(n)` becomes the article that fits the next word. `\[` and `\{` are literal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sdf.errors import GenreError

MASK = (1 << 64) - 1
MAX_DEPTH = 40
MAX_CHARACTERS = 400_000


class Gap(NamedTuple):
    """A parsed gap: `kind` is value, rule or choice; `body` a name or parsed alternatives."""

    kind: str
    marks: str
    body: Any


Parsed = tuple[str | Gap, ...]


@lru_cache(maxsize=65_536)
def parse(text: str) -> Parsed:
    """Parse one alternative.

    Raises:
        GenreError: an unclosed or empty gap.
    """
    parts, end = _parse(text, 0, "")
    if end != len(text):
        raise GenreError(f"a stray `{text[end]}` in: {text[:80]}", hint="Write \\[ or \\{ for a literal bracket.")
    return parts


def _parse(text: str, at: int, stops: str) -> tuple[Parsed, int]:
    parts: list[str | Gap] = []
    plain: list[str] = []
    while at < len(text) and text[at] not in stops:
        mark = text[at]
        if mark == "\\" and at + 1 < len(text) and text[at + 1] in "[]{}|\\":
            plain.append(text[at + 1])
            at += 2
        elif mark in "[{":
            if plain:
                parts.append("".join(plain))
                plain = []
            gap, at = _parse_gap(text, at)
            parts.append(gap)
        elif mark in "]}":
            return _closed(parts, plain), at
        else:
            plain.append(mark)
            at += 1
    return _closed(parts, plain), at


def _closed(parts: list[str | Gap], plain: list[str]) -> Parsed:
    return (*parts, "".join(plain)) if plain else tuple(parts)


def _parse_gap(text: str, at: int) -> tuple[Gap, int]:
    opening, closing = text[at], "]" if text[at] == "[" else "}"
    start = at + 1
    while start < len(text) and text[start] in "^~":
        start += 1
    marks = text[at + 1 : start]
    if opening == "{":
        end = text.find("}", start)
        name = text[start:end] if end > 0 else ""
        if not re.fullmatch(r"[a-z_][a-z0-9_.-]*", name):
            raise GenreError(f"a gap without a name or an end in: {text[:80]}", hint="Write {name} or {name.part}.")
        return Gap("value", marks, name), end + 1
    choices: list[Parsed | str] = []
    spot = start
    while True:
        choice, spot = _parse(text, spot, "|" + closing)
        # Most choices are plain words; kept as such they need no expanding.
        choices.append(choice[0] if len(choice) == 1 and isinstance(choice[0], str) else choice or "")
        if spot >= len(text):
            raise GenreError(f"an unclosed [ in: {text[:80]}", hint="Close it with ].")
        if text[spot] == closing:
            break
        spot += 1
    if len(choices) > 1:
        return Gap("choice", marks, tuple(choices)), spot + 1
    rule = text[start:spot]
    if not re.fullmatch(r"[a-z_][a-z0-9_.-]*", rule):
        raise GenreError(f"`[{rule}]` names no rule in: {text[:80]}", hint="Rule names are small letters, . _ and -.")
    return Gap("rule", marks, rule), spot + 1


class Voice:
    """One document's stream of choices over rules and values; same seed, same text."""

    def __init__(self, rules: Mapping[str, Sequence[str]], values: Mapping[str, Any], seed: int) -> None:
        self._rules = rules
        self._values = values
        self._state = seed & MASK
        self._decks: dict[str, list[int]] = {}
        self._proper = tuple(values.get("proper_names", ()))

    def say(self, rule: str, words: int = 0) -> str:
        """One expansion of a rule or, with `words`, paragraphs of it until so many are reached."""
        if not words:
            return tidy(self._rule(rule, 0))
        paragraphs: list[str] = []
        count = 0
        while count < words:
            paragraph = tidy(self._rule(rule, 0))
            step = len(paragraph.split())
            # A paragraph that would overshoot by more than it would fall short is left out.
            if paragraphs and count + step - words > words - count:
                break
            paragraphs.append(paragraph)
            count += step
            if step == 0:
                raise GenreError(f"rule `{rule}` renders nothing", hint="Give it alternatives with words.")
        return "\n\n".join(paragraphs)

    def pick(self, choices: Sequence[Any]) -> Any:
        """One of these, by the document's own stream."""
        return choices[self._below(len(choices))]

    def _below(self, size: int) -> int:
        # splitmix64: well mixed, stateless across machines, and cheap in pure Python.
        self._state = state = (self._state + 0x9E3779B97F4A7C15) & MASK
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK
        return ((state ^ (state >> 31)) * size) >> 64

    def _deal(self, deck: str, size: int) -> int:
        cards = self._decks.get(deck)
        if not cards:
            cards = self._decks[deck] = list(range(size))
        spot = self._below(len(cards))
        card = cards[spot]
        cards[spot] = cards[-1]
        cards.pop()
        return card

    def _rule(self, name: str, depth: int) -> str:
        alternatives = self._rules.get(name)
        if not alternatives:
            raise GenreError(f"no phrase table has a rule `{name}`", hint="Add it under offline/, or mend the name.")
        return self._expand(parse(alternatives[self._deal(name, len(alternatives))]), depth)

    def _expand(self, parts: Parsed, depth: int) -> str:
        if depth > MAX_DEPTH:
            raise GenreError("phrase rules call each other without end", hint="Break the circle of rules.")
        pieces = []
        for part in parts:
            if isinstance(part, str):
                pieces.append(part)
                continue
            kind, marks, body = part
            if kind == "value":
                text = self._value(body)
            elif kind == "choice":
                choice = body[self._below(len(body))]
                text = choice if isinstance(choice, str) else self._expand(choice, depth + 1)
            else:
                text = self._rule(body, depth + 1)
            pieces.append(self._marked(text, marks) if marks else text)
        text = "".join(pieces)
        if len(text) > MAX_CHARACTERS:
            raise GenreError(f"a phrase grows past {MAX_CHARACTERS:,} characters", hint="Shorten its rules.")
        return text

    def _value(self, name: str) -> str:
        value: Any = self._values
        for part in _path(name):
            try:
                value = value[part]
            except (KeyError, TypeError) as unknown:
                raise GenreError(
                    f"phrases name a value that is not there: {{{name}}}", hint="See docs/genres.md."
                ) from unknown
        if type(value) is str:
            return value
        if isinstance(value, Sequence):
            if not value:
                raise GenreError(f"{{{name}}} is empty here", hint="Ask for it only where `{% if %}` says it is there.")
            return str(value[self._deal("{" + name, len(value))])
        return str(value)

    def _marked(self, text: str, marks: str) -> str:
        if "~" in marks:
            text = text.rstrip().rstrip(".")
            first = text.split(" ", 1)[0].strip(",;:’'s")
            if not (first in self._proper or first == "I" or (first.isupper() and len(first) > 1)):
                text = text[:1].lower() + text[1:]
        return text[:1].upper() + text[1:] if "^" in marks else text


@lru_cache(maxsize=4096)
def _path(name: str) -> tuple[str, ...]:
    return tuple(name.split("."))


_ARTICLE = re.compile(r"\b([Aa])\(n\)(\s+[\"“‘'*_]?)(\w)(\w*)")
# A gap after a plain article may turn out to begin with either kind of sound.
# It is looked for without a word boundary, which costs four times as much as asking after.
_WRONG_ARTICLE = re.compile(r"([Aa])(?: ([aeiou][a-z]+)|n ([bcdfgj-np-tv-z][a-z]+))")
_DOUBLED_STOP = re.compile(r"(?<!\.)\.\.(?!\.)")
_SOUNDS_LIKE_YOU = ("uni", "use", "usu", "eu", "one", "uti")
_SILENT_H = ("hour", "honest", "honour", "heir")


def tidy(text: str) -> str:
    """Put the article and the stop that fit wherever a gap has decided what stands beside them."""
    if "(n)" in text:
        text = _ARTICLE.sub(_article, text)
    if ".." in text:
        text = _DOUBLED_STOP.sub(".", text)
    return _WRONG_ARTICLE.sub(_right_article, text)


def _article(match: re.Match[str]) -> str:
    return _before(match[1], match[2], match[3] + match[4])


def _right_article(match: re.Match[str]) -> str:
    start = match.start()
    if start and (match.string[start - 1].isalnum() or match.string[start - 1] in "'’"):
        return match[0]
    return _before(match[1], " ", match[2] or match[3])


def _before(article: str, blank: str, word: str) -> str:
    low = word.lower()
    vowel = (low[0] in "aeiou" and not low.startswith(_SOUNDS_LIKE_YOU)) or low.startswith(_SILENT_H)
    return f"{article}{'n' if vowel else ''}{blank}{word}"
