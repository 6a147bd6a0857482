"""Locales by BCP-47 tag: how a recipe names them, and how long a text is in each.

English texts are set in the places of `names.toml`. Every other tag stands for a text
written natively in its language, with the names of `genres/_shared/locales/<tag>.toml`
or, where there is no such file, names that the writer chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from sdf.errors import RecipeError
from sdf.records import Brief, Record, Words

ENGLISH = "en"
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3}(?:-[a-z]{3}){0,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?P<rest>(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?)",
    re.IGNORECASE,
)
_CHARACTERS_FOR_TEN_WORDS = {
    **dict.fromkeys(("zh", "cmn", "yue", "wuu", "nan", "hak", "lzh"), 17),
    "ja": 22,
    "th": 45,
    "lo": 45,
    "km": 50,
    "my": 55,
}
"""Characters, blanks left out, that say what ten English words say.

Translators reckon 1,600 to 1,800 Chinese and 2,000 to 2,400 Japanese characters for a
thousand English words. Thai has about as many words as English, of four to five
characters with their vowel signs; Lao, Khmer and Burmese are put beside it.
"""
_TOKEN_HEAVY = {"ar": 2, "ru": 2, "uk": 2, "ko": 2, "zh": 2, "ja": 2, "he": 2, "fa": 2, "el": 2}
_TOKENS_MOST = 3
_LATIN = frozenset(
    [
        "af",
        "bs",
        "ca",
        "cs",
        "cy",
        "da",
        "de",
        "en",
        "eo",
        "es",
        "et",
        "eu",
        "fi",
        "fil",
        "fr",
        "ga",
        "gl",
        "ha",
        "hr",
        "hu",
        "id",
        "ig",
        "is",
        "it",
        "jv",
        "la",
        "lb",
        "lt",
        "lv",
        "mg",
        "ms",
        "mt",
        "nb",
        "nl",
        "nn",
        "no",
        "pl",
        "pt",
        "ro",
        "rw",
        "sk",
        "sl",
        "sn",
        "so",
        "sq",
        "st",
        "su",
        "sv",
        "sw",
        "tl",
        "tn",
        "tr",
        "vi",
        "xh",
        "yo",
        "zu",
    ]
)
_SCRIPTS = {
    **dict.fromkeys(("zh", "cmn", "yue", "wuu", "nan", "hak", "lzh"), "Hani"),
    **dict.fromkeys(("ru", "uk", "be", "bg", "mk", "kk", "ky", "mn", "tg"), "Cyrl"),
    **dict.fromkeys(("ar", "arz", "fa", "ur", "ps", "ckb", "sd", "ug"), "Arab"),
    **dict.fromkeys(("hi", "mr", "ne", "mai", "bho", "sa"), "Deva"),
    **dict.fromkeys(("he", "yi"), "Hebr"),
    **dict.fromkeys(("bn", "as"), "Beng"),
    **dict.fromkeys(("am", "ti"), "Ethi"),
    **dict.fromkeys(("sr", "az", "uz", "pa"), ""),  # written in more than one
    **{"ja": "Jpan", "ko": "Hang", "th": "Thai", "el": "Grek", "hy": "Armn", "ka": "Geor", "lo": "Laoo"},
    **{"km": "Khmr", "my": "Mymr", "ta": "Taml", "te": "Telu", "kn": "Knda", "ml": "Mlym", "si": "Sinh", "gu": "Gujr"},
}
_WRITTEN_AS = {"Hans": "Hani", "Hant": "Hani", "Kore": "Hang", "Aran": "Arab", "Hira": "Jpan", "Kana": "Jpan"}


class Length(Record):
    """A length band in the unit that a language is counted in; blanks are no characters."""

    low: int
    high: int
    target: int
    unit: Literal["words", "characters"] = "words"


def canonical(tag: str) -> str:
    """A BCP-47 tag in its usual case: `ZH-hans-cn` is `zh-Hans-CN`.

    Raises:
        RecipeError: it is not a tag that begins with a language code of two or three letters.
    """
    found = _TAG.fullmatch(tag)
    if found is None:
        meant = tag.replace("_", "-")
        near = canonical(meant) if meant != tag and _TAG.fullmatch(meant) else "ja-JP, pt-BR or zh-Hans-CN"
        raise RecipeError(f"[locales] `{tag}` is no BCP-47 tag", where="sdf.toml", hint=f"Write it like {near}.")
    parts = [found["language"].lower(), (found["script"] or "").title(), (found["region"] or "").upper()]
    return "-".join(part for part in parts if part) + found["rest"].lower()


def chosen_locales(locales: Mapping[str, float]) -> dict[str, float]:
    """The recipe's `[locales]` by canonical tag, those without weight left out; empty is English alone.

    Raises:
        RecipeError: a tag is none, stands there twice, or nothing has any weight.
    """
    chosen: dict[str, float] = {}
    for tag, weight in locales.items():
        name = canonical(tag)
        if name in chosen:
            raise RecipeError(f"[locales] names {name} twice", where="sdf.toml", hint="Keep one of them.")
        chosen[name] = weight
    if chosen and not sum(chosen.values()) > 0:
        raise RecipeError("no locale has any weight", where="sdf.toml", hint=f"Give one, or drop {min(chosen)}.")
    return {tag: weight for tag, weight in sorted(chosen.items()) if weight > 0}


def refuse_offline(locales: Iterable[str], writer: str) -> None:
    """Say before anything is written that the offline provider knows English only.

    Raises:
        RecipeError: `writer` is `offline` and a locale is not English.
    """
    other = [tag for tag in locales if not is_english(tag)]
    if writer == "offline" and other:
        raise RecipeError(
            f"[locales] asks for {', '.join(other)}, and the offline provider writes English only",
            where="sdf.toml",
            hint="Name a model under [models] writer, or keep only `en` in [locales].",
        )


def primary(tag: str) -> str:
    """The language of a tag: `pt` of `pt-BR`."""
    return tag.partition("-")[0]


def is_english(tag: str) -> bool:
    """Whether texts of this tag are English."""
    return primary(tag) == ENGLISH


def script_of(tag: str) -> str:
    """The ISO 15924 code of the script that a tag's texts are in, or nothing where it is not known."""
    found = _TAG.fullmatch(tag)
    named = (found["script"] or "") if found else ""
    if named:
        return _WRITTEN_AS.get(named, named)
    return _SCRIPTS.get(primary(tag), "Latn" if primary(tag) in _LATIN else "")


