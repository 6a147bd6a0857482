"""The measures of a sample of texts. Every one depends on the size of the sample, so that is fixed.

Texts of a sample are compared at their first CUT_WORDS words: repetition and compression
grow with the length of a text and with the number of texts, and figures from samples of
different shapes say nothing about each other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

from sdf.diversity.compression import gzip_ratio, zstd_ratio
from sdf.diversity.habits import habits
from sdf.diversity.normalise import words
from sdf.diversity.repetition import distinct_n, nearest_similarities, self_repetition
from sdf.diversity.skeletons import common_words, shared_skeletons
from sdf.diversity.vendi import topic_similarities, vendi

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIZES = (1000, 300, 100, 30)
"""Documents in a sample: the largest of these that there are enough documents for."""
CUT_WORDS = 400
_BEGINNING, _ENDING = 3, 3
_ENGLISH = 0.25
_NAME = re.compile(r"(?<=[\w,;] )[^\W\d_a-z][^\W\d_A-Z]+")
_SMALL = re.compile(r"\b[^\W\d_A-Z][^\W\d_A-Z]+\b")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found, in how many texts, and some of those by their place in the sample."""

    shown: str
    texts: int
    places: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of one sample."""

    value: float
    evidence: tuple[Evidence, ...] = ()


class Sample:
    """Texts and what several measures need of them."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts

    @cached_property
    def worded(self) -> list[list[str]]:
        """The words of each text."""
        return [words(text) for text in self.texts]

    @cached_property
    def cut(self) -> list[str]:
        """Each text up to its CUT_WORDS-th word."""
        return [_cut(text, len(own)) for text, own in zip(self.texts, self.worded, strict=True)]

    @cached_property
    def kept(self) -> frozenset[str]:
        """The commonest words of all texts together."""
        return common_words(self.worded)

    @cached_property
    def topics(self) -> NDArray[np.float64]:
        """How much each two texts are about the same."""
        return topic_likeness(self.worded)

    @cached_property
    def count(self) -> int:
        """The words of all texts together."""
        return sum(map(len, self.worded))


def measure(texts: Sequence[str]) -> dict[str, Measured]:
    """Every measure of these texts, by its name."""
    sample = Sample(texts)
    found: dict[str, Measured] = {}
    for rows in _ROWS:
        found |= rows(sample)
    return found


def topic_likeness(worded: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """How much each two texts are about the same, by the words that are not everybody's.

    Those are known for English. In another language they are the commonest of the texts
    themselves, so that texts which are all about one thing look more varied than they are.
    """
    cut = [own[:CUT_WORDS] for own in worded]
    common = english()
    known = sum(word in common for own in cut for word in own)
    if known < _ENGLISH * sum(map(len, cut)):
        common = common_words(cut)
    return topic_similarities(cut, common)


@cache
def english() -> frozenset[str]:
    """The commonest words of the human reference."""
    return frozenset((files("sdf.panel") / "english.txt").read_text().split())


def _compression(sample: Sample) -> dict[str, Measured]:
    return {"zstd": Measured(zstd_ratio(sample.cut)), "gzip": Measured(gzip_ratio(sample.cut))}


def _ngrams(sample: Sample) -> dict[str, Measured]:
    budget = CUT_WORDS * len(sample.texts)
    found = {f"distinct-{n}": Measured(distinct_n(sample.cut, n, budget)) for n in (1, 2, 3, 4)}
    share, spans = self_repetition(sample.cut)
    evidence = tuple(Evidence(span, len(places), tuple(places[:3])) for span, places in spans)
    return found | {"self-repetition": Measured(share, evidence), "word order": Measured(_order(sample))}


def _order(sample: Sample) -> float:
    """How much more often pairs of words return than if the same words stood in any order; 0 for word salad."""
    told = [own[:CUT_WORDS] for own in sample.worded]
    turned = [" ".join(own[0::2] + own[1::2]) for own in told]
    budget = CUT_WORDS * len(told)
    whole = distinct_n([" ".join(own) for own in told], 2, budget)
    return 1 - whole / max(1e-9, distinct_n(turned, 2, budget))


def _neighbours(sample: Sample) -> dict[str, Measured]:
    nearest = nearest_similarities(sample.cut)
    ordered = sorted(nearest)
    top = sorted(range(len(nearest)), key=lambda place: (-nearest[place], place))[:4]
    evidence = tuple(Evidence(f"{nearest[place]:.2f} like another", 1, (place,)) for place in top if nearest[place] > 0)
    last = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))] if ordered else 0.0
    mean = sum(ordered) / max(1, len(ordered))
    return {"nearest, mean": Measured(mean, evidence), "nearest, p99": Measured(last, evidence)}


def _beginnings(sample: Sample) -> dict[str, Measured]:
    opened = [" ".join(own[:_BEGINNING]) for own in sample.worded]
    closed = [" ".join(own[-_ENDING:]) for own in sample.worded]
    return {"same opening": _most_shared(opened), "same closing": _most_shared(closed)}


def _names(sample: Sample) -> dict[str, Measured]:
    found = [set(_NAME.findall(text)) for text in sample.texts]
    counts = Counter(name for names in found for name in names)
    # A word that stands small in as many texts is only a word, at the head of a quotation or a title.
    small = Counter(word for text in sample.texts for word in set(_SMALL.findall(text)))
    own = [name for name, count in counts.items() if small[name.lower()] < count]
    top = sorted(own, key=lambda name: (-counts[name], name))[:5]
    evidence = tuple(
        Evidence(name, counts[name], tuple(place for place, names in enumerate(found) if name in names)[:3])
        for name in top
    )
    return {"commonest name": Measured(counts[top[0]] / len(sample.texts) if top else 0.0, evidence)}


def _sentences(sample: Sample) -> dict[str, Measured]:
    share, top = shared_skeletons(sample.cut, sample.kept)
    return {"same sentence frame": Measured(share, tuple(Evidence(shown, count) for shown, count in top[:5]))}


def _topics(sample: Sample) -> dict[str, Measured]:
    return {"distinct topics": Measured(vendi(sample.topics) / max(1, len(sample.texts)))}


def _habits(sample: Sample) -> dict[str, Measured]:
    found = habits(sample.texts, sample.count)
    return {
        name: Measured(habit.rate, tuple(Evidence(f"{count} in one text", 1, (place,)) for place, count in habit.most))
        for name, habit in found.items()
    }


def _lengths(sample: Sample) -> dict[str, Measured]:
    sizes = sorted(map(len, sample.worded))
    mean = sum(sizes) / max(1, len(sizes))
    spread = (sum((size - mean) ** 2 for size in sizes) / max(1, len(sizes))) ** 0.5 / max(1.0, mean)
    return {"length, spread": Measured(spread)}


_ROWS: tuple[Callable[[Sample], dict[str, Measured]], ...] = (
    _neighbours,
    _compression,
    _ngrams,
    _beginnings,
    _names,
    _sentences,
    _topics,
    _habits,
    _lengths,
)


def _most_shared(parts: Sequence[str]) -> Measured:
    counts = Counter(part for part in parts if part)
    top = sorted(counts, key=lambda part: (-counts[part], part))[:5]
    evidence = tuple(
        Evidence(part, counts[part], tuple(place for place, own in enumerate(parts) if own == part)[:3])
        for part in top
        if counts[part] > 1
    )
    return Measured(counts[top[0]] / len(parts) if top else 0.0, evidence)


def _cut(text: str, count: int) -> str:
    if count <= CUT_WORDS:
        return text
    # By share of characters: where exactly the cut falls matters to no measure.
    return text[: len(text) * CUT_WORDS // count]
