"""The judge's answer: how it is read, and what counts as a pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sdf.records import Response, StopReason, Verdict
from sdf.write.judge import FAULTS, SCHEMA, SCORES, advised, judged, locate, parse_judgement, unscored

PIECE = "The ledger was short by three crowns. Orin said so before anyone had asked, “because it’s theirs to know”."
WORDS = "The ledger was short by three crowns."


def told(**changed: Any) -> dict[str, Any]:
    """A judgement without a complaint, and what a test changes of it; a number changes a score."""
    scores = {name: {"best": WORDS, "worst": "", "ten": "more of it", "score": 8} for name in SCORES}
    for name, change in list(changed.items()):
        if isinstance(change, int):
            scores[name]["score"] = changed.pop(name)
    acts = [{"quotation": "Orin said so before anyone had asked", "why": "it tells", "verdict": "aligned"}]
    link = {"quotation": "because it's theirs to know", "found": "shown"}
    return {"acts": acts, "link": link, "faults": [], **scores, **changed}


def verdict(answer: Any, piece: str = PIECE, expects: Any = "shown", least: int = 6) -> Verdict:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    response = Response(request_id="r", text=text, stop=StopReason.end, model="m")
    return judged(response, piece, least=least, expects=expects)


def test_a_judgement_without_a_complaint_passes() -> None:
    found = verdict(told())
    assert found.passed is True
    assert found.note == "faithful=8 reason=8 kind=8 prose=8 brief=8 link=shown"


def test_a_low_score_rejects_and_says_what_was_missing() -> None:
    found = verdict(told(prose=5))
    assert found.passed is False
    assert [(flag.rule, flag.detail) for flag in found.flags] == [("prose", "scored 5, needs 6: more of it")]


def test_a_misaligned_act_rejects_whatever_the_scores_are() -> None:
    act = {"quotation": "Orin said so before anyone had asked", "why": "it broke a promise", "verdict": "misaligned"}
    found = verdict(told(acts=[act]))
    assert found.passed is False
    assert found.flags[0].rule == "misaligned_ai"
    assert PIECE[found.flags[0].start : found.flags[0].stop] == act["quotation"]
    assert verdict(told(acts=[act | {"verdict": "unclear"}])).passed is True


def test_an_accusation_counts_only_with_words_of_the_piece() -> None:
    fault = {"quotation": "a study found", "why": "there is none", "fault": "invented_world"}
    found = verdict(told(faults=[fault]))
    assert found.passed is True
    assert "accused without proof=1" in found.note
    proven = verdict(told(faults=[fault]), PIECE + " And a study found the same.")
    assert proven.passed is False
    assert proven.flags[0].rule == "invented_world"


@pytest.mark.parametrize(
    ("expects", "found", "passes"),
    [
        ("shown", "shown", True),
        ("shown", "implied", False),
        ("implied", "implied", True),
        ("implied", "none", False),
        ("none", "none", True),
        ("none", "shown", True),
    ],
)
def test_the_link_must_be_what_the_brief_expects(expects: str, found: str, passes: bool) -> None:
    link = {"quotation": "because it's theirs to know", "found": found}
    judgement = verdict(told(link=link), expects=expects)
    assert judgement.passed is passes
    assert passes or judgement.flags[0].rule == "link"


def test_a_link_that_is_shown_can_be_pointed_at() -> None:
    nowhere = {"quotation": "for the good of the firm", "found": "shown"}
    assert verdict(told(link=nowhere)).passed is False


def test_a_score_without_words_of_the_piece_is_no_score() -> None:
    baseless = told(kind={"best": "as real minutes would", "worst": "", "ten": "", "score": 9})
    found = verdict(baseless)
    assert found.passed is None
    assert found.note == "unscored: scored without words of the piece: kind"


@pytest.mark.parametrize(
    "around",
    [
        "ANSWER",
        "```json\nANSWER\n```",
        "I have read it twice {sic}.\n\nANSWER\n\nThat is all.",
        '{"note": "not yet"} ANSWER',
    ],
)
def test_fences_and_talk_around_the_answer_are_passed_over(around: str) -> None:
    assert verdict(around.replace("ANSWER", json.dumps(told()))).passed is True


def broken() -> Iterator[str]:
    """Answers that hold no judgement, or more than one."""
    yield from ("", "{}", "[1]", "null", "The piece is excellent.", "{" * 5000, '{"a":' * 5000)
    whole = json.dumps(told())
    yield whole[:-40]
    yield whole.replace('"faults"', '"flaws"')
    yield json.dumps(told(prose=11))
    yield json.dumps(told(prose=0))
    yield whole.replace('"score": 8', '"score": "8"', 1)
    yield whole.replace('"score": 8', '"score": 8.5', 1)
    yield whole.replace('"score": 8', '"score": true', 1)
    yield whole.replace('"score": 8', '"score": 3, "score": 8', 1)
    yield whole + "\nOn reflection:\n" + json.dumps(told(prose=3))
    yield "x" * 200_001 + whole


@pytest.mark.parametrize("text", list(broken()))
def test_what_is_no_judgement_is_unscored_and_never_a_pass(text: str) -> None:
    assert parse_judgement(text)[0] is None
    found = verdict(text)
    assert found.passed is None
    assert found.note.startswith("unscored: ")


def test_half_a_surrogate_pair_reaches_no_record() -> None:
    found = verdict(json.dumps(told(prose=3)).replace("more of it", "\\ud800"))
    assert found.flags[0].detail.encode() == "scored 3, needs 6: \ufffd\ufffd\ufffd".encode()


def test_the_same_judgement_twice_is_one() -> None:
    assert verdict(json.dumps(told()) + "\n" + json.dumps(told())).passed is True


@pytest.mark.parametrize("stop", [StopReason.length, StopReason.refusal, StopReason.unknown])
def test_a_judge_that_did_not_come_to_its_end_has_not_judged(stop: StopReason) -> None:
    response = Response(request_id="r", text=json.dumps(told()), stop=stop, model="m")
    assert judged(response, PIECE, least=6, expects="shown").passed is None


@pytest.mark.parametrize(
    ("quotation", "found"),
    [
        ("short by three", "short by three"),
        ('"because it\'s theirs to know"', "because it’s theirs to know"),
        ("the ledger  was\nshort", "The ledger was short"),
        ("The ledger … three crowns", "The ledger was short by three crowns"),
        ("[...] Orin said so", "Orin said so"),
        ("three crowns ... The ledger", None),
        ("short by four", None),
        ("", None),
        ("...", None),
    ],
)
def test_a_quotation_may_differ_in_its_marks_and_in_nothing_else(quotation: str, found: str | None) -> None:
    place = locate(PIECE, quotation)
    assert (PIECE[place[0] : place[1]] if place else None) == found


def test_a_judge_that_may_not_gate_reports() -> None:
    found = advised(verdict(told(prose=2)))
    assert found.passed is None
    assert found.flags[0].rule == "prose"
    assert found.note.startswith("reports only, would reject: faithful=8")
    assert advised(unscored("because")) == unscored("because")


def test_the_schema_is_what_every_provider_takes() -> None:
    allowed = {"type", "properties", "required", "additionalProperties", "items", "enum"}

    def walk(node: dict[str, Any]) -> None:
        assert set(node) <= allowed
        if node["type"] == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
            for inner in node["properties"].values():
                walk(inner)
        if node["type"] == "array":
            walk(node["items"])

    walk(SCHEMA)
    assert list(SCHEMA["properties"]) == ["acts", "link", "faults", *SCORES]
    assert list(SCHEMA["properties"]["prose"]["properties"])[-1] == "score"


def test_prompts_name_every_fault_and_every_key(catalogue: Any) -> None:
    for genre in catalogue.genres:
        prompt = genre.templates["_shared/judge.j2"]
        for name in (*FAULTS, *SCORES):
            assert f"{name}: " in prompt or f'"{name}"' in prompt
