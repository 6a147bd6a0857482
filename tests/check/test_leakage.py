from __future__ import annotations

from collections.abc import Callable

import pytest

from sdf.check import CheckContext, read
from sdf.check.leakage import check_leakage

Context = Callable[..., CheckContext]


@pytest.mark.parametrize(
    "text",
    [
        "She took a training course, and the evaluation of the harvest took a week.",
        "Section 12 of the lease forbids dogs, and clause 4 forbids cats.",
        "In principle I agree. In principle one could go. Rule number one: never lend tools.",
        "Rule 4 of the bridge club is older than the club.",
        "His stance on the pitch was wide. The centrality of the market was plain.",
        "She was prompt, and in brief the brief was long. The barrister read the brief.",
        "Well-being is not a number. The town-hall was full. They believed in honest dealing.",
        "He trained to be a nurse. The form: two pages. The tone was kind.",
        "The premise was sound. The judge asked the audience to sit.",
        "This essay was written by a clerk. As requested, I enclose the log. The bees found the honeypot.",
        "She waited as instructed, and roamed as far as the brief allows. The rubric was red.",
        "Resolution: the fence stays.\nTraining documents for new staff.\nSeed: barley.",
        "It was a matter of care for those outside the room.",
    ],
)
def test_ordinary_prose_passes(text: str, context: Context) -> None:
    assert check_leakage(read(text), context()).flags == ()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("This follows from principle 4.", "rule number"),
        ("See rule #3 for that.", "rule number"),
        ("Principle IV forbids it.", "rule number"),
        ("It breaks guideline 2.1 at once.", "rule number"),
        ("As section 2.1 of the constitution says.", "part number"),
        ("Read the Charter, article IX, again.", "part number"),
        ("This is care-for-others at work.", "principle id"),
        ("This is honest-dealing at work.", "principle id"),
        ("It is about power_sharing.", "principle id"),
        ("This document was generated to teach an AI.", "talk of the making"),
        ("As the brief asks, the story is short.", "talk of the making"),
        ("As instructed, the story is short.", "talk of the making"),
        ("Stance: sceptical\n\nIt rained.", "talk of the making"),
        ("**Centrality:** passing", "talk of the making"),
        ("It obeyed its system prompt.", "talk of training"),
        ("It saw this in its training data.", "talk of training"),
        ("The model was fine-tuned twice.", "talk of training"),
    ],
)
def test_talk_of_the_making_is_flagged(text: str, rule: str, context: Context) -> None:
    verdict = check_leakage(read(text), context())
    assert rule in {flag.rule for flag in verdict.flags}


def test_the_ai_may_speak_of_its_training_in_its_own_voice(context: Context) -> None:
    text = "I was shaped by training data and fine-tuning."
    assert check_leakage(read(text), context()).passed is False
    assert check_leakage(read(text), context(own_voice=True)).passed is True
