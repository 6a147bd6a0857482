"""Words and digits in any script."""

from __future__ import annotations

import pytest

from sdf.plan.scripts import ascii_digits, is_mark, is_spaceless, script_share, token_pattern, word_pattern


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("it's a mill", ["it", "s", "a", "mill"]),
        ("記録は残る", ["記", "録", "は", "残", "る"]),
        ("他用AI写", ["他", "用", "AI", "写"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("كِتَاب جديد", ["كِتَاب", "جديد"]),
        ("한국어로 쓴다", ["한국어로", "쓴다"]),
        ("می\u200cرود", ["می\u200cرود"]),
        ("Ọláwálé́ ran", ["Ọláwálé́", "ran"]),
    ],
)
def test_tokens_are_words_or_single_characters(text: str, expected: list[str]) -> None:
    assert token_pattern(text).findall(text) == expected


def test_words_keep_apostrophes_in_scripts_with_blanks() -> None:
    text = "l'été n'est pas 夏's"
    assert word_pattern(text).findall(text) == ["l'été", "n'est", "pas", "夏", "s"]


def test_characters_tell_how_they_are_written() -> None:
    assert all(map(is_spaceless, "漢かカกກကក"))
    assert not any(map(is_spaceless, "a가بअя1、"))
    assert is_mark("ि")
    assert not is_mark("क")


def test_digits_of_every_script_keep_their_place() -> None:
    assert ascii_digits("٢٠٢٤ में २०२४, ๒๕๖๗ ２０２４ 1") == "2024 में 2024, 2567 2024 1"


def test_the_share_of_a_script_is_of_letters_only() -> None:
    assert script_share("Да, 2024 — да!", "Cyrl") == 1
    assert script_share("Да, yes", "Cyrl") == pytest.approx(2 / 5)
    assert script_share("…", "Cyrl") == 1
