"""A document as the checks read it: the text and the three views they share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sdf.plan.scripts import is_mark, is_spaceless, token_pattern
from sdf.records import Flag, Verdict

MOST_FLAGS = 20
_STRAIGHT = (
    ("\u2019", "'"),
    ("\u2018", "'"),
    ("\n", " "),
    ("\r", " "),
    ("\t", " "),
    ("\u00a0", " "),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One text, read once.

    `flat` is lower-case, with straight apostrophes and blanks for line ends, and
    has the same length as `text`, so that an offset means the same in both.
    `tokens` are the runs of letters and digits of `flat` in order (`it's` is two, and a
    character of a script without blanks is one), and `vocabulary` is their set.
    """

    text: str
    flat: str
    tokens: tuple[str, ...]
    vocabulary: frozenset[str]


def read(text: str) -> Reading:
    """Read a text for the checks."""
    flat = flatten(text)
    tokens = tuple(token_pattern(flat).findall(flat))
    return Reading(text, flat, tokens, frozenset(tokens))


def flatten(text: str) -> str:
    """Lower-case a text and straighten blanks and apostrophes, keeping every offset."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    # Six replacements are several times as fast as str.translate where a text is not ASCII.
    for old, new in _STRAIGHT:
        lowered = lowered.replace(old, new)
    return lowered


def conclude(check: str, flags: list[Flag], note: str = "") -> Verdict:
    """Fold what a check found into its verdict; a document passes when nothing was found.

    At most MOST_FLAGS flags are kept, in the order of the text, and the note says how
    many there were.
    """
    if not flags:
        return _clean(check, note)
    flags.sort(key=lambda flag: (flag.start, flag.stop, flag.rule))
    if len(flags) > MOST_FLAGS:
        note = f"{len(flags)} flags, the first {MOST_FLAGS} are kept"
    return Verdict(check=check, passed=False, flags=tuple(flags[:MOST_FLAGS]), note=note)


@lru_cache(maxsize=1024)
def _clean(check: str, note: str) -> Verdict:
    # Most verdicts of a run are equal, and a record takes longer to make than to look up.
    return Verdict(check=check, passed=True, note=note)


def not_run(check: str, why: str) -> Verdict:
    """The verdict of a check that lacks what it needs."""
    return Verdict(check=check, passed=None, note=why)


def bounded(flat: str, start: int, stop: int) -> bool:
    """Whether a found range begins and ends at word boundaries."""
    if start and _glued(flat[start - 1], flat[start]):
        return False
    return not (stop < len(flat) and _glued(flat[stop - 1], flat[stop]))


def _glued(left: str, right: str) -> bool:
    """Whether two neighbours belong to one word."""
    if right.isascii():
        return (right.isalnum() or right == "_") and _wordy(left)
    if is_mark(right):
        return True
    return _wordy(right) and _wordy(left)


def _wordy(character: str) -> bool:
    if character.isascii():
        return character.isalnum() or character == "_"
    return (character.isalnum() or is_mark(character)) and not is_spaceless(character)


def occurrences(flat: str, wanted: str) -> list[tuple[int, int]]:
    """Every place where `wanted` stands as whole words, as (start, stop) offsets."""
    found = []
    start = flat.find(wanted)
    while start >= 0:
        stop = start + len(wanted)
        if bounded(flat, start, stop):
            found.append((start, stop))
        start = flat.find(wanted, start + 1)
    return found
