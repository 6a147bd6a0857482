"""The leakage check: a document must not talk about how, or from what, it was made."""

from __future__ import annotations

import re

from sdf.check.context import CheckContext
from sdf.check.elsewhere import citation_flags
from sdf.check.reading import Reading, conclude, flatten
from sdf.check.wordlists import packaged_table
from sdf.records import Flag, Verdict

_PRINCIPLE_NUMBER = re.compile(
    r"(?:principle|guideline|directive)s? (?:#|no\. ?|number )?\d+(?:\.\d+)*\b"
    r"|r(?<!\wr)ules? (?:#|no\. ?)?\d+(?:\.\d+)*\b(?! (?:of|in) )"
)
_PART_NUMBER = re.compile(
    r"(?:section|article|clause|paragraph|chapter|\u00a7)s? ?(?:#|no\. ?|number )?"
    r"(?:\d+(?:\.\d+)*|[ivx]{1,5}|one|two|three|four|five|six|seven|eight|nine|ten)\b"
)
_ROMAN = re.compile(r"(?:Principle|Rule|Guideline) (?:X{0,2}(?:IX|IV|V?I{1,3})|[VX])\b")
_NEAR = 60
_NUMBERED = frozenset(word + s for word in ("principle", "guideline", "directive", "rule") for s in ("", "s"))
_PARTS = frozenset(word + s for word in ("section", "article", "clause", "paragraph", "chapter") for s in ("", "s"))


def check_leakage(reading: Reading, context: CheckContext) -> Verdict:
    """Flag rule numbers, principle ids, plan words and talk of being made.

    Talk of training is let through where the AI speaks in its own voice.
    """
    flags = packaged_table("leakage").flags(reading, "talk of the making")
    if not context.own_voice:
        flags += packaged_table("training_talk").flags(reading, "talk of training")
    flags += context.rules.principle_ids.flags(reading, "principle id")
    if not context.english:
        if not context.own_voice:
            flags += packaged_table("making_elsewhere").flags(reading, "talk of training")
        flags += citation_flags(reading, context)
    if not reading.vocabulary.isdisjoint(_NUMBERED):
        flags += [_flag("rule number", match) for match in _PRINCIPLE_NUMBER.finditer(reading.flat)]
        flags += [_flag("rule number", match) for match in _ROMAN.finditer(reading.text)]
    if not reading.vocabulary.isdisjoint(_PARTS):
        flags += _part_flags(reading, context)
    return conclude("leakage", flags)


def _flag(rule: str, match: re.Match[str]) -> Flag:
    return Flag(rule=rule, detail=match[0], start=match.start(), stop=match.end())


def _part_flags(reading: Reading, context: CheckContext) -> list[Flag]:
    # A lease has a section 12 too, so the document must be named nearby.
    document = flatten(context.rules.identity.document)
    flags = []
    for match in _PART_NUMBER.finditer(reading.flat):
        near = reading.flat[max(0, match.start() - _NEAR) : match.end() + _NEAR]
        if "constitution" in near or document in near:
            flags.append(_flag("part number", match))
    return flags
