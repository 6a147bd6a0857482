"""One pass over a corpus: counts over everything, and samples for what is slow.

A sample holds the documents whose ids have the smallest hashes, so it does not depend on
the order of the files, and samples of parts of a corpus merge into that of the whole.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from sdf.corpora import Corpus, Facts, Row
from sdf.diversity.signature import DOCUMENT_PERMS
from sdf.diversity.sketch import Sketches, sketch
from sdf.panel.rows import SIZES

ALL = ("all", "")
MOST_IN_A_GROUP = 300
MOST_GROUPS = 400
AXES = ("genre", "form", "stance", "resolution", "language")
Group = tuple[str, str]


class Sampled(NamedTuple):
    """A document of a sample, with its number in the corpus."""

    number: int
    id: str
    text: str
    facts: Facts


class Bottom:
    """The documents with the smallest hashes, at most so many."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.seen = 0
        self._heap: list[tuple[int, int, Sampled]] = []

    def add(self, key: int, row: Row, number: int) -> None:
        """Count a document, and keep it where its hash is among the smallest."""
        self.seen += 1
        if len(self._heap) < self.most:
            heapq.heappush(self._heap, (-key, -number, Sampled(number, row.id, row.text, row.facts)))
        elif -key > self._heap[0][0]:
            heapq.heapreplace(self._heap, (-key, -number, Sampled(number, row.id, row.text, row.facts)))

    def documents(self) -> list[Sampled]:
        """The sample, smallest hash first."""
        return [kept for _, _, kept in sorted(self._heap, key=lambda one: (-one[0], -one[1]))]


@dataclass(slots=True)
class Scan:
    """What the pass found. `sketches` has a row a document."""

    sketches: Sketches
    samples: dict[Group, Bottom]
    axes: dict[str, Counter[str]]
    groups_left_out: int = 0

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return len(self.sketches.words)


def scan(corpus: Corpus, threads: int = 1) -> Scan:
    """Read all of a corpus once.

    Raises:
        InputError: a file is damaged or a row has no text; file and row are named.
    """
    parts: list[Sketches] = []
    found = Scan(_joined([]), {ALL: Bottom(SIZES[0])}, {axis: Counter() for axis in AXES})
    number = 0
    for batch in corpus.batches():
        parts.append(sketch([row.text for row in batch], threads=threads))
        for row in batch:
            _count(found, row, number)
            number += 1
    found.sketches = _joined(parts)
    return found


def sampled(corpus: Corpus, most: int) -> list[Sampled]:
    """The sample of a corpus that is only looked at."""
    sample = Bottom(most)
    for number, row in enumerate(corpus.rows()):
        sample.add(_key(row), row, number)
    return sample.documents()


def _key(row: Row) -> int:
    return int.from_bytes(blake2b(row.id.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _count(found: Scan, row: Row, number: int) -> None:
    key = _key(row)
    for axis, counts in found.axes.items():
        if value := getattr(row.facts, axis):
            counts[value] += 1
    for group in groups_of(row.facts):
        sample = found.samples.get(group)
        if sample is None:
            if len(found.samples) >= MOST_GROUPS:
                found.groups_left_out += 1
                continue
            sample = found.samples[group] = Bottom(MOST_IN_A_GROUP)
        sample.add(key, row, number)


def groups_of(facts: Facts) -> Iterator[Group]:
    """Every group that a document is in."""
    yield ALL
    if facts.genre:
        yield "genre", facts.genre
    if facts.language:
        yield "language", facts.language
    for principle in facts.principles:
        yield "principle", principle


def _joined(parts: list[Sketches]) -> Sketches:
    import numpy as np

    # The parts are let go one by one, because all together they are most of the memory.
    signatures = np.empty((sum(len(part.words) for part in parts), DOCUMENT_PERMS), np.uint32)
    exact = np.concatenate([np.empty(0, np.uint64), *(part.exact for part in parts)])
    words = np.concatenate([np.empty(0, np.int32), *(part.words for part in parts)])
    stop = len(words)
    while parts:
        part = parts.pop()
        signatures[stop - len(part.words) : stop] = part.signatures
        stop -= len(part.words)
    return Sketches(signatures, exact, words)
