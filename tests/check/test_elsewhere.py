"""Texts in other languages: what is native passes, what is wrong in any script is found."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sdf.check import CheckContext, OpeningCounter, check_document
from sdf.check.corpus import opening
from sdf.check.wordlists import language_table
from sdf.genres.load import load_catalogue
from sdf.genres.pack import NativeLocale
from sdf.records import Names, Verdict, Words
from tests.conftest import PACKS

Context = Callable[..., CheckContext]
TAGS = ("zh-Hans-CN", "ja-JP", "th-TH", "ar-EG", "hi-IN", "ru-RU", "de-DE", "fr-FR", "ko-KR", "es-MX", "pt-BR", "fr-SN")

NATIVE: dict[str, str] = tomllib.loads((Path(__file__).parent / "native.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def locales() -> dict[str, NativeLocale]:
    """The shipped pools of the languages that are tried here."""
    return {place.tag: place for place in load_catalogue(PACKS, ["essay"], TAGS).pools.native}


@pytest.fixture
def read_as(context: Context, locales: dict[str, NativeLocale]) -> Callable[..., dict[str, Verdict]]:
    """Check a text as one of a language, and give the verdicts by check."""

    def checked(text: str, tag: str, **fields: object) -> dict[str, Verdict]:
        base = context(words=Words(low=30, high=150, target=80))
        names = Names(people=(), ai="Orrin", place="", organisation="")
        fitted = replace(base, rules=replace(base.rules, locales=locales), names=names, language=tag, **fields)
        return {verdict.check: verdict for verdict in check_document(text, fitted)}

    return checked


Read = Callable[..., dict[str, Verdict]]


@pytest.mark.parametrize("tag", NATIVE)
def test_native_prose_passes_every_check(tag: str, read_as: Read) -> None:
    for name, verdict in read_as(NATIVE[tag], tag).items():
        assert verdict.flags == (), (name, [(flag.rule, flag.detail) for flag in verdict.flags])
        assert verdict.passed is True, name


def test_verdicts_say_what_was_left_out(read_as: Read) -> None:
    verdicts = read_as(NATIVE["ja-JP"], "ja-JP")
    assert "articles and doubled words are not checked" in verdicts["form"].note
    assert "the judge's" in verdicts["quotations"].note
    assert "dashes are not counted" in verdicts["stock"].note
    assert "other pools" in verdicts["names"].note


@pytest.mark.parametrize(
    ("tag", "found", "check", "rule"),
    [
        ("zh-Hans-CN", "那是2019年的事。", "invented_world", "year"),
        ("zh-Hans-CN", "那是二〇一九年的事。", "invented_world", "year"),
        ("ja-JP", "令和六年の春だった。", "invented_world", "year"),
        ("ja-JP", "２０２４年の春だった。", "invented_world", "year"),
        ("ko-KR", "2019년 봄이었다.", "invented_world", "year"),
        ("th-TH", "ตอนนั้น พ.ศ. ๒๕๖๗", "invented_world", "year"),
        ("ar-EG", "كان ذلك عام ٢٠١٩.", "invented_world", "year"),
        ("hi-IN", "यह २०१९ की बात है।", "invented_world", "year"),
        ("ru-RU", "Было это в 2019 году.", "invented_world", "year"),
        ("fr-FR", "C’était en 1987.", "invented_world", "year"),
        ("zh-Hans-CN", "有百分之三十的人。", "invented_world", "percentage"),
        ("ar-EG", "وافق ٣٠٪ منهم.", "invented_world", "percentage"),
        ("de-DE", "Das sind 30 Prozent.", "invented_world", "percentage"),
        ("zh-Hans-CN", "请看example.com的说明。", "invented_world", "address"),
        ("ja-JP", "〇〇さんが来た。", "invented_world", "placeholder"),
        ("zh-Hans-CN", "这是原则4的意思。", "leakage", "rule number"),
        ("ja-JP", "それは第3原則だ。", "leakage", "rule number"),
        ("ru-RU", "Это принцип № 4.", "leakage", "rule number"),
        ("ar-EG", "هذا المبدأ رقم ٤.", "leakage", "rule number"),
        ("es-MX", "Es el principio 4.", "leakage", "rule number"),
        ("ja-JP", "憲章の第3条だ。", "leakage", "part number"),
        ("ko-KR", "헌장 제3조다.", "leakage", "part number"),
        ("de-DE", "Verfassung, Artikel 3.", "leakage", "part number"),
        ("zh-Hans-CN", "训练数据里有。", "leakage", "talk of training"),
        ("hi-IN", "प्रशिक्षण डेटा में था।", "leakage", "talk of training"),
        ("zh-Hans-CN", "李明来了。", "names", "banned name"),
        ("ko-KR", "김철수가 왔다.", "names", "banned name"),
        ("ru-RU", "Пришёл Иванов.", "names", "banned name"),
        ("hi-IN", "अमित आया।", "names", "banned name"),
        ("ja-JP", "彼はChatGPTに聞いた。", "names", "foreign name"),
        ("th-TH", "เขาถามChatGPTก่อน", "names", "foreign name"),
        ("zh-Hans-CN", "他问过文心一言。", "names", "foreign name"),
        ("ja-JP", "以下は修正した文章です。", "form", "chatter"),
        ("th-TH", "คำ\u200eนี้", "form", "control"),
        ("ar-EG", "كلمة\u200bهنا", "form", "control"),
        ("de-DE", "**Wichtig** war es.", "form", "bold"),
    ],
)
def test_what_is_wrong_in_any_script_is_found(tag: str, found: str, check: str, rule: str, read_as: Read) -> None:
    verdict = read_as(found + "\n" + NATIVE[tag], tag)[check]
    assert rule in {flag.rule for flag in verdict.flags}, verdict


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("zh-Hans-CN", "他写了2000字，原则上有3个人看过。"),
        ("ko-KR", "원칙은 3가지였고 2000명이 왔다."),
        ("ru-RU", "Петрович привёз 1500 кирпичей."),
        ("hi-IN", "अमिताभ आया।"),
        ("ar-EG", "قال \u200fOrrin\u200f نعم."),
        ("th-TH", "คำ\u200bหนึ่ง"),
        ("de-DE", "Zimmer GX2024 war frei."),
        ("ja-JP", "3条の糸と2000円。"),
        ("fr-FR", "Il vint ; elle partit."),
        ("es-MX", "- Sí.\n- No.\n- Bueno."),
    ],
)
def test_what_only_looks_wrong_passes(tag: str, text: str, read_as: Read) -> None:
    for verdict in read_as(text + "\n" + NATIVE[tag], tag).values():
        assert verdict.flags == (), verdict


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("ja-JP", "en"),
        ("ja-JP", "zh-Hans-CN"),
        ("zh-Hans-CN", "ja-JP"),
        ("ru-RU", "en"),
        ("de-DE", "en"),
        ("fr-SN", "en"),
    ],
)
def test_a_text_in_another_language_is_found(tag: str, told: str, read_as: Read) -> None:
    english = (
        "She said that the boat would leave when they were ready, and there was the ledger, which nobody had "
        "signed. The cook went out from the kitchen with this and that."
    )
    text = english if told == "en" else NATIVE[told]
    assert "wrong language" in {flag.rule for flag in read_as(text, tag)["form"].flags}


def test_length_is_by_characters_where_there_are_no_blanks(read_as: Read) -> None:
    short = read_as("春が来た。", "ja-JP")["form"]
    assert [flag.rule for flag in short.flags] == ["too short"]
    assert short.flags[0].detail == "5 characters, allowed 56 to 412"
    assert read_as("나무 " * 200, "ko-KR")["form"].flags[0].detail.startswith("200 words")


@pytest.mark.parametrize(
    ("tag", "around"),
    [
        ("ja-JP", "憲章の原文には「{}」とある。"),
        ("zh-Hans-CN", "宪章的原文是“{}”。"),
        ("ru-RU", "В хартии сказано: «{}»."),
        ("de-DE", "In der Charta steht „{}“."),
        ("ar-EG", "في الميثاق: «{}»."),
    ],
)
def test_original_words_must_be_the_constitutions(tag: str, around: str, read_as: Read) -> None:
    true = around.format("trust — once spent — comes back slowly")
    false = around.format("trust once lost to people never comes back")
    assert read_as(true + "\n" + NATIVE[tag], tag)["quotations"].passed is True
    flags = read_as(false + "\n" + NATIVE[tag], tag)["quotations"].flags
    assert [flag.rule for flag in flags] == ["not in the constitution"]


def test_foreign_talk_far_from_the_constitution_is_nobodys_quotation(read_as: Read) -> None:
    far = "雨が降っていた。" * 40 + "船員は「never lie to the people it works with again」と歌った。"
    assert read_as("憲章の話をした。" + far, "ja-JP")["quotations"].passed is True


def test_names_that_the_writer_chose_cannot_be_checked(read_as: Read) -> None:
    verdict = read_as("Il demanda à sa sœur ce que la charte disait, et elle rit.", "fr-SN")["names"]
    assert verdict.passed is None
    assert "no names are kept for fr-SN" in verdict.note
    assert read_as("Il demanda à ChatGPT.", "fr-SN")["names"].passed is False


@pytest.mark.parametrize("language", ["zh", "ja", "th", "de", "fr", "es", "pt", "ar", "hi", "ru", "ko"])
def test_stock_phrases_of_a_language_add_up(language: str, read_as: Read) -> None:
    table = language_table("stock", language)
    assert table is not None
    phrases = [phrase for listed in table.by_anchor.values() for phrase in listed if not phrase.place]
    assert len(phrases) >= 25
    tag = next(tag for tag in TAGS if tag.startswith(language))
    worn = " \u3002 ".join(phrase.text for phrase in phrases[:12])
    assert "stock phrase" in {flag.rule for flag in read_as(worn, tag)["stock"].flags}


def test_contrasts_are_counted_in_their_own_words(read_as: Read) -> None:
    text = "这不是规矩，而是习惯。" * 6
    assert {flag.rule for flag in read_as(text, "zh-Hans-CN")["stock"].flags} == {"contrast"}


def test_openings_are_compared_by_characters() -> None:
    assert opening("朝、港の事務所で台帳を開くと、昨日の便が") == "朝 港 の 事 務 所 で 台 帳 を 開 く と 昨 日 の"
    assert opening("Утром в порту он открыл журнал и увидел") == "утром в порту он открыл журнал и увидел"
    counter = OpeningCounter(always=1)
    counter.add("essay", "朝、港の事務所で台帳を開くと、昨日の便が抜けていた。")
    assert counter.would_exceed("essay", "朝、港の事務所で台帳を開くと、昨日の雨だった。").passed is False
    assert counter.would_exceed("essay", "朝、港の事務所で犬が鳴いた。雨だった。戸口に兄がいた。").passed is True
