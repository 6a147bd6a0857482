"""Markdown in a text whose form is plain."""

from __future__ import annotations

import re

from sdf.check.reading import Reading
from sdf.records import Flag

_HEADING = re.compile(r"(?m)^ {0,3}#{1,6} \S[^\n]*")
_BOLD = re.compile(r"\*\*[^*\s][^*\n]*\*\*|__[^_\s][^_\n]*__")
_BULLET = re.compile(r"(?m)^[ \t]*[-*+•] \S[^\n]{0,40}")
_TABLE = re.compile(r"(?m)^[ \t]*\|[^\n|]+\|[^\n]*")
_LINK = re.compile(r"\[[^\]\n]+\]\([^)\s]+\)")
_FENCE = re.compile(r"(?m)^[ \t]*```[^\n]*")
# Each pattern runs only when the text holds its sign.
_SIGNS = (
    ("heading", "#", _HEADING),
    ("bold", "**", _BOLD),
    ("bold", "__", _BOLD),
    ("table", "|", _TABLE),
    ("link", "](", _LINK),
    ("code fence", "```", _FENCE),
)
_A_LIST = 2


def markup_flags(reading: Reading, *, dashes_open_talk: bool = False) -> list[Flag]:
    """Flag headings, bold, lists of two bullets or more, tables, links and code fences.

    One line that begins with a dash is left alone, because dialogue may begin so; all
    are where dialogue does.
    """
    text = reading.text
    found = {}
    for rule, sign, pattern in _SIGNS:
        if sign in text:
            for match in pattern.finditer(text):
                found[match.start()] = (rule, match)
    flags = [_flag(rule, match) for rule, match in found.values()]
    bullets = [match for match in _bullets(text) if not (dashes_open_talk and match[0].lstrip()[0] == "-")]
    return flags + [_flag("bullet", match) for match in bullets if len(bullets) >= _A_LIST]


def _bullets(text: str) -> list[re.Match[str]]:
    if not any(sign in text for sign in ("- ", "* ", "+ ", "• ")):
        return []
    return list(_BULLET.finditer(text))


def _flag(rule: str, match: re.Match[str]) -> Flag:
    return Flag(rule=rule, detail=match[0].strip()[:60], start=match.start(), stop=match.end())
