"""Headings that are marked as such: `# Title {#id authority=root}` and underlined ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sdf.constitution.inline import plain
from sdf.constitution.scan import Line, Role

_ATX = re.compile(r"^ {0,3}(#{1,6})[ \t]+(\S.*)$")
_LONGEST = 1_000
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
_PART = r"(?:#[\w.:-]+|\.[\w-]+|[\w-]+=(?:\"[^\"]*\"|[^\s\"}]+))"
_ATTRIBUTES = re.compile(rf"\{{[ \t]*({_PART}(?:[ \t]+{_PART})*)[ \t]*\}}")
_ONE = re.compile(rf"({_PART})")
_NUMBER = re.compile(
    r"^(?:(?:principle|article|section|rule|part|chapter)\s+)?"
    r"(?:\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,7})\s*[.):]\s+(?=\S)",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"^\d{1,3}(?:\.\d{1,3})+\s+(?=\S)")


@dataclass(frozen=True)
class Heading:
    """A heading of `height` lines that begins at `lines[index]`."""

    index: int
    level: int
    title: str
    height: int = 1
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def explicit_id(self) -> str | None:
        """The id that the author gave with `{#id}`."""
        return self.attributes.get("id")


def headings(lines: Sequence[Line]) -> list[Heading]:
    """The marked headings outside fences, comments and notes, in order."""
    found = (_atx(lines, index) or _setext(lines, index) for index in range(len(lines)))
    return [heading for heading in found if heading is not None]


def make_heading(text: str, index: int, level: int, height: int = 1) -> Heading:
    """A heading from its line: attributes are taken off, then numbering and markup."""
    title, attributes = split_attributes(text)
    return Heading(index, level, unnumbered(plain(title)), height, attributes)


def unnumbered(title: str) -> str:
    """A title without its number, which says where it stands and not what it is."""
    return _DOTTED.sub("", _NUMBER.sub("", title))


def split_attributes(text: str) -> tuple[str, dict[str, str]]:
    """A heading's text and its `{#id .class key=value}`; braces of other shape stay text."""
    text = text.strip()
    opened = text.rfind("{") if text.endswith("}") and len(text) <= _LONGEST else -1
    match = _ATTRIBUTES.fullmatch(text, opened) if opened >= 0 else None
    if not match:
        return text, {}
    attributes: dict[str, str] = {}
    for part in _ONE.findall(match[1]):
        if part.startswith("#"):
            attributes["id"] = part[1:]
        elif "=" in part:
            key, _, value = part.partition("=")
            attributes[key] = value.strip('"')
    return text[: match.start()].strip(), attributes


def _atx(lines: Sequence[Line], index: int) -> Heading | None:
    line = lines[index]
    usable = line.role is Role.prose and len(line.text) <= _LONGEST
    match = _ATX.match(line.text) if usable else None
    if not match:
        return None
    heading = make_heading(_without_closing(match[2]), index, len(match[1]))
    return heading if heading.title else None


def _without_closing(title: str) -> str:
    """`Title ##` is written with a closing mark, `C#` is not."""
    bare = title.rstrip()
    opened = bare.rstrip("#")
    return opened if opened != bare and opened[-1:] in (" ", "\t") else bare


def _setext(lines: Sequence[Line], index: int) -> Heading | None:
    """A single line of prose that is underlined and has nothing right above it."""
    line = lines[index]
    if line.role is not Role.prose or index + 1 >= len(lines) or line.text.startswith("    "):
        return None
    under = _UNDERLINE.match(lines[index + 1].text)
    if not under or lines[index + 1].role not in (Role.rule, Role.prose):
        return None
    above = lines[index - 1] if index else None
    if above is not None and above.role is Role.prose and not _atx(lines, index - 1):
        return None
    if line.text.lstrip()[:1] in ("-", "*", "+", ">", "|", "#"):
        return None
    heading = make_heading(line.text, index, 1 if under[1][0] == "=" else 2, height=2)
    return heading if heading.title else None
