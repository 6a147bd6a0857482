"""What a page leaves in pasted text: buttons, page numbers, running heads."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from sdf.constitution.labels import field_of, is_residue
from sdf.constitution.scan import Line, Role

_PAGE = re.compile(
    r"^[\s\f]*(?:[-–—|\[(]\s*)?(?:page\s+|p\.\s*)?(?:\d{1,4}|[ivxl]{1,6})"
    r"(?:\s*(?:of|/)\s*\d{1,4})?(?:\s*[-–—|\])])?\s*$",
    re.IGNORECASE,
)
_EDGE_NUMBER = re.compile(r"^\d{1,4}\s*[|·–—-]?\s+|\s+[|·–—-]?\s*(?:page )?\d{1,4}$", re.IGNORECASE)
_COUNTED = re.compile(r"^(?:principle|article|section|rule|part|chapter|clause|value|commitment|appendix)\b", re.I)
_MAX_CHARS = 80
_MIN_TIMES = 3
_MIN_GAP = 5
_GAP_SPREAD = 3


def is_page_number(text: str) -> bool:
    """A line that holds a page's number and nothing else: `12`, `- 3 -`, `Page 3 of 20`."""
    return bool(_PAGE.match(text))


def without_number(text: str) -> str:
    """A possible running head without the page number at its edge."""
    bare = text.strip()
    return bare if _COUNTED.match(bare) else _EDGE_NUMBER.sub("", bare).strip()


def running_heads(lines: Sequence[Line]) -> frozenset[str]:
    """Short lines that come back at a regular distance, as the head of each page does.

    Three times or more, with no distance more than three times the usual one. Labels
    of parts (`Why:`) also come back, and are not counted.
    """
    seen: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        if line.role is Role.prose and _may_be_head(line.text):
            seen[without_number(line.text)].append(line.number)
    return frozenset(head for head, at in seen.items() if head and _regular(at))


def is_furniture(text: str, heads: frozenset[str] = frozenset()) -> bool:
    """Whether a line belongs to the page and not to the text on it."""
    if len(text.strip()) > _MAX_CHARS:
        return False
    return is_residue(text) or is_page_number(text) or without_number(text) in heads


def _may_be_head(text: str) -> bool:
    bare = text.strip()
    if not 0 < len(bare) <= _MAX_CHARS or bare[-1] in '.!?:;,"”' or bare[0] in "-*+•#>|":
        return False
    return not is_page_number(bare) and field_of(bare) is None and not is_residue(bare)


def _regular(at: list[int]) -> bool:
    if len(at) < _MIN_TIMES:
        return False
    gaps = [later - earlier for earlier, later in pairwise(at)]
    usual = median(gaps)
    return usual >= _MIN_GAP and max(gaps) <= _GAP_SPREAD * usual
