"""The quotations check: what is put in the constitution's mouth must stand in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sdf.check.context import CheckContext
from sdf.check.elsewhere import mentioned_at
from sdf.check.quote_index import QuoteIndex
from sdf.check.reading import Reading, conclude, flatten, not_run
from sdf.plan.scripts import token_pattern, word_pattern
from sdf.records import Flag, Verdict

FEWEST_WORDS = 5
_QUOTE = re.compile(r"“([^“”]{12,})”|(?<![\w\"])\"(?=\S)([^\"\n]{11,}\S)\"(?!\w)|(?m:((?:^[ ]{0,3}>[^\n]*\n?)+))")
_QUOTE_ANYWHERE = re.compile(
    r"“[^“”\n]{12,}”|„[^„“”\n]{12,}[“”]|«[^«»\n]{12,}»|»[^«»\n]{12,}«|「[^「」\n]{12,}」|『[^『』\n]{12,}』|\"[^\"\n]{12,}\""
)
_ORIGINAL = 0.7
_NEAR = 240
_SENTENCE_END = re.compile(r"[.!?][\"”')]*(?=\s)|\n\s*\n")
_TELLS = (
    r"(?:says?|said|states?|stated|reads?|puts? it|writes?|asks?|calls?|holds?|insists?|tells?|"
    r"warns?|adds?|goes on|continues?|explains?|notes?|begins?|ends?|opens?|declares?|argues?)"
)
_BEFORE = (
    r"(?:\b{name}\b[^.!?\n]{{0,60}}?"
    r"(?:\b{tells}\b|'s (?:own )?(?:words|phrase|line|wording|text))"
    r"|\b(?:in the words of|according to|as|quot\w+(?: from)?|line (?:in|from)|words of|passage "
    r"(?:in|from)|sentence (?:in|from)) (?:the |its )?(?:\w+ )?{name}\b)[^.!?\n]{{0,60}}$"
)
_AFTER = r"^[\s,\u2014\u2013-]*(?:\b{tells}\b )?(?:as )?(?:the |its |our )?(?:\w+ )?{name}\b"
_ITS_WORDS = re.compile(r"\bits (?:own )?(?:words|phrase|wording)\b[^.!?\n]{0,40}$")
_PERSON_SPEAKS = re.compile(
    r"^[\s,]*(?:(?:[\w'.-]+ ){0,2}(?:said|says|asked|asks|replied|answered|told|murmured|muttered|"
    r"whispered|shouted|wrote|added|called|cried|agreed|admitted|went on|began)\b|said\b|asked\b)"
)
_PERSON_SPOKE = re.compile(r"\b(?:said|asked|replied|answered|murmured|whispered|wrote|added)[,:]?\s*$")


def check_quotations(reading: Reading, context: CheckContext) -> Verdict:
    """Flag quotations of FEWEST_WORDS words or more that the constitution does not hold.

    A quotation counts as the constitution's when its sentence names the document,
    unless a person is speaking it, or when the sentence before introduces it.
    """
    index = context.rules.quotes
    if index is None:
        return not_run("quotations", "no constitution was given to look quotations up in")
    if not context.english:
        return _quotations_elsewhere(reading, context, index)
    name = flatten(context.rules.identity.document)
    if "constitution" not in reading.vocabulary and name not in reading.flat:
        return conclude("quotations", [])
    attribution = _Attribution(name)
    flags = []
    for match in _QUOTE.finditer(reading.text):
        quotation = match[match.lastindex or 0]
        if len(word_pattern(quotation).findall(quotation)) < FEWEST_WORDS:
            continue
        # The look-up is the dearer of the two, so it comes last.
        offered = attribution.applies(reading.text, match.start(), match.end())
        if offered and not index.holds(quotation):
            flags.append(
                Flag(
                    rule="not in the constitution",
                    detail=quotation.strip(),
                    start=match.start(),
                    stop=match.end(),
                )
            )
    return conclude("quotations", flags)


def _quotations_elsewhere(reading: Reading, context: CheckContext, index: QuoteIndex) -> Verdict:
    """Look original words up; talk in the text's own language is never taken for a quotation.

    Words of the constitution's language between marks are offered as the constitution's
    where it is named nearby. Who says what in a sentence of another grammar is left to
    the judge, translated quotations with it.
    """
    note = f"read as {context.language}: original words were looked up, translated ones are the judge's to see"
    if _share_known(reading.tokens, index) >= _ORIGINAL:
        return not_run("quotations", "the text is in the constitution's language, whose manner of quoting is not known")
    mentions = mentioned_at(reading, context)
    flags = []
    for match in _QUOTE_ANYWHERE.finditer(reading.text) if mentions else ():
        words = token_pattern(match[0]).findall(flatten(match[0]))
        if len(words) < FEWEST_WORDS or _share_known(words, index) < _ORIGINAL:
            continue
        near = any(match.start() - _NEAR <= spot <= match.end() + _NEAR for spot in mentions)
        if near and not index.holds(match[0][1:-1]):
            flags.append(
                Flag(rule="not in the constitution", detail=match[0][1:-1], start=match.start(), stop=match.end())
            )
    return conclude("quotations", flags, note)


def _share_known(words: Sequence[str], index: QuoteIndex) -> float:
    return sum(word in index.vocabulary for word in words) / max(1, len(words))


class _Attribution:
    """Tells whether a quotation is offered as the constitution's words."""

    def __init__(self, document: str) -> None:
        # `the Charter` is also called `our charter`.
        bare = document.removeprefix("the ")
        name = rf"(?:constitution|{re.escape(bare)})"
        self._name = re.compile(rf"\b{name}\b")
        self._before = re.compile(_BEFORE.format(name=name, tells=_TELLS))
        self._after = re.compile(_AFTER.format(name=name, tells=_TELLS))

    def applies(self, text: str, start: int, stop: int) -> bool:
        before, after = _quiet(text[max(0, start - 240) : start]), _quiet(text[stop : stop + 160])
        own_sentence = _last_sentence(before)
        if not own_sentence.strip() and self._before.search(_introduction(before)):
            return not _PERSON_SPEAKS.match(after)
        if self._before.search(own_sentence) or _ITS_WORDS.search(own_sentence):
            return True
        if self._after.match(after):
            return True
        if _PERSON_SPEAKS.match(after) or _PERSON_SPOKE.search(own_sentence):
            return False
        # After a comma or a full stop inside the marks the sentence is speech or is over.
        rest = "" if text[stop - 2 : stop - 1] in ",.!?" else _first_sentence(after)
        return bool(self._name.search(own_sentence) or self._name.search(rest))


def _introduction(before: str) -> str:
    """The sentence before a quotation that begins its own; another paragraph's needs a colon."""
    lead = before.rstrip()
    if "\n" in before[len(lead) :] and not lead.endswith(":"):
        return ""
    return _last_sentence(lead.rstrip(".:"))


def _quiet(text: str) -> str:
    return text.lower().replace("\u2019", "'")


def _last_sentence(before: str) -> str:
    last = 0
    for match in _SENTENCE_END.finditer(before):
        last = match.end()
    return before[last:]


def _first_sentence(after: str) -> str:
    end = _SENTENCE_END.search(after)
    return after[: end.start()] if end else after
