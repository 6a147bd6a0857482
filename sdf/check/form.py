"""The form check: is this a finished text in the form that was asked for?"""

from __future__ import annotations

from sdf.check.context import CheckContext
from sdf.check.leftovers import leftover_flags
from sdf.check.markup import markup_flags
from sdf.check.reading import Reading, conclude
from sdf.check.typography import typography_flags
from sdf.check.wordlists import packaged_table
from sdf.records import Flag, Verdict


def check_form(reading: Reading, context: CheckContext) -> Verdict:
    """Flag an empty or wrongly sized text, scaffolding, model chatter and broken typing."""
    if not reading.tokens:
        return conclude("form", [Flag(rule="empty", detail="there is no word")])
    flags = [
        *_length_flags(reading, context),
        *leftover_flags(reading),
        *packaged_table("model_chatter").flags(reading, "chatter"),
        *typography_flags(reading),
    ]
    if not context.own_voice:
        flags += packaged_table("assistant_manners").flags(reading, "chatter")
    if context.markup == "plain":
        flags += markup_flags(reading)
    note = "" if context.words else "no word band was given, so the length was not checked"
    return conclude("form", flags, note)


def _length_flags(reading: Reading, context: CheckContext) -> list[Flag]:
    if context.words is None:
        return []
    limits = context.rules.limits
    low, high = context.words.low * limits.words_low, context.words.high * limits.words_high
    n_words = len(reading.text.split())
    if low <= n_words <= high:
        return []
    rule = "too short" if n_words < low else "too long"
    return [Flag(rule=rule, detail=f"{n_words} words, allowed {low:.0f} to {high:.0f}")]
