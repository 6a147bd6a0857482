from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from sdf.diversity import (
    NearDuplicateIndex,
    Neighbour,
    jaccard,
    premise_index,
    shingles,
    signature,
)

Shingles = list[NDArray[np.uint64]]


@pytest.fixture(scope="module")
def sets(planted: list[str]) -> Shingles:
    """The shingles of the planted corpus."""
    return [shingles(text) for text in planted]


def answers(index: NearDuplicateIndex, sets: Shingles) -> list[Neighbour | None]:
    """Ask about each text and then add it, as a run does."""
    found = []
    for number, members in enumerate(sets):
        sketch = signature(members, index.perms)
        found.append(index.query(sketch, members, sets.__getitem__))
        index.add(number, sketch)
    return found


def test_every_planted_pair_is_found_and_nothing_below_the_threshold(sets: Shingles) -> None:
    true = {(a, b) for a, b in combinations(range(len(sets)), 2) if b - a < 3 and jaccard(sets[a], sets[b]) >= 0.8}
    found = answers(NearDuplicateIndex(), sets)
    reported = {(n.entry_id, i) for i, n in enumerate(found) if n}
    assert len(true) >= 60
    assert any(jaccard(sets[a], sets[a + 1]) < 0.8 for a in range(0, 400, 2))
    assert reported == true


def test_the_similarity_is_exact(sets: Shingles) -> None:
    for number, neighbour in enumerate(answers(NearDuplicateIndex(), sets)):
        if neighbour:
            assert neighbour.similarity == jaccard(sets[number], sets[neighbour.entry_id])


def test_the_most_similar_is_reported_and_the_smallest_id_on_ties() -> None:
    base = np.arange(0, 100, dtype=np.uint64)
    texts = {7: base[:85], 5: base[:95], 4: base[:95], 9: base[:90]}
    index = NearDuplicateIndex()
    for number, members in texts.items():
        index.add(number, signature(members))
    assert index.query(signature(base), base, texts.__getitem__) == Neighbour(4, 0.95)


def test_only_visible_entries_count() -> None:
    base = np.arange(0, 100, dtype=np.uint64)
    texts = {1: base, 2: base[:90]}
    index = NearDuplicateIndex()
    for number, members in texts.items():
        index.add(number, signature(members))
    sketch = signature(base)
    assert index.query(sketch, base, texts.__getitem__, lambda i: i != 1) == Neighbour(2, 0.9)
    assert index.query(sketch, base, texts.__getitem__, lambda i: False) is None


def test_texts_without_words_are_nobodys_duplicate() -> None:
    index = NearDuplicateIndex()
    assert answers(index, [shingles(""), shingles("\u2014"), shingles("one two")]) == [None] * 3


