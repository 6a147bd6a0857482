"""The blocks of a part: its paragraphs and list entries without markup.

A block never holds the inside of a fence, comment, admonition, footnote or table,
nor what a page left behind. No sentence crosses the end of a block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from sdf.constitution.furniture import is_furniture, is_page_number, without_number
from sdf.constitution.inline import plain, targets
from sdf.constitution.labels import field_of
from sdf.constitution.lists import Paragraph, introductions
from sdf.constitution.scan import Line, Role, scan


class Block(NamedTuple):
    """A paragraph or a list entry.

    `text` is clean and on one line, without its label. `label` is the bank field that
    a label at its beginning names, "" for a label we do not know, None without label.
    `lead` is the emphasised stretch that a list entry begins with. `intro` is the line
    with a colon that introduces the list in which the block stands.
    """

    text: str
    label: str | None = None
    bullet: bool = False
    lead: str = ""
    links: tuple[str, ...] = ()
    caption: bool = False
    intro: str = ""


BULLET = re.compile(r"^\s*(?:[-*+•‣◦●▪–]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)])\s+(?=\S)")
_ATX = re.compile(r"^ {0,3}#{1,6}[ \t]+")
_QUOTE = re.compile(r"^\s*(?:>\s?)+")
_MARKED = re.compile(
    r"^(?P<mark>\*{1,3}|_{1,3})(?P<label>[^*_\n]{2,60}?)(?P<inner>[:.?!]?)(?P=mark)(?P<outer>\s*:)?\s*"
)
_PLAIN_LABEL = re.compile(r"^(?P<label>[A-Za-z][\w'’ -]{1,50}):(?:\s+|$)")
_LEAD = re.compile(r"^(?P<mark>\*{1,3}|_{1,3})(?P<lead>[^*\n]+?)(?P=mark)(?!\w)\s*")
_UNWRAPPED = 160
_CLOSERS = "\"'”’)]»*_"


def clean_text(text: str) -> str:
    """The prose of a text without markup, one block a paragraph, blank lines between.

    Examples in fences, commentary, comments, footnotes, tables and page furniture are
    gone. What a bank holds stands in the clean text of its principle word for word.
    """
    return "\n\n".join(paragraph.clean for paragraph in _paragraphs(text, frozenset()))


def blocks(text: str, heads: frozenset[str] = frozenset()) -> list[Block]:
    """The blocks of a part with their labels; `heads` are the source's running heads."""
    found = list(_paragraphs(text, heads))
    intros = introductions(found)
    return [_block(paragraph, intro) for paragraph, intro in zip(found, intros, strict=True)]


def _paragraphs(text: str, heads: frozenset[str]) -> Iterator[Paragraph]:
    runs = list(_runs(scan(text), heads))
    for position, run in enumerate(runs):
        if not run:
            continue
        fenced = position + 1 < len(runs) and not runs[position + 1]
        pieces = list(_split(run))
        for index, piece in enumerate(pieces):
            bullet = bool(BULLET.match(piece[0]))
            raw = "\n".join((BULLET.sub("", piece[0]), *piece[1:])) if bullet else "\n".join(piece)
            if clean := plain(raw):
                last = index == len(pieces) - 1
                indented = piece[0][:1].isspace()
                yield Paragraph(raw.strip(), clean, bullet, indented, position, fenced and last)


def _runs(lines: Sequence[Line], heads: frozenset[str]) -> Iterator[list[str]]:
    """Runs of prose lines; an empty run stands for a fence."""
    run: list[str] = []
    cut = False
    for index, line in enumerate(lines):
        if line.role is Role.prose and _is_page(lines, index, heads):
            cut = True
        elif line.role is Role.prose:
            heading = _ATX.match(line.text)
            if run and (heading or (cut and not _continues(run[-1], line.text))):
                yield run
                run = []
            cut = False
            run.append(_QUOTE.sub("", _ATX.sub("", line.text)))
            if heading:
                yield run
                run = []
        elif line.role is Role.blank and run and not cut and _page_follows(lines, index, heads):
            cut = True
        elif not (line.role is Role.blank and cut):
            if run:
                yield run
                run = []
            cut = False
            if line.role is Role.fence:
                yield []
    if run:
        yield run


