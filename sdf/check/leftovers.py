"""What a template, a prompt or a model's own format leaves behind in a text."""

from __future__ import annotations

import re
from collections import Counter

from sdf.check.reading import Reading
from sdf.check.wordlists import packaged_lines
from sdf.records import Flag

_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)(?:\s[^<>\n]*)?(/?)>")
_SPECIAL_TOKEN = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|</?s>|<(?:bos|eos|pad|unk|mask|start_of_turn|end_of_turn)>|<</?SYS>>"
    r"|\[/?INST\]"
)
_BRACES = re.compile(r"\{\{|\}\}|\{[%#]|[%#]\}|\$?\{[A-Za-z_][\w.]*\}")
_RULE = re.compile(r"\[[A-Za-z]+(?:[_.][A-Za-z0-9]+)+\]")
_NO_VALUE = re.compile(
    r"(?<=[a-z,] )(?:None|Undefined|NaN)\b(?! (?:of|other|but|so)\b)"
    r"|(?:(?<=Dear )|(?<=Hello )|(?<=Hi )|(?<=named )|(?<=called ))(?:undefined|null|none)\b"
)


def leftover_flags(reading: Reading) -> list[Flag]:
    """Flag tags, special tokens, template braces, rule names and printed absent values."""
    text = reading.text
    flags = []
    if "<" in text or "[" in text:
        flags += _matches(_SPECIAL_TOKEN, text, "special token")
        flags += _matches(_RULE, text, "template")
    if "<" in text:
        flags += _tag_flags(text)
    if "{" in text or "}" in text:
        flags += _matches(_BRACES, text, "template")
    if not reading.vocabulary.isdisjoint(("none", "undefined", "nan", "null")):
        flags += _matches(_NO_VALUE, text, "absent value")
    return flags


def _matches(pattern: re.Pattern[str], text: str, rule: str) -> list[Flag]:
    return [Flag(rule=rule, detail=match[0], start=match.start(), stop=match.end()) for match in pattern.finditer(text)]


def _tag_flags(text: str) -> list[Flag]:
    # Any tag of our own scaffolding is wrong; another tag only when its pair is missing.
    tags = [match for match in _TAG.finditer(text) if not _SPECIAL_TOKEN.fullmatch(match[0])]
    balance: Counter[str] = Counter()
    for match in tags:
        if not match[3]:
            balance[match[2].lower()] += -1 if match[1] else 1
    scaffold = frozenset(packaged_lines("scaffold_tags"))
    return [
        Flag(rule="tag", detail=match[0], start=match.start(), stop=match.end())
        for match in tags
        if match[2].lower() in scaffold or balance[match[2].lower()]
    ]
