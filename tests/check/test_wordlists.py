from __future__ import annotations

from importlib import resources

import pytest

from sdf.check.reading import read
from sdf.check.wordlists import packaged_lines, packaged_table, phrase_table
from sdf.errors import InputError


def found(lines: list[str], text: str) -> list[str]:
    return [text[start:stop] for _, start, stop in phrase_table(lines).find(read(text))]


def test_alternatives_stand_for_each_other() -> None:
    text = "He delves into it, they Delve\ninto it, and delving is gone."
    assert found(["delve(|s) into"], text) == ["delves into", "Delve\ninto"]


def test_only_whole_words_count() -> None:
    assert found(["the brief"], "The briefcase. the brief's end. In the brief. A lathe brief.") == [
        "the brief",
        "the brief",
    ]


def test_a_caret_asks_for_the_start_of_a_line() -> None:
    text = "Stance: firm. His stance: firm.\n  **Stance:** soft"
    assert found(["^stance:"], text) == ["Stance:", "Stance:"]


def test_two_carets_ask_for_the_start_of_the_text() -> None:
    assert found(["^^sure!"], "  # Sure! Yes.\nSure! No.") == ["Sure!"]


def test_a_curly_apostrophe_is_an_apostrophe() -> None:
    assert found(["couldn't help but"], "She couldn\u2019t help but smile.") == ["couldn\u2019t help but"]


def test_a_phrase_without_a_word_is_refused() -> None:
    with pytest.raises(InputError, match="has no word"):
        phrase_table(["..."])


def test_every_packaged_list_compiles_and_says_what_it_is() -> None:
    folder = resources.files("sdf.check").joinpath("phrases")
    names = sorted(entry.name.removesuffix(".txt") for entry in folder.iterdir())
    assert "stock_phrases" in names
    for name in names:
        assert folder.joinpath(f"{name}.txt").read_text("utf-8").startswith("#")
        assert len(packaged_lines(name)) == len(set(packaged_lines(name)))
        packaged_table(name)


def test_the_stock_list_is_long_enough_to_matter() -> None:
    assert len(packaged_lines("stock_phrases")) >= 140