def _is_page(lines: Sequence[Line], index: int, heads: frozenset[str]) -> bool:
    """Furniture, or a short line that stands with a page number inside a sentence."""
    text = lines[index].text
    if is_furniture(text, heads):
        return True
    if not _title_like(text):
        return False
    before, after = _neighbour(lines, index, -1), _neighbour(lines, index, +1)
    numbered = without_number(text) != text.strip()
    touching = any(
        0 <= other < len(lines) and is_page_number(lines[other].text)
        for other in (index - 2, index - 1, index + 1, index + 2)
    )
    isolated = all(0 <= other < len(lines) and not lines[other].text.strip() for other in (index - 1, index + 1))
    return (numbered or touching or isolated) and _continues(before, after)


def _page_follows(lines: Sequence[Line], index: int, heads: frozenset[str]) -> bool:
    for later in range(index + 1, len(lines)):
        if lines[later].role is not Role.blank:
            return lines[later].role is Role.prose and _is_page(lines, later, heads)
    return False


def _neighbour(lines: Sequence[Line], index: int, step: int) -> str:
    index += step
    while 0 <= index < len(lines):
        line = lines[index]
        if line.role is not Role.blank and not is_page_number(line.text):
            return line.text if line.role is Role.prose else ""
        index += step
    return ""


def _continues(before: str, after: str) -> bool:
    """Whether the second line goes on with a sentence that the first has not ended."""
    head, tail = before.rstrip().rstrip(_CLOSERS), after.lstrip()
    return bool(head and tail) and head[-1] not in ".!?:;" and tail[0].islower()


def _title_like(text: str) -> bool:
    bare = text.strip()
    return 0 < len(bare) <= 60 and not bare[0].islower() and bare[-1] not in ".!?:;,"


def _split(run: list[str]) -> Iterator[list[str]]:
    """A run's own paragraphs: list entries, and lines that are each a paragraph."""
    widest = max(len(line) for line in run)
    unwrapped = widest > _UNWRAPPED
    apart = unwrapped or all(_ended(line) for line in run)
    piece = [run[0]]
    for before, line in pairwise(run):
        own = (unwrapped and not _continues(before, line)) or (apart and _ended(before))
        if own or BULLET.match(line) or _starts_label(line):
            yield piece
            piece = []
        piece.append(line)
    yield piece


def _ended(line: str) -> bool:
    bare = line.rstrip().rstrip(_CLOSERS)
    return bool(bare) and bare[-1] in ".!?:;"


def _starts_label(line: str) -> bool:
    label = _label(line.strip(), bullet=False)[0]
    return bool(label)


def _block(paragraph: Paragraph, intro: str) -> Block:
    label, rest = _label(paragraph.raw, bullet=paragraph.bullet)
    caption = paragraph.before_fence and label == "cases"
    lead = ""
    if paragraph.bullet and label is None and (match := _LEAD.match(rest)):
        lead = plain(match["lead"])
    links = targets(paragraph.raw)
    return Block(plain(rest), label, paragraph.bullet, lead, links, caption, intro)


def _label(raw: str, *, bullet: bool) -> tuple[str | None, str]:
    """The field that the text's label names, and the text behind the label."""
    if match := _MARKED.match(raw):
        rest = raw[match.end() :]
        closed = bool(match["inner"] or match["outer"] or not rest)
        if closed and (field := field_of(match["label"])):
            return field, rest
        ended = match["inner"] == ":" or match["outer"]
        return ("" if ended and not bullet else None), raw
    if (match := _PLAIN_LABEL.match(raw)) and (field := field_of(match["label"])):
        return field, raw[match.end() :]
    return None, raw
