"""The phrase grammar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdf.errors import GenreError
from sdf.providers.offline.grammar import Voice, parse


def voice(rules: Mapping[str, Sequence[str]], seed: int = 1, **values: object) -> Voice:
    return Voice(rules, values, seed)


def test_gaps_are_filled() -> None:
    rules = {"line": ["{^who} asked {ai} for [thing]."], "thing": ["the {setting.noun}"]}
    said = voice(rules, who="ada", ai="Orin", setting={"noun": ["ledger"]}).say("line")
    assert said == "Ada asked Orin for the ledger."


def test_a_rule_is_a_deck_that_repeats_nothing_before_all_were_dealt() -> None:
    spoken = voice({"word": ["a", "b", "c", "d"]})
    first, second = [[spoken.say("word") for _ in range(4)] for _ in range(2)]
    assert sorted(first) == sorted(second) == ["a", "b", "c", "d"]


def test_a_list_is_dealt_likewise() -> None:
    spoken = voice({"r": ["{things}"]}, things=["x", "y", "z"])
    assert sorted(spoken.say("r") for _ in range(3)) == ["x", "y", "z"]


def test_inline_choices_may_hold_gaps() -> None:
    said = {voice({"r": ["[red|{who}'s|[deep]]"], "deep": ["blue"]}, seed, who="Ada").say("r") for seed in range(40)}
    assert said == {"red", "Ada's", "blue"}


def test_the_clause_mark_fits_a_sentence_into_another() -> None:
    rules = {"r": ["because {~line}"]}
    assert voice(rules, line="Trust is slow.").say("r") == "because trust is slow"
    assert voice(rules, line="Orin's word holds.", proper_names=("Orin",)).say("r") == "because Orin's word holds"
    assert voice(rules, line="I was there.").say("r") == "because I was there"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("hour", "an hour"),
        ("unit", "a unit"),
        ("apple", "an apple"),
        ("pear", "a pear"),
        ("honest clerk", "an honest clerk"),
    ],
)
def test_articles(word: str, said: str) -> None:
    assert voice({"r": ["a(n) {w}"]}, w=word).say("r") == said


def test_a_plain_article_gives_way_to_the_word_that_a_gap_brings() -> None:
    assert voice({"r": ["a {w} and an {x}, an hour, a unit, plan A"]}, w="enquirer", x="pear").say("r") == (
        "an enquirer and a pear, an hour, a unit, plan A"
    )


def test_paragraphs_come_to_about_the_words_asked_for() -> None:
    rules = {"p": [f"{'word ' * n}end." for n in range(10, 40)]}
    for wanted in (30, 100, 250):
        text = voice(rules).say("p", words=wanted)
        assert abs(len(text.split()) - wanted) <= 40
        assert "\n\n" in text or wanted == 30


def test_literal_brackets() -> None:
    assert voice({"r": [r"\[sic\] \{x\}"]}).say("r") == "[sic] {x}"


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"r": ["[gone]"]}, "no phrase table has a rule `gone`"),
        ({"r": ["{gone}"]}, "a value that is not there"),
        ({"r": ["[a|b"]}, "unclosed"),
        ({"r": ["a]"]}, "stray"),
        ({"r": ["[Some Thing]"]}, "names no rule"),
        ({"r": ["[r]"]}, "without end"),
        ({"r": ["{}"]}, "without a name"),
    ],
)
def test_faults_are_named(rules: dict[str, list[str]], message: str) -> None:
    with pytest.raises(GenreError, match=message):
        voice(rules).say("r")


def test_a_phrase_that_doubles_without_end_is_stopped() -> None:
    rules = {f"r{n}": [f"[r{n + 1}][r{n + 1}]"] for n in range(30)} | {"r30": ["x" * 50]}
    with pytest.raises(GenreError, match=r"grows past|without end"):
        voice(rules).say("r0")


@given(st.text(alphabet="ab[]{}|^~\\ .", max_size=30))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        parse(text)
    except GenreError:
        return


@given(st.integers(0, 2**64 - 1))
def test_the_same_seed_says_the_same(seed: int) -> None:
    rules = {"r": ["[a|b|c] [s] {things}"], "s": ["1", "2", "3"]}
    one, two = (voice(rules, seed, things=["x", "y"]) for _ in range(2))
    assert [one.say("r") for _ in range(5)] == [two.say("r") for _ in range(5)]


def test_values_are_never_parsed() -> None:
    hostile = "{who} [rule] a|b ]["
    assert voice({"r": ["{line}"]}, line=hostile).say("r") == hostile
