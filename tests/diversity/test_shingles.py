from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdf.diversity import jaccard, shingles, words
from sdf.diversity.shingles import ngram_hashes

SENTENCES = st.lists(st.sampled_from(list("abcdef")), max_size=30).map(" ".join)


@given(SENTENCES, SENTENCES)
def test_hashed_shingles_give_the_jaccard_of_the_word_sets(one: str, two: str) -> None:
    def plain(text: str) -> set[tuple[str, ...]]:
        w = words(text)
        k = min(3, len(w))
        return {tuple(w[i : i + k]) for i in range(len(w) - k + 1)} if w else set()

    union = plain(one) | plain(two)
    expected = len(plain(one) & plain(two)) / len(union) if union else 0.0
    assert jaccard(shingles(one, 3), shingles(two, 3)) == expected


def test_shingles_are_sorted_and_distinct() -> None:
    found = shingles("a b c d e a b c d e a b c d e")
    assert len(found) == 5
    assert np.all(found[1:] > found[:-1])


def test_order_and_case_of_words() -> None:
    assert jaccard(shingles("one two three four five"), shingles("five four three two one")) == 0
    assert jaccard(shingles("One, two: three four FIVE!"), shingles("one two three four five")) == 1


@pytest.mark.parametrize(("text", "count"), [("", 0), ("one", 1), ("one two", 1), ("a b c d e f", 2)])
def test_short_texts(text: str, count: int) -> None:
    assert len(shingles(text)) == count


def test_runs_are_hashed_in_order_with_repeats() -> None:
    hashes = ngram_hashes(list("abab"), 2)
    assert hashes[0] == hashes[2] != hashes[1]


def test_hashes_are_the_same_in_every_process() -> None:
    program = "from sdf.diversity import shingles; print(shingles('the mill by the river').tolist())"
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "123", "PYTHONPATH": ":".join(sys.path)},
    )
    assert run.stdout.strip() == str(shingles("the mill by the river").tolist())
