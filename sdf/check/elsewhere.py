"""What the checks look for in texts that are not English.

Patterns of English grammar do not apply there. What is left works by script: digits of
any kind, names for a principle or a year, marks of quotation, and the share of letters
that belong to the language's script.
"""

from __future__ import annotations

import re
from functools import cache

from sdf.check.context import CheckContext
from sdf.check.reading import Reading, flatten
from sdf.check.wordlists import packaged_lines
from sdf.plan.locales import primary, script_of
from sdf.plan.scripts import SCRIPTS, ascii_digits, is_spaceless, script_share
from sdf.records import Flag

_LEAST_SHARE = 0.5
_LEAST_KANA = 0.1
_MOST_ENGLISH = 0.07
_ENGLISH = frozenset(
    {
        *("the", "and", "that", "with", "which", "she", "they", "would"),
        *("there", "have", "were", "from", "this", "said"),
    }
)
_PERCENT = re.compile(
    r"(?<![\d.,])(?!100\s?[^\d.,])\d[\d.,]*\s?(?:[%٪％]|prozent|pour ?cent|por ?ciento|por ?cento|процент"
    r"|في المئة|في المائة|بالمئة|بالمائة|प्रतिशत|फ़ीसदी|फीसदी|パーセント|퍼센트|เปอร์เซ็นต์|phần trăm|asilimia|persen)"
    r"|(?:百分之|ร้อยละ|yüzde|asilimia)\s?[\d一二三四五六七八九十]+"
)
_DATE = re.compile(r"(?<!\d)(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}[/.-]\d{1,2}[/.-]\d{1,2})(?!\d)")
_YEAR = re.compile(r"(?<![\d.,-])(?:1[5-9]|2[05])\d\d(?![\d-]|[.,]\d)")
_YEAR_AFTER = re.compile(r"\s?(?:年|년|г\.|год|yıl|में|ई\.|م\b)")
_YEAR_BEFORE = re.compile(r"(?:พ\.ศ\.|ค\.ศ\.|ปี|عام|سنة|सन्?|năm|tahun|mwaka|jahr|année|año|ano)\s?$")
_ERA = re.compile(
    r"(?:令和|平成|昭和|大正|明治|民[国國])\s?(?:元|[\d一二三四五六七八九十]{1,3})年|[一二][〇零○一二三四五六七八九]{3}年"
)
_ADDRESS = re.compile(
    r"https?://\S+|\bwww\.\S+|[\w.+-]+@[\w-]+\.[a-z]{2,}"
    r"|\b[a-z0-9-]+\.(?:com|org|net|edu|gov|io|ai|cn|jp|kr|de|fr|ru|in|br)\b",
    re.ASCII,
)
_PLACEHOLDER = re.compile(
    r"(?<![一-龥〇])[〇○△×]{2}(?![一-龥〇]年)"
    r"|\[(?:name|nom|nombre|nome|имя|الاسم|नाम|이름|ชื่อ|姓名|名前|氏名|datum|date|fecha|data)\b[^\]\n]{0,30}\]"
)
_NUMBER_WORDS = r"(?:#|№|no\.?|n[.º°]|nr\.?|số|ข้อที่|ข้อ|ที่|رقم|नंबर|संख्या|ya|kwa|号|號|번)?"
_LAST_INFLECTED = "\u052f"
_NEAR = 60


def language_flags(reading: Reading, tag: str) -> list[Flag]:
    """Flag a text that is not in its language, as far as its letters can tell."""
    script = script_of(tag)
    if script in SCRIPTS and script != "Latn":
        share = script_share(reading.text, script)
        if share < _LEAST_SHARE:
            return [Flag(rule="wrong language", detail=f"{share:.0%} of the letters are those of {tag}")]
        kana = sum("\u3041" <= character <= "\u30ff" for character in reading.text) / max(1, len(reading.text))
        if (script == "Jpan" and kana < _LEAST_KANA) or (script == "Hani" and kana > _LEAST_KANA):
            return [Flag(rule="wrong language", detail=f"{kana:.0%} of the characters are kana, for {tag}")]
        return []
    share = sum(token in _ENGLISH for token in reading.tokens) / max(1, len(reading.tokens))
    if share <= _MOST_ENGLISH:
        return []
    return [Flag(rule="wrong language", detail=f"{share:.0%} of the words are English ones, for {tag}")]


