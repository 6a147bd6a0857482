from __future__ import annotations

from collections.abc import Callable

import pytest

from sdf.check import CheckContext, read
from sdf.check.names import check_names
from sdf.records import Names

Context = Callable[..., CheckContext]


@pytest.mark.parametrize(
    "text",
    [
        "Ines Okafor walked home. Okafor\u2019s hat was wet, and Ines's too.",
        "In Troms\u00f8 the Harbour Trust asked Orrin, which Halden Works had made.",
        "Grace was what she needed. It was said with grace.",
        "A wren sang over the harbour in May. The sable is shy.",
        "She came from Oslo with Pavel Novak, who is on no list.",
        "The new haven was quiet. Sarah sat down. Mr. Chen left.",
        "NASA and the BBC sent people.",
    ],
)
def test_allowed_and_ordinary_words_pass(text: str, context: Context) -> None:
    assert check_names(read(text), context()).flags == ()


@pytest.mark.parametrize(
    ("text", "rule", "name"),
    [
        ("Then Tadeusz walked in.", "pool name", "Tadeusz"),
        ("Tadeusz\u2019s hat was wet.", "pool name", "Tadeusz"),
        ("They met Ines Tadeusz-Okafor there.", "pool name", "Tadeusz"),
        ("She asked Grace about it.", "pool name", "Grace"),
        ("They moved to Maribor.", "pool name", "Maribor"),
        ("They moved to New Haven in spring.", "pool name", "New Haven"),
        ("\u201cElara,\u201d he said.", "banned name", "Elara"),
        ("Her name was Sarah Chen.", "banned name", "Sarah Chen"),
        ("She asked ChatGPT instead.", "foreign name", "ChatGPT"),
        ("It was built on GPT-4.", "foreign name", "GPT"),
        ("A rival of OpenAI's.", "foreign name", "OpenAI"),
        ("Google DeepMind did it.", "foreign name", "Google DeepMind"),
        ("The AI was called Sable, oddly.", "pool name", "Sable"),
    ],
)
def test_watched_names_are_flagged(text: str, rule: str, name: str, context: Context) -> None:
    flags = check_names(read(text), context()).flags
    assert (rule, name) in {(flag.rule, flag.detail) for flag in flags}
    assert all(text[flag.start : flag.stop] == flag.detail for flag in flags)


def test_a_brief_may_allow_a_pool_name(context: Context) -> None:
    text = "They moved to New Haven, and Sable answered."
    names = Names(people=(), ai="Sable", place="New Haven", organisation="Wren Mill")
    assert check_names(read(text), context()).passed is False
    assert check_names(read(text), context(names=names)).passed is True


def test_without_names_the_check_does_not_run(context: Context) -> None:
    assert check_names(read("Then Tadeusz walked in."), context(names=None)).passed is None
