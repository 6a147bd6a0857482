"""What a surface classifier tells apart: a genre from human texts, one stance or arm from another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from sdf.corpora import Corpus
from sdf.diversity.separable import Separation, separation
from sdf.panel.scan import ALL, Sampled, Scan, sampled

MOST_TEXTS = 150
WATCH, BAD = 0.8, 0.95
_LABELS = ("stance", "arm")


@dataclass(frozen=True, slots=True)
class Apart:
    """Two sets of documents, and how far their surface tells them apart."""

    what: str
    first: str
    second: str
    texts: int
    found: Separation

    @property
    def verdict(self) -> str:
        """What the area under the curve says, with its error in the corpus's favour."""
        area = self.found.auc - 2 * self.found.error
        return "as human" if area < WATCH else "watch" if area < BAD else "bad"


def labels_apart(found: Scan) -> Iterator[Apart]:
    """Each two stances and each two arms. A stance that its first lines give away is learned as a label."""
    sample = found.samples[ALL].documents()
    for label in _LABELS:
        sets: dict[str, list[str]] = {}
        for one in sample:
            if value := getattr(one.facts, label):
                sets.setdefault(value, []).append(one.text)
        for first, second in combinations(sorted(sets), 2):
            yield from _apart(f"{label}s", (first, second), (sets[first], sets[second]))


def human_apart(found: Scan, human: Corpus) -> Iterator[Apart]:
    """All documents, and each genre's, from texts by people."""
    texts = _texts(sampled(human, MOST_TEXTS))
    for group, sample in found.samples.items():
        if group[0] in ("all", "genre"):
            own = _texts(sample.documents())
            yield from _apart("realism", (" ".join(group).strip(), "human"), (own, texts))


def _texts(documents: Sequence[Sampled]) -> list[str]:
    return [one.text for one in documents]


def _apart(what: str, names: tuple[str, str], sets: tuple[Sequence[str], Sequence[str]]) -> Iterator[Apart]:
    first, second = sets[0][:MOST_TEXTS], sets[1][:MOST_TEXTS]
    found = separation(first, second)
    if found is not None:
        yield Apart(what, *names, min(len(first), len(second)), found)