def invention_flags(reading: Reading, tag: str) -> list[Flag]:
    """Flag years, dates, percentages, addresses and placeholders, in the digits of any script."""
    flat = ascii_digits(reading.flat)
    flags = [_flag("year", reading.flat, match) for match in _YEAR.finditer(flat) if _is_year(flat, match, tag)]
    for rule, pattern in (
        ("year", _ERA),
        ("date", _DATE),
        ("percentage", _PERCENT),
        ("address", _ADDRESS),
        ("placeholder", _PLACEHOLDER),
    ):
        flags += [_flag(rule, reading.flat, match) for match in pattern.finditer(flat)]
    return flags


def citation_flags(reading: Reading, context: CheckContext) -> list[Flag]:
    """Flag principles that are cited by number, and numbered parts near the constitution's name."""
    flat = ascii_digits(reading.flat)
    flags = [_flag("rule number", reading.flat, match) for match in _numbered("rule_words").finditer(flat)]
    mentions = mentioned_at(reading, context)
    for match in _numbered("part_words").finditer(flat) if mentions else ():
        if any(match.start() - _NEAR <= spot <= match.end() + _NEAR for spot in mentions):
            flags.append(_flag("part number", reading.flat, match))
    return flags


def mentioned_at(reading: Reading, context: CheckContext) -> list[int]:
    """Where a text names the constitution, by its own name or by what one is called there."""
    names = (flatten(context.rules.identity.document), *packaged_lines("constitution_words"))
    spots = []
    for name in names:
        start = reading.flat.find(name)
        while start >= 0:
            spots.append(start)
            start = reading.flat.find(name, start + 1)
    return sorted(spots)


def contrast_flags(reading: Reading, tag: str) -> list[Flag]:
    """Flag turns of `not this but that`, as far as the language's are known."""
    flat = reading.flat
    return [_flag("contrast", flat, match) for turn in _contrasts(primary(tag)) for match in turn.finditer(flat)]


@cache
def _contrasts(language: str) -> tuple[re.Pattern[str], ...]:
    rows = (line.split(" ", 1) for line in packaged_lines("contrasts"))
    pairs = (row.split(" … ") for known, row in rows if known == language)
    return tuple(re.compile(rf"{_bounded(one)}[^.。!?！？।؟\n]{{1,50}}?{_bounded(two)}") for one, two in pairs)


@cache
def _numbered(name: str) -> re.Pattern[str]:
    words = packaged_lines(name)
    stems = "|".join(_bounded(word) + (r"[^\W\d]{0,3}" if word[0] < _LAST_INFLECTED else "") for word in words)
    # `第3条` and `제3조` have the number first.
    return re.compile(
        rf"(?:{stems})\s?{_NUMBER_WORDS}\s?\d+(?:\.\d+)*"
        rf"|[第제]\s?[\d一二三四五六七八九十]+\s?[条條项項款]?(?:{'|'.join(words)})"
    )


def _bounded(word: str) -> str:
    """A pattern for a word or stem, which begins where a word begins in scripts with blanks."""
    return re.escape(word) if is_spaceless(word[0]) else rf"(?<!\w){re.escape(word)}"


def _is_year(flat: str, match: re.Match[str], tag: str) -> bool:
    after, before = flat[match.end() : match.end() + 6], flat[max(0, match.start() - 8) : match.start()]
    if _YEAR_AFTER.match(after) or _YEAR_BEFORE.search(before):
        return True
    if match[0].startswith("25") or match[0].endswith("00") or after[:1].isalpha() or before[-1:].isalpha():
        # The Thai era, round sums, `2000字` and `GX2024` are years only where they are called so.
        return False
    return not before.rstrip().endswith(("$", "€", "£", "¥", "₩", "₽", "₹", "฿", "№", "#")) and primary(tag) != "zh"


def _flag(rule: str, flat: str, match: re.Match[str]) -> Flag:
    return Flag(rule=rule, detail=flat[match.start() : match.end()], start=match.start(), stop=match.end())
