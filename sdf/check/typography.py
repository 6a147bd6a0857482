"""Slips of typing that a person would not leave: doubled words, stray blanks, controls."""

from __future__ import annotations

import re
from operator import eq

from sdf.check.reading import Reading
from sdf.check.wordlists import packaged_lines
from sdf.plan.locales import ENGLISH, is_english, primary
from sdf.records import Flag

_LONG_WORD = 5
_GAP = r"(?:[ \t]+|[ \t]*\n[ \t]*)"
_SPACED_MARK = re.compile(r" (?<=\w )(?:[,;](?=\s)|\.(?=\s|$))|,,")
_TWO_DOTS = re.compile(r"\.\.(?<![./]..)(?=\s|$)")
_WIDE_GAP = re.compile(r"  (?<=[\w,;]  ) ?(?=\w)")
_BOTH_ARTICLES = re.compile(r"(?<!\w)(?:[Aa]\(n\)|[Aa]/an)(?!\w)")
_A_BEFORE_VOWEL = re.compile(
    r" a (?=[aeio])(?!eu|ew|on(?:e|ce)\b|one-|oui|(?:are|and|as|at|is|in|it|if|or|of|on)\b)"
    r"[a-z]{2,}"
)
_AN_BEFORE_CONSONANT = re.compile(r" an [b-dgjkpqtvwyz][a-z]{2,}(?![-\w])")
_SHAPELESS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\ufeff\ufff9-\ufffd\ue000-\uf8ff\U000e0001-\U000e007f]"
)
# Directions inside a line that goes both ways, and places where a line may break.
_WRITTEN_WITH = {
    **dict.fromkeys(
        ("ar", "arz", "fa", "ur", "ps", "ckb", "sd", "ug", "he", "yi"), "\u061c\u200e\u200f\u2066\u2067\u2068\u2069"
    ),
    **dict.fromkeys(("th", "lo", "km", "my"), "\u200b"),
}
_MOJIBAKE = re.compile(r"\u00e2\u20ac|\u00c3[\x80-\xbf]|\u00c2[\xa0-\xbf]")


def typography_flags(reading: Reading, tag: str = ENGLISH) -> list[Flag]:
    """Flag doubled words, wrong articles, stray blanks, control and bidi characters.

    Words and articles are looked at in English only; of the invisible characters a
    language keeps those that it writes with.
    """
    text = reading.text
    flags = _english_flags(reading) if is_english(tag) else []
    if "  " in text:
        flags += [flag for flag in _found(_WIDE_GAP, text, "double space") if _within_line(text, flag.start)]
    if any(slip in text for slip in (" ,", " ;", " .", ",,")):
        flags += [
            flag for flag in _found(_SPACED_MARK, text, "stray mark") if flag.detail != ";" or primary(tag) != "fr"
        ]
    if ".." in text:
        flags += _found(_TWO_DOTS, text, "stray mark")
    if not text.replace("\n", "").isprintable():
        kept = _WRITTEN_WITH.get(primary(tag), "")
        flags += [
            Flag(rule="control", detail=f"U+{ord(m[0]):04X}", start=m.start(), stop=m.end())
            for m in _SHAPELESS.finditer(text)
            if m[0] not in kept
        ]
    if "\u20ac" in text or "\u00c3" in text or "\u00c2" in text:
        flags += _found(_MOJIBAKE, text, "mojibake")
    return flags


def _english_flags(reading: Reading) -> list[Flag]:
    text = reading.text
    flags = _doubled_words(reading)
    flags += _found(_A_BEFORE_VOWEL, text, "article")
    flags += _found(_AN_BEFORE_CONSONANT, text, "article")
    if "a(n)" in reading.flat or "a/an" in reading.flat:
        flags += _found(_BOTH_ARTICLES, text, "article")
    return flags


def _found(pattern: re.Pattern[str], text: str, rule: str) -> list[Flag]:
    return [
        Flag(rule=rule, detail=match[0].strip(), start=match.start(), stop=match.end())
        for match in pattern.finditer(text)
    ]


def _within_line(text: str, start: int) -> bool:
    """Whether two words stand before on the line: after a first one, a wide gap sets a label off."""
    return " " in text[text.rfind("\n", 0, start) + 1 : start].strip()


def _side_by_side(word: str, flat: str) -> bool:
    return f"{word} {word}" in flat or f"{word}  {word}" in flat


def _doubled_words(reading: Reading) -> list[Flag]:
    tokens = reading.tokens
    doubled = sorted({one for one, same in zip(tokens, map(eq, tokens, tokens[1:]), strict=False) if same})
    # Mostly a sentence ends and the next begins alike ("it. It"): only blanks may stand between.
    doubled = [word for word in doubled if _side_by_side(word, reading.flat)]
    if not doubled:
        return []
    always, meant = packaged_lines("never_twice"), packaged_lines("meant_twice")
    flags = []
    for word in doubled:
        if word in always:
            doubled_word = f"(?i:{word}{_GAP}{word})"
        elif len(word) >= _LONG_WORD and word.isalpha() and word not in meant:
            doubled_word = f"{word}{_GAP}{word}"
        else:
            continue
        pattern = re.compile(rf"(?<![\w'\u2019-]){doubled_word}(?![\w'\u2019-])")
        flags += _found(pattern, reading.text, "doubled word")
    return flags
