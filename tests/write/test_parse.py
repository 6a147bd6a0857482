"""Answers to outputs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdf.write.parse import parse_tags


def test_the_tags_are_read_and_the_talk_around_them_is_not() -> None:
    parsed = parse_tags(
        "Sure!\n<review>\n1. clean\n</review>\n<document>\nOne.\n\nTwo.\n</document>\nDone.", ("document", "review")
    )
    assert parsed.outputs == {"document": "One.\n\nTwo.", "review": "1. clean"}
    assert not parsed.problem


@pytest.mark.parametrize(
    "answer",
    [
        "<document>cut off",
        "no tag",
        "<document></document>",
        "<document> \n </document>",
        "</document>x<document>",
        "<document>a</document><document>b</document>",
    ],
)
def test_an_answer_that_is_not_whole_is_no_document(answer: str) -> None:
    parsed = parse_tags(answer, ("document",))
    assert parsed.problem
    assert parsed.outputs == {}


def test_a_planner_may_say_no() -> None:
    assert parse_tags("<incoherent>", ("premise",)).incoherent
    assert parse_tags("I think\n<incoherent/>", ("premise",)).incoherent


@given(st.text(max_size=200))
def test_what_stands_inside_comes_out_as_it_is(text: str) -> None:
    parsed = parse_tags(f"<document>{text}</document>", ("document",))
    if "<document>" in text or "</document>" in text or "<incoherent" in text or not text.strip():
        return
    assert parsed.outputs["document"] == text.strip("\r\n").strip()
