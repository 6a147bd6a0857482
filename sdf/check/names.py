"""The names check: a document may use the names of its brief and none of the watched ones."""

from __future__ import annotations

import re
from functools import lru_cache

from sdf.check.context import CheckContext
from sdf.check.reading import Reading, bounded, conclude, not_run
from sdf.records import Flag, Identity, Names, Verdict

# A word that does not begin with a-z or a digit, which lets names of any script through.
# What a range lets in besides letters is dropped after: asking `[^\W\d_a-z]` of every
# character takes four times as long.
_TOKEN = re.compile(r"[A-Z\u00aa-\U0010ffff][\w'\u2019-]*")
_POSSESSIVE = re.compile(r"['\u2019](?:s|S)?$")
_SENTENCE_LEAD = ".?!:\n“”\"'\u2018(—\u2013*#>_-"


def check_names(reading: Reading, context: CheckContext) -> Verdict:
    """Flag pool names that the brief did not give, banned names, and other AIs and makers.

    Only watched names count. A person who is on no list passes, because telling an
    invented person from a real place by capital letters alone raises false alarms.
    """
    if context.names is None:
        return not_run("names", "the brief's names were not given")
    text, watched = reading.text, context.rules.names
    allowed = " ".join(_allowed_names(context.names, context.rules.identity))
    allowed_words = frozenset(part for word in allowed.split() for part in _parts_of(word))
    flags = []
    for word in sorted(_parts(text) - allowed_words):
        reason = watched.words.get(word)
        if reason:
            flags += _word_flags(text, word, reason, word in watched.ordinary)
        for name, why in watched.openers.get(word, ()):
            flags += _name_flags(text, name, why)
    for word in sorted(allowed_words & watched.openers.keys()):
        for name, why in watched.openers[word]:
            if name not in allowed:
                flags += _name_flags(text, name, why)
    return conclude("names", flags)


def _allowed_names(names: Names, identity: Identity) -> tuple[str, ...]:
    people = (part for p in names.people for part in (p.given, p.family, p.full))
    own = (identity.model, identity.developer, identity.document)
    return (*people, names.ai, names.place, names.organisation, *own)


def _parts(text: str) -> set[str]:
    """Every capitalised word of a text, whole and in its hyphenated parts."""
    parts = set()
    for token in set(_TOKEN.findall(text)):
        if token.isalpha():
            parts.add(token)
            continue
        if not token[0].isalpha():
            parts |= _parts(token[1:]) if len(token) > 1 else set()
            continue
        word = _POSSESSIVE.sub("", token).rstrip("-'\u2019")
        parts.add(word)
        if "-" in word:
            parts.update(word.split("-"))
    return parts


@lru_cache(4096)
def _parts_of(word: str) -> frozenset[str]:
    return frozenset(_parts(word))


def _word_flags(text: str, word: str, reason: str, ordinary: bool) -> list[Flag]:
    flags = _name_flags(text, word, reason)
    if ordinary:
        flags = [flag for flag in flags if not _begins_sentence(text, flag.start)]
    return flags


def _name_flags(text: str, name: str, reason: str) -> list[Flag]:
    flags = []
    start = text.find(name)
    while start >= 0:
        stop = start + len(name)
        if bounded(text, start, stop):
            flags.append(Flag(rule=f"{reason} name", detail=name, start=start, stop=stop))
        start = text.find(name, stop)
    return flags


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \t")
    return not before or before[-1] in _SENTENCE_LEAD