def test_entries_before_and_after_growth_are_found() -> None:
    source = np.random.default_rng(4)
    members = source.integers(0, 2**63, (2500, 20), dtype=np.uint64)
    members.sort(axis=1)
    index = NearDuplicateIndex()
    for number, row in enumerate(members):
        index.add(number * 10, signature(row))
    assert len(index) == 2500
    for number in (0, 1023, 1024, 1300, 2499):
        row = members[number]
        found = index.query(signature(row), row, lambda i: members[i // 10])
        assert found == Neighbour(number * 10, 1.0)


def test_a_long_chain_is_cut_and_counted() -> None:
    base = np.arange(0, 100, dtype=np.uint64)
    index = NearDuplicateIndex(chain_limit=10)
    for number in range(30):
        index.add(number, signature(base))
    assert index.query(signature(base), base, lambda i: base) == Neighbour(20, 1.0)
    assert index.capped == 1


def test_an_entry_takes_less_than_a_kilobyte() -> None:
    index = NearDuplicateIndex()
    sketches = np.random.default_rng(5).integers(0, 2**32, (1500, 128), dtype=np.uint32)
    for number, sketch in enumerate(sketches):
        index.add(number, sketch)
    assert index.nbytes / len(index) < 1000


def test_bands_must_fit_the_signature() -> None:
    with pytest.raises(ValueError, match="need more than 128 values"):
        NearDuplicateIndex(bands=26)


def test_premises_that_say_the_same_are_found() -> None:
    premises = [
        "A night nurse asks an assistant to change a chart after a mistake at the hospital",
        "A baker must choose between two honest suppliers before the winter fair begins",
        "A night nurse asks an assistant to change a chart after a mistake at the clinic",
        "A harbour pilot doubts the log that his firm keeps for the port inspectors",
    ]
    index = premise_index()
    assert index.perms == 64
    found = answers(index, [shingles(premise, 3) for premise in premises])
    assert found == [None, None, Neighbour(0, 13 / 15), None]


def one_by_one(index: NearDuplicateIndex, sets: Shingles) -> list[Neighbour | None]:
    """Ask about each text, and add it when nothing is like it."""
    found = []
    for number, members in enumerate(sets):
        sketch = signature(members, index.perms)
        found.append(index.query(sketch, members, sets.__getitem__))
        if found[-1] is None:
            index.add(number, sketch)
    return found


def admitted(index: NearDuplicateIndex, sets: Shingles, at_once: int) -> list[Neighbour | None]:
    """Give them to the index so many at once."""
    found = []
    for first in range(0, len(sets), at_once):
        numbers = range(first, min(first + at_once, len(sets)))
        sketches = np.stack([signature(sets[number], index.perms) for number in numbers])
        found += index.admit(numbers, sketches, lambda place, numbers=numbers: sets[numbers[place]], sets.__getitem__)
    return found


@pytest.mark.parametrize("at_once", [1, 7, 400])
@pytest.mark.parametrize("threshold", [0.8, 0.5])
def test_many_at_once_are_answered_as_one_by_one(sets: Shingles, at_once: int, threshold: float) -> None:
    alone, together = NearDuplicateIndex(threshold), NearDuplicateIndex(threshold)
    expected = one_by_one(alone, sets)
    assert admitted(together, sets, at_once) == expected
    assert sum(answer is not None for answer in expected) >= 60
    assert len(together) == len(alone) == sum(answer is None for answer in expected)
    assert (together.verified, together.capped) == (alone.verified, alone.capped)


@pytest.mark.parametrize("chain_limit", [1, 2, 256])
def test_many_at_once_are_answered_as_one_by_one_while_the_tables_grow(chain_limit: int) -> None:
    source = np.random.default_rng(6)
    # Few values, so that bands are shared by chance, and every fifth text is an earlier one with a change.
    members = [np.unique(source.integers(0, 400, 12, dtype=np.uint64)) for _ in range(3000)]
    for number in range(5, 3000, 5):
        members[number] = np.unique(np.append(members[int(source.integers(0, number))], np.uint64(9999)))
    alone, together = (NearDuplicateIndex(chain_limit=chain_limit) for _ in range(2))
    expected = one_by_one(alone, members)
    assert admitted(together, members, 3000) == expected
    assert sum(answer is not None for answer in expected) > 300
    assert len(together) == len(alone) > 2048
    assert together.capped == alone.capped
    assert bool(together.capped) == (chain_limit == 1)


def test_an_empty_call_admits_nothing() -> None:
    index = NearDuplicateIndex()
    assert index.admit([], np.empty((0, 128), np.uint32), lambda place: 1 / 0, lambda number: 1 / 0) == []
    assert len(index) == 0


def test_an_entry_that_a_long_chain_hides_is_found_in_another_band() -> None:
    sketches = np.random.default_rng(2).integers(0, 2**32, (40, 128), dtype=np.uint32)
    # All begin alike, as documents of one template do, and the first is asked about.
    sketches[:, :5] = 7
    index = NearDuplicateIndex(chain_limit=4)
    for number, sketch in enumerate(sketches):
        index.add(number, sketch)
    base = np.arange(100, dtype=np.uint64)
    assert index.query(sketches[0], base, lambda number: base) == Neighbour(0, 1.0)
    assert (index.capped, index.verified) == (1, 1)


def test_a_low_threshold_asks_about_each_entry_once() -> None:
    base = np.arange(0, 100, dtype=np.uint64)
    index = NearDuplicateIndex(0.05)
    for number in range(3):
        index.add(number, signature(base[number:]))
    fetched: list[int] = []

    def fetch(number: int) -> NDArray[np.uint64]:
        fetched.append(number)
        return base[number:]

    assert index.query(signature(base), base, fetch, lambda number: number > 0) == Neighbour(1, 0.99)
    assert sorted(fetched) == [1, 2]
