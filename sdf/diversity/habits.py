"""Habits of punctuation and of phrase that betray one hand: dashes, `not this but that`, threes, lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

HABITS = {
    "dashes": re.compile(r"\u2014|(?<=\s)(?:\u2013|--)(?=\s)"),
    "contrasts": re.compile(
        r"(?:\b(?:not|never)|n['\u2019]t) (?:just |only |merely |simply )?(?:[\w'\u2019-]+[ ,]+){1,7}?"
        r"(?:but\b|(?:it|this|that|they)(?:['\u2019]s|['\u2019]re| is| are| was)\b)"
        r"|\bless (?:a|an|the|about)\b[^.;\n]{1,60}\bthan (?:a|an|the|about)\b",
        re.IGNORECASE,
    ),
    "threes": re.compile(r"\b\w+(?: \w+){0,2}, \w+(?: \w+){0,2},? (?:and|or|und|et|y|e) \w+", re.IGNORECASE),
    "list lines": re.compile(r"^[ \t]*(?:[-*\u2022]|\d{1,2}[.)])[ \t]+\S", re.MULTILINE),
    "questions": re.compile(r"[?\uff1f\u061f]"),
}


@dataclass(frozen=True, slots=True)
class Habit:
    """How often it occurs in a thousand words, and the texts with the most of it, by their place, most first."""

    rate: float
    most: tuple[tuple[int, int], ...]


def habits(texts: Sequence[str], words: int) -> dict[str, Habit]:
    """Each habit over all texts, which have so many words together."""
    found = {}
    for name, pattern in HABITS.items():
        counts = [sum(1 for _ in pattern.finditer(text)) for text in texts]
        order = sorted(range(len(texts)), key=lambda place: (-counts[place], place))[:3]
        most = tuple((place, counts[place]) for place in order if counts[place])
        found[name] = Habit(1000 * sum(counts) / max(1, words), most)
    return found