def characters_for_ten_words(tag: str) -> int:
    """How many characters of a language without blanks stand for ten words; 0 where words are counted."""
    return 0 if script_of(tag) == "Latn" else _CHARACTERS_FOR_TEN_WORDS.get(primary(tag), 0)


def length_in(tag: str, words: Words) -> Length:
    """A band in words as the band that a text of this language must keep."""
    ratio = characters_for_ten_words(tag)
    if not ratio:
        return Length(low=words.low, high=words.high, target=words.target)
    low, high, target = ((number * ratio + 50) // 100 * 10 for number in (words.low, words.high, words.target))
    return Length(low=low, high=high, target=target, unit="characters")


def measured(tag: str, text: str) -> int:
    """How long a text is in the unit of its language."""
    parts = text.split()
    return sum(map(len, parts)) if characters_for_ten_words(tag) else len(parts)


def words_of(tag: str, text: str) -> int:
    """How long a text is in English words, so that tables may add languages up."""
    ratio = characters_for_ten_words(tag)
    return measured(tag, text) * 10 // ratio if ratio else measured(tag, text)


def language_of(brief: Brief) -> str:
    """The tag of the language that a brief's document is written in."""
    return brief.axes.get("language", ENGLISH)


def token_factor(tag: str) -> int:
    """By how much a stage's token limit is to be raised, because tokenizers cut this language finer."""
    if is_english(tag) or script_of(tag) == "Latn":
        return 1
    return _TOKEN_HEAVY.get(primary(tag), _TOKENS_MOST)
