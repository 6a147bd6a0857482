from __future__ import annotations

from itertools import combinations

import pytest

from sdf.diversity import jaccard, shingles
from sdf.diversity.repetition import (
    distinct_n,
    name_counts,
    nearest_similarities,
    neighbour_share,
    ngram_document_share,
    opening_counts,
)


def test_nearest_similarities_equal_a_comparison_of_all_pairs(planted: list[str]) -> None:
    texts = [*planted[:60], "", "one two"]
    sets = [shingles(text) for text in texts]
    nearest = [0.0] * len(sets)
    for a, b in combinations(range(len(sets)), 2):
        similarity = jaccard(sets[a], sets[b])
        nearest[a], nearest[b] = max(nearest[a], similarity), max(nearest[b], similarity)
    assert nearest_similarities(texts) == nearest


def test_neighbour_share_counts_both_of_a_pair() -> None:
    texts = ["one two three four five six", "one two three four five six", "a b c d e f"]
    assert neighbour_share(texts) == pytest.approx(2 / 3)
    assert neighbour_share(texts[1:]) == 0
    assert neighbour_share([]) == neighbour_share(["one two"]) == 0


def test_openings_ignore_case_and_marks() -> None:
    texts = ["The mill stood.", "the mill, stood", "A barn stood."]
    assert opening_counts(texts, 3) == [("the mill stood", 2), ("a barn stood", 1)]


def test_ngram_share_counts_texts_and_not_repeats() -> None:
    texts = ["we can see that. We can see that", "so we can see that", "no sea", "we can see this"]
    assert ngram_document_share(texts, n=3, top=2) == [("we can see", 0.75), ("can see that", 0.5)]
    assert ngram_document_share(["a b"], n=3) == ngram_document_share([], n=3) == []


def test_equal_shares_come_as_they_first_appear() -> None:
    assert [gram for gram, _ in ngram_document_share(["d c b a", "a z"], n=2, top=3)] == [
        "d c",
        "c b",
        "b a",
    ]


def test_distinct_n_looks_at_its_budget_only() -> None:
    assert distinct_n(["a b a b", "c d e f"], 2, 4) == pytest.approx(2 / 3)
    assert distinct_n(["a b a b", "c d e f"], 2, 100) == pytest.approx(5 / 6)
    assert distinct_n(["a"], 2, 100) == distinct_n([], 1, 100) == 0


def test_names_are_counted_by_text_and_only_as_names() -> None:
    texts = ["Wren met Ines. Ines\u2019s hat.", "A wren sang to Ines.", "Wrens sang."]
    assert name_counts(texts, ["Wren", "Ines", "Sable"]) == [("Ines", 2), ("Wren", 1)]
