"""Ids that stay: a part keeps its id when others are edited, moved or added.

An explicit `{#id}` wins. Otherwise the id is the slug of the title. A slug that
occurs more than once is qualified, in all its places, by the slug of the part above
(`parent--slug`), and where that is not enough by six hex digits of the part's own text.
No id is made from a position.

Two consequences. Adding a second part of the same title changes the id of the first,
because neither has more right to the short one: give the first an explicit id to keep
it. And parts that are equal in title, parent and text cannot be told apart by anything
but their order; they are numbered (`-2`), and since they are equal it does not matter
which is which.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from sdf.constitution.sections import Section
from sdf.errors import ConstitutionError

_MAX_SLUG = 60
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")
_OTHER = re.compile(r"[\W_]+")
_LEVELS = 3


def slug(title: str) -> str:
    """A title in lower case, words joined by dashes, at most 60 characters."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    bare = _OTHER.sub("-", _APOSTROPHE.sub("", folded)).strip("-")
    if len(bare) > _MAX_SLUG:
        bare = bare[: _MAX_SLUG + 1].rpartition("-")[0] or bare[:_MAX_SLUG]
    return bare or f"part-{_hex(title)}"


def assign(sections: Sequence[Section], name: str) -> list[str]:
    """The id of every section, in order. Raises when two explicit ids are the same."""
    _refuse_clashes(sections, name)
    names = [_candidates(sections, position) for position in range(len(sections))]
    depth = [0] * len(sections)
    for _ in range(_LEVELS):
        current = [many[at] for many, at in zip(names, depth, strict=True)]
        times = Counter(current)
        for position, one in enumerate(current):
            if times[one] > 1 and depth[position] + 1 < len(names[position]):
                depth[position] += 1
    return _numbered([many[at] for many, at in zip(names, depth, strict=True)])


def _candidates(sections: Sequence[Section], position: int) -> list[str]:
    section = sections[position]
    if section.explicit_id is not None:
        return [section.explicit_id]
    short = slug(section.title)
    found = [short]
    if section.parents:
        above = sections[section.parents[-1]]
        found.append(f"{above.explicit_id or slug(above.title)}--{short}")
    return [*found, f"{found[-1]}-{_hex(section.body)}"]


def _numbered(ids: list[str]) -> list[str]:
    """Twins get a number: they are equal in all that an id could be made from."""
    taken = set(ids)
    seen: Counter[str] = Counter()
    found = []
    for one in ids:
        seen[one] += 1
        twin = one if seen[one] == 1 else f"{one}-{seen[one]}"
        while twin != one and twin in taken:
            seen[one] += 1
            twin = f"{one}-{seen[one]}"
        taken.add(twin)
        found.append(twin)
    return found


def _refuse_clashes(sections: Sequence[Section], name: str) -> None:
    first: dict[str, Section] = {}
    for section in sections:
        if section.explicit_id is None:
            continue
        other = first.setdefault(section.explicit_id, section)
        if other is not section:
            raise ConstitutionError(
                f"the id {section.explicit_id!r} is given twice, on line {other.line}"
                f" ({other.title}) and on line {section.line} ({section.title})",
                where=f"{name}:{section.line}",
                hint="Give one of the two another {#id}.",
            )


def _hex(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:6]
