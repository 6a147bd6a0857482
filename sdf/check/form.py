"""The form check: is this a finished text in the form that was asked for?"""

from __future__ import annotations

from sdf.check.context import CheckContext
from sdf.check.elsewhere import language_flags
from sdf.check.leftovers import leftover_flags
from sdf.check.markup import markup_flags
from sdf.check.reading import Reading, conclude
from sdf.check.typography import typography_flags
from sdf.check.wordlists import language_table, packaged_table
from sdf.plan.locales import length_in, measured, primary
from sdf.records import Flag, Verdict


def check_form(reading: Reading, context: CheckContext) -> Verdict:
    """Flag an empty or wrongly sized text, scaffolding, model chatter and broken typing."""
    if not reading.tokens:
        return conclude("form", [Flag(rule="empty", detail="there is no word")])
    tag = context.language
    flags = [
        *_length_flags(reading, context),
        *leftover_flags(reading),
        *packaged_table("model_chatter").flags(reading, "chatter"),
        *typography_flags(reading, tag),
    ]
    if not context.own_voice:
        flags += packaged_table("assistant_manners").flags(reading, "chatter")
    if context.markup == "plain":
        flags += markup_flags(reading, dashes_open_talk=not context.english)
    notes = [] if context.words else ["no length band was given, so the length was not checked"]
    if not context.english:
        chatter = language_table("chatter", primary(tag))
        flags += [*language_flags(reading, tag), *(chatter.flags(reading, "chatter") if chatter else ())]
        notes.append(f"read as {tag}: articles and doubled words are not checked")
    return conclude("form", flags, "; ".join(notes))


def _length_flags(reading: Reading, context: CheckContext) -> list[Flag]:
    if context.words is None:
        return []
    limits, band = context.rules.limits, length_in(context.language, context.words)
    low, high = band.low * limits.words_low, band.high * limits.words_high
    length = measured(context.language, reading.text)
    if low <= length <= high:
        return []
    rule = "too short" if length < low else "too long"
    return [Flag(rule=rule, detail=f"{length} {band.unit}, allowed {low:.0f} to {high:.0f}")]
