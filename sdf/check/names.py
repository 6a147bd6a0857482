"""The names check: a document may use the names of its brief and none of the watched ones."""

from __future__ import annotations

import re
from functools import lru_cache

from sdf.check.context import CheckContext, WatchedNames
from sdf.check.reading import Reading, bounded, conclude, not_run
from sdf.plan.scripts import is_mark, is_spaceless
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
    if not context.english:
        return _names_elsewhere(reading.text, context, context.names)
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


def _names_elsewhere(text: str, context: CheckContext, names: Names) -> Verdict:
    """Flag banned names and other AIs; who is from which pool cannot be told where names are inflected."""
    locale = context.rules.locales.get(context.language)
    allowed = " ".join(_allowed_names(names, context.rules.identity))
    watched = _never(context.rules.names)
    if locale is not None:
        watched += [(name, "banned") for name in locale.banned] + [(name, "foreign") for name in locale.foreign_ai]
    flags = [
        flag
        for name, reason in dict(watched).items()
        if name in text and name not in allowed
        for flag in _name_flags(text, name, reason, elsewhere=True)
    ]
    if not flags and (locale is None or locale.neutral):
        return not_run("names", f"no names are kept for {context.language}, so its writer chose them")
    return conclude("names", flags, f"read as {context.language}: names of other pools are not looked for")


def _never(watched: WatchedNames) -> list[tuple[str, str]]:
    """The names that no text may use, in whatever language."""
    words = [(name, reason) for name, reason in watched.words.items() if reason != "pool"]
    return words + [pair for pairs in watched.openers.values() for pair in pairs if pair[1] != "pool"]


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


def _name_flags(text: str, name: str, reason: str, *, elsewhere: bool = False) -> list[Flag]:
    flags = []
    start = text.find(name)
    while start >= 0:
        stop = start + len(name)
        if bounded(text, start, stop) or (elsewhere and _stands_out(text, start, stop)):
            flags.append(Flag(rule=f"{reason} name", detail=name, start=start, stop=stop))
        start = text.find(name, stop)
    return flags


def _stands_out(text: str, start: int, stop: int) -> bool:
    """Whether a name begins a word, and what is joined to it is in other letters or is a Korean particle."""
    before, after = text[start - 1 : start], text[stop : stop + 1]
    if before.isalnum() and before.isascii() == text[start].isascii() and not is_spaceless(before):
        return False
    if after and is_mark(after):
        return False
    return not after.isalnum() or after.isascii() != text[stop - 1].isascii() or "\uac00" <= after <= "\ud7a3"


def _begins_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \t")
    return not before or before[-1] in _SENTENCE_LEAD
