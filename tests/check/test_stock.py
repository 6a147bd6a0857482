from __future__ import annotations

from collections.abc import Callable

import pytest

from sdf.check import CheckContext, read
from sdf.check.stock import check_stock

Context = Callable[..., CheckContext]
PLAIN = "The mill stood by the river, and the men who worked it went home at six. "


@pytest.mark.parametrize(
    "text",
    [
        PLAIN * 10,
        "In the end, it was a testament to the town. " + PLAIN * 10,
        "It was tested in a room. He couldn't help. The weight of the box was noted.",
        "He did not eat but she did. It was not warm, but he stayed.",
        "One \u2014 two \u2014 three. Wet-and-dry work, twenty-one days of it.",
        "Not only the miller but his son came. It was not late. It is now.",
        "She delved in the garden and navigated by stars over a rich field.",
    ],
)
def test_a_few_stock_turns_pass(text: str, context: Context) -> None:
    assert check_stock(read(text), context()).flags == ()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (
            "A testament to hope. In the end, it's worth noting.",
            "stock phrase",
        ),
        ("He let out a breath. She nodded slowly. Something shifted.", "stock phrase"),
        (
            "Let us delve into the rich tapestry.\nShe couldn\u2019t help but weep.",
            "stock phrase",
        ),
        ("Little did they know. Make no mistake. Here\u2019s the thing.", "stock phrase"),
        (
            "It rained \u2014 and \u2014 then \u2014 it \u2014 all \u2014 just \u2014 so \u2014 ended.",
            "dash",
        ),
        ("It rained -- hard -- and -- then -- it -- all -- just -- stopped.", "dash"),
        (
            "Not fear but hope. Not just rain but snow. Not loss but gain. Never war but peace. Not me but you.",
            "contrast",
        ),
        (
            "It isn't fear. It's hope. It wasn't rain; it was snow. It's not a loss, it's a gain. "
            "This is not war \u2014 it's peace. That was not a man. It was a bear.",
            "contrast",
        ),
    ],
)
def test_many_are_flagged(text: str, rule: str, context: Context) -> None:
    assert rule in {flag.rule for flag in check_stock(read(text), context()).flags}


def test_the_allowance_grows_with_the_text(context: Context) -> None:
    three = "He let out a breath. She nodded slowly. Something shifted. "
    assert check_stock(read(three + PLAIN * 10), context()).passed is False
    assert check_stock(read(three + PLAIN * 100), context()).passed is True


def test_a_pass_still_says_what_was_counted(context: Context) -> None:
    assert check_stock(read("In the end, it rained."), context()).note.startswith("1 stock phrase")
