"""The judge's answer."""

from __future__ import annotations

import json

import pytest

from sdf.write.judge import SCORES, read_judgement


def answer(faults: list[dict[str, str]] | None = None, **scores: int) -> str:
    told: dict[str, object] = {name: {"score": scores.get(name, 8), "quotation": "a line"} for name in SCORES}
    return json.dumps(told | {"faults": faults or []})


def test_good_scores_pass() -> None:
    verdict = read_judgement(answer(), "text", least=6)
    assert verdict is not None
    assert verdict.passed is True
    assert verdict.note.startswith("faithful=8")


def test_a_low_score_fails_and_is_named() -> None:
    verdict = read_judgement(answer(prose=4), "text", least=6)
    assert verdict is not None
    assert verdict.passed is False
    assert verdict.flags[0].rule == "prose"


def test_a_fault_counts_only_with_its_evidence() -> None:
    fault = [{"fault": "invented_world", "quotation": "a study says"}]
    with_it = read_judgement(answer(fault), "Look: a study says so.", least=6)
    without = read_judgement(answer(fault), "Nothing of the kind.", least=6)
    assert with_it is not None
    assert with_it.passed is False
    assert with_it.flags[0].start == 6
    assert without is not None
    assert without.passed is True


@pytest.mark.parametrize(
    "broken", ["", "{}", "[1]", "null", answer(prose=11), answer().replace("faults", "flaws"), answer()[:40]]
)
def test_an_answer_that_is_not_by_the_schema_is_no_verdict(broken: str) -> None:
    assert read_judgement(broken, "text", least=6) is None
