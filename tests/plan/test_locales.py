"""BCP-47 tags, weights, and lengths in characters."""

from __future__ import annotations

import pytest

from sdf.errors import RecipeError
from sdf.plan.locales import (
    canonical,
    chosen_locales,
    is_english,
    length_in,
    measured,
    refuse_offline,
    script_of,
    token_factor,
    words_of,
)
from sdf.records import Words


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("EN", "en"),
        ("ZH-hans-cn", "zh-Hans-CN"),
        ("es-419", "es-419"),
        ("sl-rozaj-biske", "sl-rozaj-biske"),
        ("th-th-u-CA-buddhist", "th-TH-u-ca-buddhist"),
        ("de-DE-x-Amt", "de-DE-x-amt"),
        ("zh-min-nan", "zh-min-nan"),
    ],
)
def test_any_tag_has_one_form(tag: str, expected: str) -> None:
    assert canonical(tag) == expected


@pytest.mark.parametrize(
    ("tag", "hint"),
    [
        ("ja_jp", "ja-JP"),
        ("japanese", "pt-BR"),
        ("", "pt-BR"),
        ("x-klingon", "pt-BR"),
        ("de-", "pt-BR"),
        ("日本", "pt-BR"),
    ],
)
def test_what_is_no_tag_is_refused_with_one_that_is(tag: str, hint: str) -> None:
    with pytest.raises(RecipeError, match="no BCP-47 tag") as refused:
        canonical(tag)
    assert hint in refused.value.hint


def test_weights_are_kept_by_tag_in_tag_order() -> None:
    assert list(chosen_locales({"ja-jp": 1, "en": 6, "fr": 0}).items()) == [("en", 6), ("ja-JP", 1)]
    assert chosen_locales({}) == {}


@pytest.mark.parametrize(
    ("locales", "says"),
    [({"en": 0}, "no locale has any weight"), ({"ja-JP": 1, "JA-jp": 2}, "names ja-JP twice")],
)
def test_weights_that_say_nothing_are_refused(locales: dict[str, float], says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        chosen_locales(locales)


def test_the_offline_provider_says_that_it_is_english() -> None:
    refuse_offline(["en", "en-GB"], "offline")
    refuse_offline(["en", "ja-JP"], "anthropic:some-model")
    with pytest.raises(RecipeError, match="ja-JP, and the offline provider writes English only"):
        refuse_offline(["en", "ja-JP"], "offline")


def test_bands_turn_into_characters_by_a_fixed_ratio() -> None:
    band = Words(low=400, high=800, target=555)
    assert length_in("de-DE", band).model_dump() == {"low": 400, "high": 800, "target": 555, "unit": "words"}
    assert length_in("zh-Hans-CN", band).model_dump() == {
        "low": 680,
        "high": 1360,
        "target": 940,
        "unit": "characters",
    }
    assert length_in("ja-JP", band).low == 880
    assert length_in("th-TH", band).low == 1800
    assert length_in("zh-Latn-CN", band).unit == "words"


def test_characters_are_counted_without_blanks() -> None:
    assert measured("ja-JP", "春、\n\u3000来る。") == 5
    assert measured("ko-KR", "봄이 온다.") == 2
    assert words_of("ja-JP", "あ" * 220) == 100
    assert words_of("ru-RU", "да нет") == 2


def test_scripts_and_their_price_in_tokens() -> None:
    assert [script_of(tag) for tag in ("ja-JP", "zh-Hant-TW", "ru", "de", "sr", "sr-Latn", "xyz")] == [
        *("Jpan", "Hani", "Cyrl", "Latn", "", "Latn", "")
    ]
    assert [token_factor(tag) for tag in ("en-GB", "de", "ja", "th")] == [1, 1, 2, 3]
    assert is_english("en-GB")
    assert not is_english("enm")
