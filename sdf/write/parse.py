"""Answers to outputs: the contents of tags, and JSON objects among other words.

A tag counts only when it is opened once and closed once.

An answer that cannot be read is an outcome of its attempt, never a guess: text after
an unclosed tag is not a document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from sdf.records import Record

MOST_ANSWER_CHARACTERS = 200_000
"""Longer answers are not searched for JSON."""

_MOST_STARTS = 200


class Parsed(Record):
    """Tag contents by name, or why there are none. `incoherent` is the planner's own no."""

    outputs: dict[str, str] = Field(default_factory=dict)
    problem: str = ""
    incoherent: bool = False


def parse_tags(text: str, tags: Sequence[str]) -> Parsed:
    """Read the named tags from an answer; text outside them is ignored.

    The last tag may contain anything but its own tag; every tag must be there once
    and hold something other than white space.
    """
    if re.search(r"<incoherent\s*/?>", text):
        return Parsed(incoherent=True, problem="the planner found the brief incoherent")
    outputs: dict[str, str] = {}
    for tag in tags:
        opened, closed = text.count(f"<{tag}>"), text.count(f"</{tag}>")
        if (opened, closed) != (1, 1):
            return Parsed(problem=f"<{tag}> is opened {opened} and closed {closed} times")
        start = text.index(f"<{tag}>") + len(tag) + 2
        stop = text.index(f"</{tag}>")
        content = text[start:stop].strip("\r\n").strip() if stop >= start else ""
        if not content:
            return Parsed(problem=f"<{tag}> is empty")
        outputs[tag] = content
    return Parsed(outputs=outputs)


def objects_in(answer: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in an answer in order; prose and code fences around them are passed over.

    One with a key told twice is none.
    """
    decoder, place = json.JSONDecoder(object_pairs_hook=_told_once), answer.find("{")
    for _ in range(_MOST_STARTS):
        if place < 0:
            return
        try:
            value, stop = decoder.raw_decode(answer, place)
        except (ValueError, RecursionError):
            stop = place + 1
        else:
            yield value
        place = answer.find("{", stop)


def _told_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    told = {key: _storable(value) if isinstance(value, str) else value for key, value in pairs}
    if len(told) < len(pairs):
        raise ValueError("a key is told twice")
    return told


def _storable(text: str) -> str:
    # Half of a surrogate pair can be escaped in JSON, and stored nowhere.
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
