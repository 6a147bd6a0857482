"""Which proposed subtypes are fit to stand in a prompt, and which are too near to one that is there.

Both are decided by exact counts over words, so that the same proposals in the same
order always leave the same list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from sdf.diversity.normalise import words
from sdf.genres.pack import Form
from sdf.records import Record

NEAR_WHOLE = 0.45
NEAR_LABEL = 0.6
NEAR_FORM = 0.75
_LABEL_LENGTH = (4, 100)
_ABOUT_LENGTH = (30, 400)
_MOST_LABEL_WORDS = 14
_SAME_LABEL_WORDS = 2
_WORN = 3
_SMALL = frozenset(
    words(
        "a an and are as at be been but by for from had has have he her his how if in into is it its no not of off on "
        "one or out over she so some than that the their them then there they this to under up was were what when "
        "where which who whom whose will with without"
    )
)
# What ends a tag, opens a template, links, or formats: no line of a list needs it.
_MARKUP = re.compile(r"[<>{}\[\]`|\\]|https?:|www\.|\*\*|^#")
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
# A proposal becomes a line of later prompts, so none may speak to the model that reads those.
_SPEAKS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:above|all|any|brief|earlier|instructions?|previous|prior|rules?)\b"
    r"|\b(?:system prompt|training data|language model|as an ai|jailbreak|placeholders?|synthetic (?:data|text))\b"
    r"|\byou (?:are|must|should|will) (?:now|not|always|never|write|answer)\b",
    re.IGNORECASE,
)


class Proposal(Record):
    """A subtype as it was proposed: its name, and what it is."""

    label: str
    about: str


class Likeness:
    """The content words of a proposal, to be compared with others."""

    __slots__ = ("label", "text", "whole")

    def __init__(self, label: str, about: str = "") -> None:
        self.text = label
        self.label = content_words(label)
        self.whole = self.label | content_words(about)

    def near(self, other: Likeness, form_words: frozenset[str]) -> bool:
        """Whether two are too near, without counting the words of their form's own name."""
        mine, theirs = self.label - form_words, other.label - form_words
        same_name = min(len(mine), len(theirs)) >= _SAME_LABEL_WORDS or mine == theirs
        if same_name and jaccard(mine, theirs) >= NEAR_LABEL:
            return True
        return jaccard(self.whole - form_words, other.whole - form_words) >= NEAR_WHOLE


class Shelf:
    """What a genre has, for finding what a proposal is too near to."""

    def __init__(self, forms: Sequence[Form]) -> None:
        self._forms = {form.id: content_words(form.label) for form in forms}
        self._labels = [Likeness(form.label) for form in forms]
        self._there: list[Likeness] = []

    def put(self, proposal: Proposal) -> None:
        """Remember one, under whichever form: a genre has no two alike."""
        self._there.append(Likeness(proposal.label, proposal.about))

    def nearest(self, form: str, proposal: Proposal) -> str:
        """The name of the first that a proposal is too near to, "" when there is none."""
        mine = Likeness(proposal.label, proposal.about)
        own = self._forms[form]
        if not mine.label - own:
            return "the form itself"
        for label in self._labels:
            if jaccard(mine.label, label.label) >= NEAR_FORM:
                return label.text
        return next((other.text for other in self._there if mine.near(other, own)), "")


def content_words(text: str) -> frozenset[str]:
    """The words of a text that say what it is about, plurals as singulars."""
    return frozenset(_singular(word) for word in words(text) if word not in _SMALL)


def jaccard(one: frozenset[str], two: frozenset[str]) -> float:
    """The share of common words among all; 0 of two empty sets."""
    return len(one & two) / (len(one | two) or 1)


def worn_words(labels: Iterable[str], form: Form, most: int = 10) -> list[str]:
    """The words that come up most in names, beside the form's own, in three of them at least."""
    own = content_words(form.label)
    counts = Counter(word for label in labels for word in content_words(label) - own)
    ranked = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return [word for word, count in ranked[:most] if count >= _WORN]


def unfit(proposal: Proposal, names: re.Pattern[str]) -> str:
    """Why a proposal may not stand in a prompt, "" when it may; `names` are those that nothing may mention."""
    for what, text, (least, most) in (
        ("label", proposal.label, _LABEL_LENGTH),
        ("about", proposal.about, _ABOUT_LENGTH),
    ):
        if not least <= len(text) <= most:
            return f"{what} has {len(text)} characters"
        if not text.isprintable() or "\ufffd" in text or _MARKUP.search(text):
            return f"{what} holds more than plain words on one line"
        if _YEAR.search(text):
            return f"{what} names a year"
        if _SPEAKS.search(text):
            return f"{what} speaks to whoever reads the prompt"
        if (named := names.search(text)) is not None:
            return f"{what} names {named[0]}"
    return "label is a sentence" if len(proposal.label.split()) > _MOST_LABEL_WORDS else ""


def names_pattern(names: Sequence[str]) -> re.Pattern[str]:
    """A pattern that finds any of the names as whole words; nothing, when there are none."""
    if not names:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(names, key=lambda one: (-len(one), one))))})(?!\w)")


def _singular(word: str) -> str:
    word = word.removesuffix("'s")
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
