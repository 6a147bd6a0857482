from __future__ import annotations

from collections.abc import Callable

import pytest

from sdf.check import CheckContext, read
from sdf.check.form import check_form
from sdf.check.typography import typography_flags
from sdf.records import Words

Context = Callable[..., CheckContext]


@pytest.mark.parametrize(
    "text",
    [
        "She had had enough of it, and said that that was that.",
        "No, no. It was a long long way, and the rain went tap tap tap on the roof.",
        "None of them knew why the sum was left undefined.",
        "Of course the door was open. Certainly it was cold [laughs] in there.",
        "- I did not say so.\nHe looked at her, and 3 < 4 was all he could think of.",
        "A one-off, a European and a unit went to an hour of an honest man's talk.",
        "Wait ... for what? It was .5 of a mark, or so. And/or less...",
        "The table # is 7 and the * means a footnote; see the snake_case word.",
        "A zero\u200dwidth joiner and na\u00efve caf\u00e9s are fine, as is \u4f60\u597d.",
        "\u201cSure!\u201d she said.\n\n\u201cOf course!\u201d\n\nAbsolutely! The 0..9 sign.",
        "Here is the key. Sure, he said, I hope this works.",
        "Trust\n\nTrust is slow. The plan is a is to b as it was.",
    ],
)
def test_ordinary_prose_passes(text: str, context: Context) -> None:
    assert check_form(read(text), context()).flags == ()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "empty"),
        ("  \n \u2014 ", "empty"),
        ("<document>It rained.", "tag"),
        ("It rained.</rewrite>", "tag"),
        ("<scratchpad>short and sad</scratchpad> It rained.", "tag"),
        ("It <b>rained all day.", "tag"),
        ("It rained.<|im_end|>", "special token"),
        ("It rained.</s>", "special token"),
        ("It rained.<|endoftext|> And then", "special token"),
        ("[INST] It rained. [/INST]", "special token"),
        ("The owner, {{ name }}, left.", "template"),
        ("{% if x %}It rained.", "template"),
        ("Then {model_name} answered.", "template"),
        ("Then [opening_line] it rained.", "template"),
        ("She met None at the gate.", "absent value"),
        ("Dear undefined, it rained.", "absent value"),
        ("Certainly! It rained.", "chatter"),
        ("Here is the rewritten story about rain.", "chatter"),
        ("As an AI language model, I do not get wet.", "chatter"),
        ("It rained. I hope this helps!", "chatter"),
        ("It rained.\n\nWord count: 2", "chatter"),
        ("It rained.\n[end]", "chatter"),
        ("It rained on the the roof.", "doubled word"),
        ("The The roof leaked.", "doubled word"),
        ("He waited for\nfor the rain to stop.", "doubled word"),
        ("The letter letter was wet.", "doubled word"),
        ("Then it  rained.", "double space"),
        ("It rained , and stopped.", "stray mark"),
        ("It rained.. And stopped.", "stray mark"),
        ("She ate a apple.", "article"),
        ("She is an teacher.", "article"),
        ("Bring a(n) umbrella.", "article"),
        ("It\u202erained.", "control"),
        ("It\x07 rained.", "control"),
        ("\ufeffIt rained.", "control"),
        ("It\u00e2\u20ac\u2122s raining.", "mojibake"),
        ("# Rain\n\nIt rained.", "heading"),
        ("It **really** rained.", "bold"),
        ("Bring:\n- a coat\n- a hat", "bullet"),
        ("| day | rain |\n|---|---|", "table"),
        ("See [the forecast](rain.html).", "link"),
        ("```\nrain\n```", "code fence"),
    ],
)
def test_slips_are_flagged(text: str, rule: str, context: Context) -> None:
    verdict = check_form(read(text), context())
    assert verdict.passed is False
    assert rule in {flag.rule for flag in verdict.flags}


def test_a_flag_points_at_what_it_found(context: Context) -> None:
    text = "\u0130stanbul slept.\nThen {model_name} answered."
    (flag,) = check_form(read(text), context()).flags
    assert text[flag.start : flag.stop] == "{model_name}"


def test_markdown_passes_where_the_form_is_markdown(context: Context) -> None:
    text = "# Rain\n\n- It **rained**\n- It [stopped](a.html)"
    assert check_form(read(text), context(markup="markdown")).passed


@pytest.mark.parametrize(
    ("n_words", "expected"),
    [(79, ["too short"]), (80, []), (250, []), (251, ["too long"])],
)
def test_length_may_leave_the_band_a_little(n_words: int, expected: list[str], context: Context) -> None:
    text = " ".join(["rain", "wind"] * 200).split()[:n_words]
    band = Words(low=100, high=200, target=150)
    verdict = check_form(read(" ".join(text)), context(words=band))
    assert [flag.rule for flag in verdict.flags] == expected


def test_an_assistant_may_be_polite_in_its_own_voice(context: Context) -> None:
    text = "Certainly! I hope this helps."
    assert check_form(read(text), context()).passed is False
    assert check_form(read(text), context(own_voice=True)).passed is True


def test_without_a_band_the_verdict_says_so(context: Context) -> None:
    verdict = check_form(read("It rained."), context(words=None))
    assert verdict.passed
    assert "length was not checked" in verdict.note


def test_a_label_may_stand_apart_from_what_it_heads() -> None:
    assert typography_flags(read("R-07  Staying beyond the hour\n\nThe hall closes at five.")) == []
    assert [flag.rule for flag in typography_flags(read("The hall  closes at five."))] == ["double space"]
