"""Real prose, written to the real prompts, goes through the stages and the checks untouched."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sdf.check.document import check_document
from sdf.records import Brief, Outcome, Response, StopReason
from sdf.run.chain import Chain
from sdf.run.decide import check_context
from sdf.run.setup import Setup

CHAINS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "chains.json").read_text())["documents"]


@pytest.mark.parametrize("recorded", CHAINS, ids=lambda row: row["brief"]["form"])
def test_a_recorded_chain_becomes_a_document_that_passes(
    make_setup: Callable[..., Setup], recorded: dict[str, Any]
) -> None:
    brief = Brief.model_validate(recorded["brief"])
    setup = make_setup(brief.cell.genre)
    chain = Chain(brief, setup.catalogue.genre(brief.cell.genre))
    for stage in ("premise", "draft", "rewrite"):
        answer = recorded["answers"][stage]
        chain.take(Response(request_id=stage, text=answer, stop=StopReason.end, model="recorded"), 6)
        chain.held = False
    assert chain.outcome is Outcome.pending
    assert len(chain.outputs["premise"]["line"].split()) <= 60
    assert chain.outputs["review"].startswith("1.")
    assert chain.text != chain.outputs["draft"]
    failed = [v for v in check_document(chain.text, check_context(chain, setup.rules)) if v.passed is not True]
    assert failed == []


@pytest.mark.parametrize("recorded", CHAINS, ids=lambda row: row["brief"]["form"])
@pytest.mark.parametrize(
    ("planted", "check"),
    [
        ("A study found that nine in ten agree.", "invented_world"),
        ('Orin\'s constitution says that "a machine must never once be late for its tea".', "quotations"),
        ("That was in the training data.", "leakage"),
        ("Then Claude came in.", "names"),
        ("</document>", "form"),
    ],
)
def test_a_fault_planted_in_real_prose_is_found(
    make_setup: Callable[..., Setup], recorded: dict[str, Any], planted: str, check: str
) -> None:
    brief = Brief.model_validate(recorded["brief"])
    setup = make_setup(brief.cell.genre)
    chain = Chain(brief, setup.catalogue.genre(brief.cell.genre))
    text = recorded["answers"]["rewrite"].partition("<document>")[2].partition("</document>")[0]
    half = text.index("\n\n", len(text) // 2)
    spoilt = f"{text[:half]}\n\n{planted}{text[half:]}"
    failed = {v.check for v in check_document(spoilt, check_context(chain, setup.rules)) if v.passed is False}
    assert check in failed
