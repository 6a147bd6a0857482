"""What a principle offers a writer, found in its own text.

Where the author labelled the parts (`*Why:*`, `*A hard case:*`), a labelled paragraph
or list entry is one entry. Elsewhere each sentence that can stand alone goes where its
words point: a `because` to the reasons, an `unless` to the limits.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from sdf.constitution.clauses import stands_titled, stands_under
from sdf.constitution.labels import (
    CASE_CUE,
    LIMIT_CUE,
    OTHERWISE_CUE,
    PRACTICE_CUE,
    REASON_CUE,
    STATEMENT_CUE,
    STRUCTURE,
    TENSION_CUE,
)
from sdf.constitution.prose import Block, blocks, clean_text
from sdf.constitution.sentences import (
    groups,
    is_entry,
    split_block,
    stands_alone,
    without_term,
)
from sdf.records import Bank, Objection

Columns = Sequence[tuple[str, str]]
_LOOK = 6
_ENOUGH = 3
_CONDITIONAL = re.compile(r"^(?:If|When|Sometimes|In (?:some|other|certain)|For (?:example|instance))\b")
_CUES = (
    ("cases", CASE_CUE),
    ("limits", LIMIT_CUE),
    ("tensions", TENSION_CUE),
    ("reasons", REASON_CUE),
    ("otherwise", OTHERWISE_CUE),
    ("practice", PRACTICE_CUE),
)
_QUOTED = re.compile(r"^(?:\"(?P<a>[^\"]+)\"|“(?P<b>[^”]+)”|«(?P<c>[^»]+)»)\s*(?P<reply>.*)$")
_ARROW = re.compile(r"\s*(?:->|→|=>)\s*")
_JOINT = re.compile(r"^(?:->|→|=>|—|–|:)\s*")
_QUOTES = '"“”«»'


def build_bank(
    text: str, *, title: str = "", heads: frozenset[str] = frozenset(), columns: Columns = ()
) -> tuple[Bank, tuple[str, ...]]:
    """The bank of a part's text, and the anchors that its tension parts link to.

    `heads` are the running heads of the source; `columns` are cells of a table whose
    header already names the field, and then `text` holds them too.
    """
    parts = _by_label(blocks(text, heads)) if not columns else _by_column(columns, text)
    labelled = any(field for field, _ in parts)
    found: dict[str, list[str]] = defaultdict(list)
    for field, block in parts:
        if field and field != "objections":
            found[field] += _entries(block)
    own = [block for field, block in parts if field == ""]
    _sort_own(own, found, title, labelled=labelled)
    objections = [_objection(block) for field, block in parts if field == "objections"]
    links = chain.from_iterable(block.links for field, block in parts if field == "tensions")
    bank = Bank(
        objections=tuple(one for one in objections if one is not None),
        **{field: tuple(dict.fromkeys(many)) for field, many in found.items()},
    )
    return _within(bank, clean_text(text)), tuple(dict.fromkeys(links))


def count(bank: Bank) -> int:
    """The number of entries in all parts of a bank."""
    return sum(len(getattr(bank, field)) for field in Bank.model_fields)


def _entries(block: Block) -> list[str]:
    """A labelled paragraph as one entry; its whole sentences when a part of it is unclean."""
    many = groups(block.text)
    if not all(map(is_entry, many)):
        many = split_block(block.text)
    return [one for one in many if is_entry(one) and (not block.intro or stands_under(one, block.intro))]


def _by_label(found: Iterable[Block]) -> list[tuple[str, Block]]:
    """Each block with its field; a label holds until the next, captions hold nothing."""
    parts: list[tuple[str, Block]] = []
    field = ""
    for block in found:
        if block.caption:
            field = ""
            continue
        if block.label is not None:
            field = block.label
        if block.text:
            parts.append((field, block))
    return parts


def _by_column(columns: Columns, text: str) -> list[tuple[str, Block]]:
    labelled = [(field, block) for field, cell in columns for block in blocks(cell)]
    taken = {block.text for _, block in labelled}
    own = [("", block) for block in blocks(text) if block.text not in taken]
    return own + labelled


def _sort_own(own: Sequence[Block], found: dict[str, list[str]], title: str, *, labelled: bool) -> None:
    """Sentences of unlabelled prose: the statement first, the others by their cues.

    A statement that also gives the only reason, or the only limit, stands there too.
    Sentences without any cue are only taken where there is little else.
    """
    whole = [one for block in own for one in _own_entries(block, title, strictly=True)]
    if not whole:
        whole = [one for block in own for one in _own_entries(block, title, strictly=False)]
    if labelled:
        found["statement"] += [one.text for one in whole if one.leads]
        return
    leading = [one for one in whole if one.leads]
    first = next((one for one in leading[:_LOOK] if _states(one.text)), None)
    chosen = [first or next(iter(leading or whole), None)]
    chosen += [one for one in leading if one not in chosen and _states(one.text)][:1]
    found["statement"] += [one.text for one in chosen if one is not None]
    left: list[str] = []
    for one in whole:
        if one not in chosen:
            field = _field(one.cue)
            (found[field] if field else left).append(one.text)
    for one in filter(None, chosen):
        for field, cue in _CUES[:-1]:
            if not found[field] and cue.search(one.text):
                found[field].append(one.text)
    if sum(map(len, found.values())) < _ENOUGH:
        found["statement"] += left


class _Own(NamedTuple):
    """An entry from unlabelled prose; `cue` is the sentence that decides its field."""

    text: str
    cue: str
    leads: bool


def _own_entries(block: Block, title: str, *, strictly: bool) -> list[_Own]:
    """The sentences of a block that stand alone, and those that do with the ones before."""
    entries: list[_Own] = []
    chain: list[str] = []
    for sentence in split_block(block.text):
        alone = without_term(sentence)
        if not is_entry(alone) or alone.endswith("?"):
            chain = []
        elif stands_alone(alone, strictly=strictly):
            chain = [alone]
            if _in_place(alone, block, title):
                entries.append(_Own(alone, alone, leads=not (block.bullet or block.intro)))
            else:
                chain = []
        elif chain and is_entry(" ".join([*chain, sentence])) and not STRUCTURE.search(sentence):
            chain.append(sentence)
            entries.append(_Own(" ".join(chain), sentence, leads=False))
        else:
            chain = []
    return _longest(entries)


def _in_place(sentence: str, block: Block, title: str) -> bool:
    if block.intro:
        return stands_under(sentence, block.intro)
    return not block.bullet or stands_titled(sentence, title)


def _longest(entries: list[_Own]) -> list[_Own]:
    """Without entries that another of the same field only continues."""
    return [
        one
        for at, one in enumerate(entries)
        if one.leads
        or not any(
            other.text.startswith(one.text) and _field(other.cue) == _field(one.cue)
            for other in entries[at + 1 : at + 1 + _LOOK]
        )
    ]


def _states(sentence: str) -> bool:
    return bool(STATEMENT_CUE.search(sentence)) and not _CONDITIONAL.match(sentence)


def _field(sentence: str) -> str:
    """The field that a sentence's words point to, or "" when they point nowhere."""
    return next((field for field, cue in _CUES if cue.search(sentence)), "")


def _objection(block: Block) -> Objection | None:
    """A claim and its reply: emphasised, quoted, before an arrow, or the first sentence."""
    if block.lead:
        claim, reply = block.lead, block.text[len(block.lead) :]
    elif match := _QUOTED.match(block.text):
        claim, reply = match["a"] or match["b"] or match["c"], match["reply"]
    elif _ARROW.search(block.text):
        claim, reply = _ARROW.split(block.text, maxsplit=1)
    else:
        first, *_ = split_block(block.text)
        claim, reply = first, block.text[len(first) :]
    claim = claim.strip().strip(_QUOTES).strip()
    reply = next(iter(groups(_JOINT.sub("", reply.strip()))), "")
    if not is_entry(claim):
        return None
    return Objection(claim=claim, reply=reply if is_entry(reply) else "")


def _within(bank: Bank, clean: str) -> Bank:
    """The bank without what the clean text does not hold word for word."""
    kept: dict[str, tuple[str, ...]] = {
        field: tuple(one for one in getattr(bank, field) if one in clean)
        for field in Bank.model_fields
        if field != "objections"
    }
    objections = tuple(o for o in bank.objections if o.claim in clean and o.reply in clean)
    return Bank(objections=objections, **kept)
