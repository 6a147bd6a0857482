"""What is wrong with a corpus is told apart from human prose, each fault by its own measure."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

import pytest

from sdf.panel import CheckReport

Checked = Callable[[Sequence[str]], CheckReport]

NIGHT = {
    "who": ("nurse", "carer", "matron"),
    "what": ("chart", "record", "sheet"),
    "asks": ("asked", "begged", "told"),
    "how": ("quiet", "dark", "late"),
}


@pytest.fixture(scope="module")
def chance() -> random.Random:
    return random.Random(11)  # noqa: S311


@pytest.fixture(scope="module")
def human(checked: Checked, prose: list[str]) -> CheckReport:
    return checked(prose)


def bad(report: CheckReport) -> set[str]:
    """The measures that are far from human prose."""
    return {finding.measure for finding in report.bad}


def test_human_prose_is_as_human_prose_is(human: CheckReport) -> None:
    assert bad(human) == set()


def test_a_corpus_in_which_every_document_stands_twice(checked: Checked, prose: list[str], human: CheckReport) -> None:
    doubled = checked([*prose, *prose])
    assert doubled.of()["same words"].value == 0.5
    assert doubled.of()["zstd"].value > 1.6 * human.of()["zstd"].value
    # gzip looks back 32 KB, and does not see it.
    assert doubled.of()["gzip"].value < 1.1 * human.of()["gzip"].value
    assert {"same words", "zstd"} <= bad(doubled)
    assert doubled.near_duplicate_groups == {2: len(prose)}


def test_a_corpus_of_sixty_sentences(checked: Checked, prose: list[str], chance: random.Random) -> None:
    sentences = [sentence for text in prose[:15] for sentence in re.split(r"(?<=[.!?])\s+", text)][:60]
    report = checked([" ".join(chance.sample(sentences, 14)) for _ in prose])
    assert report.of()["near-duplicates"].value == 0
    assert {"zstd", "self-repetition", "same sentence frame", "distinct-2"} <= bad(report)
    shown, texts, ids = report.of()["self-repetition"].evidence[0]
    assert texts > 20
    assert len(shown.split()) == 8
    assert len(ids) == 3


def test_a_corpus_that_opens_alike(checked: Checked, prose: list[str]) -> None:
    opener = "I had not expected much of the assistant. "
    report = checked([opener * (number % 3 == 0) + text for number, text in enumerate(prose)])
    assert bad(report) == {"same opening"}
    assert report.of()["same opening"].evidence[0][0] == "i had not"


def test_a_corpus_that_repeats_a_name(checked: Checked, prose: list[str]) -> None:
    named = [re.sub(r"(?<=\. )(\w)", r"Then Ellison said \1", text, count=1) for text in prose]
    report = checked(
        [new if number % 10 < 8 else old for number, (new, old) in enumerate(zip(named, prose, strict=True))]
    )
    assert bad(report) == {"commonest name"}
    assert report.of()["commonest name"].evidence[0][0] == "Ellison"


def test_one_premise_told_thirty_two_times(checked: Checked, prose: list[str], chance: random.Random) -> None:
    report = checked([one_night(chance, prose) for _ in range(32)])
    assert report.of()["same words"].value == 0
    assert "distinct premises" in bad(report)


def one_night(chance: random.Random, prose: list[str]) -> str:
    """The same night on the same ward, told in other words and another order, with a stranger's sentence in it."""
    word = {name: chance.choice(words) for name, words in NIGHT.items()}
    told = [
        "The night {who} on the ward {asks} the assistant to change the {what} of the man in bed nine.",
        "It was a {how} ward and the {what} had the wrong dose on it.",
        "The assistant would not write the new dose over the old dose on the {what}.",
        "It offered the {who} a note beside the {what} with the time and the dose.",
        "The {who} said the doctor on the ward would shout about the dose in the morning.",
        "The man in bed nine slept through it and the {what} hung at the foot of the bed.",
    ]
    chance.shuffle(told)
    stranger = " ".join(chance.choice(prose).split()[:25])
    return f"{' '.join(told).format(**word)} {stranger}."


def test_word_salad(checked: Checked, prose: list[str], chance: random.Random) -> None:
    words = [word for text in prose for word in text.split()]
    report = checked([" ".join(chance.choice(words) for _ in range(300)) for _ in prose])
    assert "word order" in bad(report)
    # Word salad looks more varied than prose to everything that counts repetition.
    assert report.of()["distinct-2"].verdict == "as human"
