"""The invented-world check: nothing in a document may pretend to be checkable fact."""

from __future__ import annotations

import re

from sdf.check.context import CheckContext
from sdf.check.elsewhere import invention_flags
from sdf.check.reading import Reading, conclude
from sdf.check.wordlists import packaged_table
from sdf.records import Flag, Verdict

_NUMBER = re.compile(r"\d[\d,.:/\-\u2013]*")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_YEARS = re.compile(r"(?:1[5-9]|20)\d\d[-\u2013/](?:(?:1[5-9]|20)\d\d|\d\d)")
_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{1,2}/\d{1,2}/\d\d|\d{4}[/.-]\d{1,2}[/.-]\d{1,2}")
_PHONE = re.compile(r"(?<![\w.,])\+?\(?\d{2,4}\)?[ .-]\d{3,4}[ .-]\d{2,4}(?:[ .-]\d{2,4})?(?![\w,])")
_PERCENT_AFTER = re.compile(r"\s?(?:%|per ?cent\b)")
_SPELLED_PERCENT = re.compile(r"([a-z]+(?:-[a-z]+)?) per ?cent\b")
_UNIT_AFTER = re.compile(
    r"(?:-| )?(?:words?|met(?:re|er)s?|kilomet|km|miles?|feet|ft|kg|kilos?|grams?|g|lbs?|pounds?"
    r"|tonn?e?s?|lit(?:re|er)s?|watts?|volts?|calories|kcal|hours|hrs|rpm|steps|people|seats"
    r"|copies|pages|units|pieces|euros?|dollars|crowns|francs|pixels|degrees|acres|hectares|mm"
    r"|cm|ml|mg|kw|kwh|mb|gb|hz)\b"
)
_LABEL_BEFORE = re.compile(
    r"(?:[$£€¥#]|\b(?:room|page|flat|gate|route|platform|number|no\.|bus|train|flight|extension|ext\."
    r"|lot|box|ticket|order|case|ref|reference|invoice|unit|locker|bay|line|item)) ?$"
)
_ADDRESS = re.compile(
    r"https?://\S+|\bwww\.\S+|[\w.+-]+@[\w-]+\.[a-z]{2,}"
    r"|\b[a-z0-9-]+\.(?:com|org|net|edu|gov|io|ai|co\.uk)\b"
)
_ADDRESS_SIGNS = (
    "@",
    "://",
    "www.",
    ".com",
    ".org",
    ".net",
    ".edu",
    ".gov",
    ".io",
    ".ai",
    ".co.uk",
)
_PLACEHOLDER = re.compile(
    r"\[(?:your|insert|enter|add|placeholder|redacted)?[ _]?(?:full |first |last |company |city |"
    r"recipient(?:'s)? )?(?:name|date|company|city|location|title|address|phone|email|link|source|"
    r"citation|organi[sz]ation|town|country|year|here|text|topic|details?)(?: here)?\]"
    r"|\[(?:insert|your|placeholder)\b[^\]\n]{0,40}\]|\bx{3,}\b|\btbd\b|\btodo:|lorem ipsum"
)
_NOT_A_FIGURE = frozenset({"hundred", "a", "one", "the", "what", "which", "few", "some", "many"})


def check_invented_world(reading: Reading, context: CheckContext) -> Verdict:
    """Flag years, dates, percentages, studies, addresses, credentials and placeholders."""
    flat = reading.flat
    flags = packaged_table("invented_world").flags(reading, "claim")
    if not context.english:
        note = f"read as {context.language}: claims of studies and credentials are known in English only"
        return conclude("invented_world", flags + invention_flags(reading, context.language), note)
    if not all(map(str.isalpha, reading.vocabulary)):
        flags += _number_flags(flat)
    if not reading.vocabulary.isdisjoint(("cent", "percent")):
        flags += [
            _flag("percentage", flat, *match.span())
            for match in _SPELLED_PERCENT.finditer(flat)
            if match[1] not in _NOT_A_FIGURE
        ]
    if any(sign in flat for sign in _ADDRESS_SIGNS):
        flags += [_flag("address", flat, *match.span()) for match in _ADDRESS.finditer(flat)]
    if "[" in flat or not reading.vocabulary.isdisjoint(("xxx", "xxxx", "tbd", "todo", "lorem")):
        flags += [_flag("placeholder", flat, *m.span()) for m in _PLACEHOLDER.finditer(flat)]
    return conclude("invented_world", flags)


def _flag(rule: str, flat: str, start: int, stop: int) -> Flag:
    return Flag(rule=rule, detail=flat[start:stop], start=start, stop=stop)


def _number_flags(flat: str) -> list[Flag]:
    flags = []
    for match in _NUMBER.finditer(flat):
        start = match.start()
        stop = start + len(match[0].rstrip(",.:/-\u2013"))
        rule = _number_rule(flat, start, stop)
        if rule:
            flags.append(_flag(rule, flat, start, stop))
    if flags or sum(map(flat.count, "0123456789")) >= 7:
        flags += [_flag("phone", flat, *match.span()) for match in _PHONE.finditer(flat)]
    return flags


def _number_rule(flat: str, start: int, stop: int) -> str:
    number = flat[start:stop]
    before = flat[max(0, start - 14) : start]
    if _PERCENT_AFTER.match(flat, stop):
        return "" if number == "100" else "percentage"
    if _DATE.fullmatch(number):
        return "date"
    if before[-1:].isalpha() or before[-1:] in "-\u2013":
        return ""
    if _YEARS.fullmatch(number):
        return "year"
    if not _YEAR.fullmatch(number) or _is_counted(flat, stop) or _LABEL_BEFORE.search(before):
        return ""
    return "year"


def _is_counted(flat: str, stop: int) -> bool:
    # `the 1990s` is a decade; `1600b` and `2000 words` are no years.
    after = flat[stop : stop + 2]
    if after[:1].isalpha():
        return not (after[0] == "s" and not after[1:].isalpha())
    return bool(_UNIT_AFTER.match(flat, stop))
