"""The constitution, prepared for looking quotations up in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sdf.check.reading import bounded, flatten
from sdf.plan.scripts import token_pattern

SPAN_WORDS = 8
_PROBE = 4
_STRIDE = SPAN_WORDS - _PROBE + 1
_LINK = re.compile(r"!?\[([^\]\n]{0,500})\]\([^)\n]{0,500}\)")
_ANCHOR = re.compile(r"\{#[^}\n]{0,200}\}|\[\^[^\]\n]{0,200}\]")
_LINE_MARKUP = re.compile(r"(?m)^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+|\d+[.)][ \t]+)+")
_DASH = re.compile(r"\s*(?:[\u2012-\u2015]|(?<=\s)--?(?=\s)|(?<=\w)--(?=\w))\s*")
_SPACE = re.compile(r"\s+")
_GAP = re.compile(r"\s*(?:\[[^\]]*\]|…|\.\s?\.\s?\.)\s*")
_EDGES = " .,;:!?-\"'"
_STRAIGHT = str.maketrans({"“": '"', "”": '"', "„": '"', "\u2018": "'", "\u2019": "'", "*": None, "`": None})


@dataclass(frozen=True, slots=True)
class QuoteIndex:
    """A constitution's normalised text, its words, and every run of SPAN_WORDS and of _PROBE words in it."""

    text: str
    runs: frozenset[tuple[str, ...]]
    probes: frozenset[tuple[str, ...]]
    vocabulary: frozenset[str] = frozenset()

    def holds(self, quotation: str) -> bool:
        """Whether a quotation stands in the constitution.

        Blanks, quotation marks, dashes, markup, the case of the first letter and the
        final punctuation may differ. An ellipsis or a bracketed word joins parts that
        must each stand there, in that order.
        """
        place = 0
        for part in _GAP.split(normalised(quotation)):
            wanted = part.strip(_EDGES)
            if wanted:
                place = self._after(wanted, place)
                if place < 0:
                    return False
        return True

    def _after(self, wanted: str, place: int) -> int:
        variants = (wanted[0].lower() + wanted[1:], wanted[0].upper() + wanted[1:])
        stops = [self._find(variant, place) for variant in variants]
        return min((stop for stop in stops if stop >= 0), default=-1)

    def _find(self, wanted: str, place: int) -> int:
        start = self.text.find(wanted, place)
        while start >= 0 and not bounded(self.text, start, start + len(wanted)):
            start = self.text.find(wanted, start + 1)
        return start + len(wanted) if start >= 0 else -1


def build_quote_index(identity_text: str) -> QuoteIndex:
    """Prepare the identity copy of a constitution. Done once a run."""
    text = normalised(identity_text)
    flat = flatten(text)
    words = token_pattern(flat).findall(flat)
    return QuoteIndex(text, frozenset(_runs(words, SPAN_WORDS)), frozenset(_runs(words, _PROBE)), frozenset(words))


def normalised(text: str) -> str:
    """A text without what a faithful quotation may change: markup, blanks, mark shapes."""
    text = _ANCHOR.sub("", _LINK.sub(r"\1", text))
    text = _LINE_MARKUP.sub("", text).translate(_STRAIGHT)
    text = re.sub(r"(?<!\w)_+|_+(?!\w)", "", text)
    return _SPACE.sub(" ", _DASH.sub(" - ", text)).strip()


def quoted_spans(text: str, index: QuoteIndex) -> list[tuple[int, int]]:
    """Every range of `text` that repeats at least SPAN_WORDS words of the constitution.

    Ranges are (start, stop) offsets, in order and apart from each other. Punctuation,
    case and markup are ignored, because they are for a comparison of words.
    """
    flat = flatten(text)
    pattern = token_pattern(flat)
    words = pattern.findall(flat)
    starts = _starts(words, index)
    if not starts:
        return []
    places = [match.span() for match in pattern.finditer(flat)]
    spans: list[tuple[int, int]] = []
    for first in starts:
        start, stop = places[first][0], places[first + SPAN_WORDS - 1][1]
        if spans and start < spans[-1][1]:
            start = spans.pop()[0]
        spans.append((start, stop))
    return spans


def own_words(tokens: Sequence[str], index: QuoteIndex) -> Sequence[str]:
    """A text's tokens (see `Reading`), in order, without those that `quoted_spans` covers."""
    starts = _starts(tokens, index)
    if not starts:
        return tokens
    quoted = bytearray(len(tokens))
    for first in starts:
        quoted[first : first + SPAN_WORDS] = b"\x01" * SPAN_WORDS
    return [token for token, covered in zip(tokens, quoted, strict=True) if not covered]


def _starts(words: Sequence[str], index: QuoteIndex) -> list[int]:
    """The numbers of the words at which a run of the constitution begins, in order.

    Every run of SPAN_WORDS words holds a probe that begins at a multiple of _STRIDE, so
    only those are looked up, and runs only round the ones that are there.
    """
    found: dict[int, None] = {}
    last = len(words) - SPAN_WORDS
    for spot in range(0, len(words) - _PROBE + 1, _STRIDE):
        if tuple(words[spot : spot + _PROBE]) in index.probes:
            for first in range(max(0, spot - _STRIDE + 1), min(spot, last) + 1):
                if tuple(words[first : first + SPAN_WORDS]) in index.runs:
                    found[first] = None
    return list(found)


def _runs(words: list[str], size: int) -> list[tuple[str, ...]]:
    return list(zip(*(words[i:] for i in range(size)), strict=False))
