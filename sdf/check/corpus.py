"""Checks that look at one text beside all that were accepted before it."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b

from sdf.check.reading import conclude, flatten
from sdf.plan.scripts import is_spaceless, word_pattern
from sdf.records import Flag, Verdict

OPENING_WORDS = 8
_LONGEST_OPENING = 400


def opening(text: str) -> str:
    """The first OPENING_WORDS words of a text, lower-case and without punctuation.

    A character of a script without blanks is half a word.
    """
    flat = flatten(text[:_LONGEST_OPENING])
    words, halves = [], 0
    for match in word_pattern(flat).finditer(flat):
        words.append(match[0])
        halves += 1 if is_spaceless(match[0][0]) else 2
        if halves >= 2 * OPENING_WORDS:
            break
    return " ".join(words)


def opening_key(text: str) -> int:
    """A 64-bit digest of a text's opening, which a ledger keeps to rebuild the counter."""
    return int.from_bytes(blake2b(opening(text).encode(), digest_size=8).digest(), "big")


class OpeningCounter:
    """How often accepted texts of a genre began with the same words.

    A text is one too many when its opening, itself included, would stand in more
    than `share` of the genre's accepted texts and more than `always` times. The
    answers depend only on what was added, in whatever order.
    """

    def __init__(self, share: float = 0.02, always: int = 2) -> None:
        """Begin with nothing accepted."""
        self._share = share
        self._always = always
        self._openings: Counter[tuple[str, int]] = Counter()
        self._accepted: Counter[str] = Counter()

    def would_exceed(self, genre: str, text: str) -> Verdict:
        """Whether accepting this text would make its opening too common."""
        count = self._openings[genre, opening_key(text)] + 1
        allowed = max(self._always, self._share * (self._accepted[genre] + 1))
        if count <= allowed:
            return conclude("opening", [])
        detail = f"{opening(text)!r} would open {count} texts of {genre}, allowed {int(allowed)}"
        return conclude("opening", [Flag(rule="common opening", detail=detail)])

    def add(self, genre: str, text: str) -> None:
        """Count an accepted text."""
        self.add_key(genre, opening_key(text))

    def add_key(self, genre: str, key: int) -> None:
        """Count an accepted text by its opening key, to rebuild the counter without texts."""
        self._openings[genre, key] += 1
        self._accepted[genre] += 1
