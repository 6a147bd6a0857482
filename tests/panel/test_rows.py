"""The measures of a sample, each on texts small enough to count by hand."""

from __future__ import annotations

import pytest

from sdf.corpora import Facts
from sdf.diversity.habits import habits
from sdf.diversity.separable import separation
from sdf.diversity.skeletons import shared_skeletons, skeletons
from sdf.diversity.vendi import topic_similarities, vendi
from sdf.panel.leftovers import leftovers
from sdf.panel.rows import measure
from sdf.panel.scan import Bottom, Sampled
from sdf.panel.verdicts import verdict

KEPT = frozenset(["the", "a", "of", "and", "was", "to", "in", "it"])


def test_a_skeleton_keeps_the_common_words_and_the_commas() -> None:
    told = "The miller went to the bridge, and it was shut in the rain."
    assert list(skeletons(told, KEPT)) == [("the _ _ to the _ , and it was _ in the _", told)]


def test_sentences_on_one_frame_are_found_whatever_they_are_about() -> None:
    texts = [
        f"The {who} went to the {where}, and it was {how} in the {when}. Nothing else here is like another {who}."
        for who, where, how, when in [
            ("miller", "bridge", "shut", "rain"),
            ("clerk", "office", "cold", "morning"),
            ("nurse", "ward", "dark", "night"),
        ]
    ]
    share, top = shared_skeletons(texts, KEPT)
    assert share == 0.5 or top[0][1] == 3
    assert top[0] == ("The miller went to the bridge, and it was shut in the rain.", 3)


@pytest.mark.parametrize(
    ("text", "habit"),
    [
        ("It was late — very late.", "dashes"),
        ("It is not a rule but a habit of mind.", "contrasts"),
        ("This isn't about speed, it's about trust.", "contrasts"),
        ("They had bread, butter and salt.", "threes"),
        ("- one\n- two\n", "list lines"),
        ("Who goes there?", "questions"),
    ],
)
def test_a_habit_is_counted(text: str, habit: str) -> None:
    found = habits([text, "A plain sentence of eight words stands here."], 16)
    assert found[habit].most[0][0] == 0
    assert found[habit].rate > 0


def test_an_effective_number_is_the_number_of_groups() -> None:
    mill, ward = ["mill", "wheel", "flour", "stone"], ["ward", "nurse", "chart", "dose"]
    assert vendi(topic_similarities([mill, mill, ward, ward])) == pytest.approx(2.0)
    assert vendi(topic_similarities([mill, mill, mill])) == pytest.approx(1.0)


def test_a_classifier_names_what_gives_a_set_away() -> None:
    first = [f"The keeper number {n} walked out slowly and sang in the lane by the mill {n * 7}" for n in range(40)]
    second = [text.replace("slowly", "indeed") for text in first]
    found = separation(first, second)
    assert found is not None
    assert found.auc > 0.95
    assert "slowly" in found.first
    assert "indeed" in found.second
    assert separation(first[:10], second) is None


def test_leftovers_and_talk_of_training_are_found_with_their_documents() -> None:
    texts = [
        "<document>A mill stood there.</document> {{ name }}",
        "It was in the training data, and was fine-tuned away.",
        "Rain.",
    ]
    found = leftovers([Sampled(n, str(n), text, Facts()) for n, text in enumerate(texts)])
    assert found["leftovers"].value == pytest.approx(1 / 3)
    assert found["leftovers"].evidence[0].places == (0,)
    assert found["talk of training"].value == pytest.approx(1 / 3)


def test_every_measure_is_there_for_the_smallest_sample() -> None:
    found = measure([f"word{n} and the other thing that happened near mill {n}" for n in range(30)])
    assert {"zstd", "distinct-2", "self-repetition", "word order", "distinct topics", "dashes"} <= found.keys()


def test_a_sample_does_not_depend_on_the_order() -> None:
    from sdf.corpora import Row

    rows = [Row(f"d{n}", f"text {n}", Facts(), "", {}) for n in range(50)]
    samples = []
    for order in (rows, rows[::-1]):
        sample = Bottom(10)
        for row in order:
            sample.add(hash_of(row.id), row, int(row.id[1:]))
        samples.append([one.id for one in sample.documents()])
    assert samples[0] == samples[1]
    assert len(samples[0]) == 10


def hash_of(name: str) -> int:
    return int(name[1:]) * 2654435761 % 2**32


def test_a_few_documents_are_chance() -> None:
    assert verdict("same opening", 3 / 30, 30) == "as human"
    assert verdict("same opening", 18 / 30, 30) == "bad"
    assert verdict("no such measure", 9.0, 30) == ""
