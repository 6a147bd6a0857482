"""The stock check: phrases and figures that machine prose leans on."""

from __future__ import annotations

import re

from sdf.check.context import CheckContext
from sdf.check.elsewhere import contrast_flags
from sdf.check.reading import Reading, conclude, not_run
from sdf.check.wordlists import language_table
from sdf.plan.locales import primary, words_of
from sdf.records import Flag, Verdict

_DASH = re.compile(r"\u2014|\u2013(?= )(?<= .)|--(?=[ \w])(?<=[ \w]..)")
# It begins with the letter n, which lets the search skip most of a text.
_CONTRAST = re.compile(
    r"n(?:(?<!\wn)(?:ot|ever)|(?<=\wn)'t) (?:(?!but\b)[\w'-]+,? ){0,8}?"
    r"(?:but (?:also )?(?!not\b|for\b|when\b|then\b|i\b|he\b|she\b|we\b|they\b|there\b)\w+"
    r"|\w+ ?[.;,\u2014\u2013-]+ ?(?:it's|it is|it was|they're|this is|that's)\b)"
)
_LEAST_DASHES = 6
_LEAST_CONTRASTS = 4


def check_stock(reading: Reading, context: CheckContext) -> Verdict:
    """Flag a text that holds too many stock phrases, dashes, or turns of `not this but that`.

    Each count has its own allowance a thousand words, and a least allowance for short
    texts. A verdict always says what was counted.
    """
    if not context.english:
        return _stock_elsewhere(reading, context)
    limits = context.rules.limits
    thousands = len(reading.tokens) / 1000
    phrases = context.rules.stock.flags(reading, "stock phrase")
    dashes = _matches(_DASH, reading, "dash")
    contrasts = _contrasts(reading)
    flags = [
        *_excess(phrases, limits.stock_rate * max(1.0, thousands)),
        *_excess(dashes, max(_LEAST_DASHES, limits.em_dash_rate * thousands)),
        *_excess(contrasts, max(_LEAST_CONTRASTS, limits.contrast_rate * thousands)),
    ]
    note = f"{len(phrases)} stock phrases, {len(dashes)} dashes, {len(contrasts)} contrasts"
    return conclude("stock", flags, note)


def _stock_elsewhere(reading: Reading, context: CheckContext) -> Verdict:
    """Phrases and contrasts of the text's own language; dashes open talk in many, and are not counted."""
    tag, limits = context.language, context.rules.limits
    table = language_table("stock", primary(tag))
    if table is None:
        return not_run("stock", f"no stock phrases are known for {tag}")
    thousands = words_of(tag, reading.text) / 1000
    phrases, contrasts = table.flags(reading, "stock phrase"), contrast_flags(reading, tag)
    flags = [
        *_excess(phrases, limits.stock_rate * max(1.0, thousands)),
        *_excess(contrasts, max(_LEAST_CONTRASTS, limits.contrast_rate * thousands)),
    ]
    note = f"{len(phrases)} stock phrases, {len(contrasts)} contrasts; read as {tag}: dashes are not counted"
    return conclude("stock", flags, note)


def _excess(flags: list[Flag], allowed: float) -> list[Flag]:
    return flags if len(flags) > allowed else []


def _contrasts(reading: Reading) -> list[Flag]:
    if reading.vocabulary.isdisjoint(("not", "t", "never")):
        return []
    return _matches(_CONTRAST, reading, "contrast")


def _matches(pattern: re.Pattern[str], reading: Reading, rule: str) -> list[Flag]:
    return [
        Flag(rule=rule, detail=match[0][:60], start=match.start(), stop=match.end())
        for match in pattern.finditer(reading.flat)
    ]
