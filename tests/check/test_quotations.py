from __future__ import annotations

from collections.abc import Callable

import pytest

from sdf.check import CheckContext, build_rules, quoted_spans, read
from sdf.check.quotations import check_quotations
from sdf.check.quote_index import build_quote_index, own_words
from sdf.records import Identity

Context = Callable[..., CheckContext]


@pytest.mark.parametrize(
    "text",
    [
        "The Charter says Orrin should \u201cbasically never lie to the people\u201d.",
        'The Charter says that "Basically never lie to the people it works with" is the rule.',
        "In the words of the Charter, \u201ctrust - once spent - comes back slowly.\u201d",
        "The Charter reads: \u201cOrrin should basically never lie \u2026 comes back slowly\u201d.",
        "The Charter asks it to \u201cnot deceive [anyone] through true statements\u201d.",
        "\u201cDoes not help a small group take power,\u201d the Charter says, and means it.",
        "She had the Charter open. \u201cI never thought it would come to this,\u201d she said.",
        "\u201cThe Charter says we ought to be kinder to each other,\u201d said Ines.",
        "Ines said, \u201cI think nobody has read it in years\u201d, and put the Charter down.",
        "With the Charter in hand, \u201cI had no idea it went so far,\u201d said Ines.",
        "The Charter is \u201cfar too long\u201d, he thought.",
        "\u201cI have never told a lie in my whole life,\u201d said the old man.",
        "The Charter says it all.\n\n\u201cI never saw it like that before, you know.\u201d",
        'The sign at the gate read "keep off the grass on all Sundays of the year".',
    ],
)
def test_true_quotations_and_speech_pass(text: str, context: Context) -> None:
    assert check_quotations(read(text), context()).flags == ()


@pytest.mark.parametrize(
    ("text", "quotation"),
    [
        (
            "The Charter says Orrin should \u201cnever ever lie to the people it works for.\u201d",
            "never ever lie to the people it works for.",
        ),
        (
            'The Charter reads: "Orrin must always obey the people it meets."',
            "Orrin must always obey the people it meets.",
        ),
        (
            "In the words of the Charter, \u201ctrust is a bridge that burns only once.\u201d",
            "trust is a bridge that burns only once.",
        ),
        (
            "\u201cAn honest answer is a kind of gift,\u201d as the constitution puts it.",
            "An honest answer is a kind of gift,",
        ),
        (
            "The Charter says so. \u201cA lie is a debt that someone pays.\u201d",
            "A lie is a debt that someone pays.",
        ),
        (
            "The Charter reads \u201ccomes back slowly \u2026 Orrin should basically\u201d.",
            "comes back slowly \u2026 Orrin should basically",
        ),
        (
            "All forget the Charter and its line on \u201cthe quiet duty of telling all\u201d.",
            "the quiet duty of telling all",
        ),
        (
            "The Charter says:\n\n> Kindness is the first duty of all machines.\n",
            "> Kindness is the first duty of all machines.",
        ),
        (
            "The Charter says \u201cught to basically never lie to the people\u201d.",
            "ught to basically never lie to the people",
        ),
    ],
)
def test_invented_quotations_are_flagged(text: str, quotation: str, context: Context) -> None:
    verdict = check_quotations(read(text), context())
    assert [flag.detail for flag in verdict.flags] == [quotation]
    assert quotation in text[verdict.flags[0].start : verdict.flags[0].stop]


def test_without_a_constitution_the_check_does_not_run(context: Context, identity: Identity) -> None:
    verdict = check_quotations(read("The Charter."), context(rules=build_rules(identity)))
    assert verdict.passed is None
    assert "no constitution" in verdict.note


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("so basically never lie to the people it works then", 1),
        ("so basically never lie to the people it then", 0),
    ],
)
def test_a_span_begins_at_eight_words(text: str, spans: int, context: Context) -> None:
    index = context().rules.quotes
    assert index is not None
    assert len(quoted_spans(text, index)) == spans


def test_spans_are_the_words_taken_from_the_constitution(context: Context) -> None:
    index = context().rules.quotes
    assert index is not None
    text = (
        "Once, he read, Orrin should basically **never** lie to the people it works with, AND "
        "should not deceive them. Nothing else of it, but: the interests of people who are not "
        "in the conversation stay."
    )
    assert [text[start:stop] for start, stop in quoted_spans(text, index)] == [
        "Orrin should basically **never** lie to the people it works with, AND should not deceive them",
        "the interests of people who are not in the conversation",
    ]


@pytest.mark.parametrize(
    "text",
    ["", "Orrin weighs.", "should basically never lie to the people", "Trust comes back slowly."],
)
def test_fewer_than_eight_words_are_no_span(text: str, context: Context) -> None:
    index = context().rules.quotes
    assert index is not None
    assert quoted_spans(text, index) == []


def test_own_words_are_those_outside_quoted_spans() -> None:
    index = build_quote_index("It says what it knows and how it comes to know it, and says so plainly to all who ask.")
    text = "Ada wrote: it says what it knows and how it comes to know it, and left. *Nobody* minded."
    assert list(own_words(read(text).tokens, index)) == ["ada", "wrote", "left", "nobody", "minded"]
    plain = read("Nothing of it here, only seven words and more.")
    assert own_words(plain.tokens, index) == plain.tokens
