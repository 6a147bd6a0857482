"""Answers to outputs. A tag counts only when it is opened once and closed once.

An answer that cannot be read is an outcome of its attempt, never a guess: text after
an unclosed tag is not a document.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import Field

from sdf.records import Record


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
