"""Sentences, and which of them can stand alone in somebody's prompt."""

from __future__ import annotations

import re

from sdf.constitution.labels import BACKWARD, DANGLING, STRUCTURE, is_residue
from sdf.constitution.prose import clean_text

MIN_WORDS, MAX_WORDS = 5, 60
_NEAR = 40

_END = re.compile(r"(?<![.!?…])[.!?…。！？]+[\"'”’)\]»]*(?=\s|$)|[。！？]+")
_LAST_WORD = re.compile(r"[\w.’'&-]+$")
_NEVER_LAST = frozenset({
    "e.g", "i.e", "vs", "cf", "dr", "mr", "mrs", "ms", "prof", "st", "ed", "eds", "approx", "viz", "resp",
    "u.s", "u.k", "e.u", "u.n", "jan", "feb", "aug", "sept", "oct", "nov", "dec", "gen", "sen", "rep", "hon", "rev",
})  # fmt: skip
_BEFORE_NUMBER = frozenset({"no", "nos", "fig", "figs", "sec", "ch", "vol", "pp", "p", "art"})
_SOMETIMES_LAST = frozenset({"etc", "al", "inc", "ltd", "co", "corp", "jr", "sr", "a.m", "p.m"})
_PLACEHOLDER = re.compile(r"\{\{?\s*[a-z][a-z0-9_]*\s*\}?\}")
_FOREIGN = re.compile(
    r"[\[\]{}<>|`*\\~#]|https?:|www\.|\.{3}|…|--|\b[a-z]+- [a-z]|(?<!\w)_|_(?!\w)|[a-z][.!?][A-Z][a-z]"
    r"|[\x00-\x1f\x7f-\x9f]"
)
_NUMBERING = re.compile(r"^\(?(?:\d{1,3}|[a-zA-Z])[.)]\s")
_TERM = re.compile(r"^[A-Z][\w’'-]*(?: [\w’'-]+){0,4}: (?=[\"“(]?[A-Z])")
_PAIRS = (("“", "”"), ("(", ")"), ("«", "»"))


def sentences(text: str) -> list[str]:
    """The sentences of a text, cleaned of markup, in order.

    A sentence ends within its paragraph or list entry; headings and fragments without
    an end are returned as they are.
    """
    return [one for block in clean_text(text).split("\n\n") for one in split_block(block)]


def split_block(block: str) -> list[str]:
    """The sentences of one clean line of prose."""
    found, start = [], 0
    for match in _END.finditer(block):
        if _is_boundary(block, start, match):
            found.append(block[start : match.end()].strip())
            start = match.end()
    found.append(block[start:].strip())
    return [one for one in found if one]


def _is_boundary(block: str, start: int, match: re.Match[str]) -> bool:
    rest = block[match.end() : match.end() + _NEAR].lstrip()
    if not rest or match[0][0] in "。！？":
        return True
    first = rest.lstrip("\"'“‘([«—")[:1]
    if first.islower() or not first:
        return False
    return match[0][0] != "." or not _is_abbreviation(block[max(start, match.start() - _NEAR) : match.start()], first)


def _is_abbreviation(before: str, following: str) -> bool:
    """Whether a full stop behind these words, with this letter to come, ends no sentence."""
    word = _LAST_WORD.search(before)
    if word is None:
        return False
    last = word[0].casefold().strip(".'’&-")
    if last in _SOMETIMES_LAST:
        return not following.isupper()
    if last in _BEFORE_NUMBER:
        return following.isdigit()
    initial = len(last) == 1 and word[0].isupper() and last != "i"
    return initial or last in _NEVER_LAST


def without_term(sentence: str) -> str:
    """A list entry such as `Calibrated: The assistant ...` without the term before it."""
    return _TERM.sub("", sentence)


def is_entry(sentence: str) -> bool:
    """Whether a sentence is whole and clean: no markup, 5 to 60 words, ends as one does."""
    if not MIN_WORDS <= len(sentence.split()) <= MAX_WORDS or sentence[-1] not in ".!?":
        return False
    bare = _PLACEHOLDER.sub("X", sentence)
    first = bare.lstrip("\"'“‘(«")[:1]
    if not first or first.islower() or not first.isalnum() or _NUMBERING.match(bare):
        return False
    if _FOREIGN.search(bare) or is_residue(bare.rstrip(".!?")):
        return False
    return _balanced(bare)


def stands_alone(sentence: str, *, strictly: bool = True) -> bool:
    """Whether a sentence says what it says without the one before it.

    Strictly, it also points back nowhere in its middle (`prevent this from happening`).
    """
    if strictly and BACKWARD.search(sentence):
        return False
    return not DANGLING.match(sentence) and not STRUCTURE.search(sentence)


def groups(block: str) -> list[str]:
    """A paragraph as one entry, or as few as its length allows (60 words each)."""
    if len(block.split()) <= MAX_WORDS:
        return [block]
    found: list[str] = []
    for sentence in split_block(block):
        if found and len(found[-1].split()) + len(sentence.split()) <= MAX_WORDS:
            found[-1] += " " + sentence
        else:
            found.append(sentence)
    return found


def _balanced(text: str) -> bool:
    if text.count('"') % 2:
        return False
    return all(text.count(opened) == text.count(closed) for opened, closed in _PAIRS)
