"""Pairs worth comparing, and the groups that pairs join."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdf.diversity import jaccard, shingles
from sdf.diversity.pairs import candidates, components
from sdf.diversity.sketch import Sketches, sketch


def of_signatures(signatures: np.ndarray) -> Sketches:
    """Texts of which nothing but the signature is alike."""
    count = len(signatures)
    return Sketches(signatures, np.arange(count, dtype=np.uint64), np.full(count, 9, np.int32))


def test_every_pair_at_the_threshold_is_a_candidate_once(planted: list[str]) -> None:
    sets = [shingles(text) for text in planted]
    found = candidates(sketch(planted), 0.8)
    pairs = [*map(tuple, found.pairs.tolist())]
    copies = {(number, number + 1) for number in range(0, 400, 20)}
    true = {(a, b) for a, b in combinations(range(400), 2) if b == a + 1 and jaccard(sets[a], sets[b]) >= 0.8}
    assert {*map(tuple, found.copies.tolist())} == copies
    assert true - copies <= {*pairs}
    assert pairs == sorted(set(pairs))
    assert all(a < b for a, b in pairs)
    assert len(pairs) < 200
    assert found.capped == 0


def test_copies_point_to_the_first_and_are_compared_by_it() -> None:
    texts = ["a b c d e f", "", "A b, c d e f!", "a b c d e g", "", "a b c d e f"]
    found = candidates(sketch(texts, k=1), 0.6)
    assert found.copies.tolist() == [[0, 2], [0, 5]]
    assert found.pairs.tolist() == [[0, 3]]


def test_a_text_is_compared_with_so_many_before_it() -> None:
    found = candidates(of_signatures(np.ones((10, 128), np.uint32)), 0.8, chain=3)
    assert [*map(tuple, found.pairs.tolist())] == [(a, b) for a in range(10) for b in range(a + 1, 10) if b - a <= 3]
    # Each counts once, however many of its bands were cut.
    assert found.capped == 6


def test_a_pair_that_was_cut_in_one_band_is_found_in_another() -> None:
    signatures = np.random.default_rng(1).integers(0, 2**32, (40, 128), dtype=np.uint32)
    # All begin alike, as documents of one template do, and the first and the last are alike in all else.
    signatures[:, :5] = 7
    signatures[39] = signatures[0]
    found = candidates(of_signatures(signatures), 0.8, chain=4)
    assert found.pairs.tolist() == [[0, 39]]
    assert found.capped == 35


def test_more_pairs_than_there_was_room_for() -> None:
    found = candidates(of_signatures(np.ones((100, 128), np.uint32)), 0.8, chain=100)
    assert [*map(tuple, found.pairs.tolist())] == [*combinations(range(100), 2)]


def test_nothing_has_no_pairs() -> None:
    for texts in ([], [""], ["one"]):
        found = candidates(sketch(texts), 0.8)
        assert (found.pairs.shape, found.copies.shape, found.capped) == ((0, 2), (0, 2), 0)


def test_bands_must_fit_the_signature() -> None:
    with pytest.raises(ValueError, match="26 bands of 5 rows need more than 128 values"):
        candidates(sketch(["one"]), 0.8, bands=26)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40))
def test_components_are_what_pairs_join(pairs: list[tuple[int, int]]) -> None:
    joined: list[set[int]] = []
    for pair in pairs:
        touched = [group for group in joined if group & {*pair}]
        joined = [group for group in joined if group not in touched] + [{*pair}.union(*touched)]
    assert components(pairs) == {min(group): sorted(group) for group in joined}
    assert [*components(pairs)] == sorted(min(group) for group in joined)
