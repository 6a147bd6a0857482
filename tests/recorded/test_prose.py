"""Twenty-seven briefs answered by capable writers, three a genre, five of them in other languages, replayed whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sdf.providers.offline.provider import OfflineProvider
from sdf.recipe import Recipe
from sdf.records import Request, Response, StopReason
from sdf.run.generate import generate
from sdf.run.ledger import Ledger
from sdf.run.setup import Setup, prepare
from sdf.run.tally import tally
from tests.conftest import IDENTITY, PACKS, ROOT

FOLDER = Path(__file__).parent
N = 27


class Recorded(OfflineProvider):
    """Gives the recorded answer to each stage of each brief, twice where a second attempt was written."""

    def __init__(self, setup: Setup, *attempts: dict[str, dict[str, str]]) -> None:
        super().__init__(setup.catalogue)
        self._attempts = attempts
        self._asked: list[Request] = []

    def submit(self, requests: Sequence[Request]) -> None:
        """Note what is asked."""
        self._asked += requests

    def collect(self) -> list[Response]:
        """Everything at once."""
        asked, self._asked = self._asked, []
        return [self._answer(request) for request in asked]

    def busy(self) -> bool:
        """Whether something was asked."""
        return bool(self._asked)

    def _answer(self, request: Request) -> Response:
        written = self._attempts[request.attempt] if request.attempt < len(self._attempts) else {}
        text = written.get(str(request.index), {}).get(request.stage)
        error = None if text else "no such attempt was written"
        return Response(request_id=request.id, text=text or "", stop=StopReason.end, model=request.model, error=error)


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "prose.json").read_text())
    return found


@pytest.fixture(scope="module")
def setup(told: dict[str, Any]) -> Setup:
    recipe = Recipe.model_validate(
        {"identity": IDENTITY, "models": {"writer": "files:box", "judge": "files:box"}, **told["recipe"]}
    )
    return prepare(recipe, constitution=ROOT / "constitution.md", folders=PACKS)


def test_the_briefs_are_three_a_genre_and_five_in_other_languages(setup: Setup) -> None:
    briefs = list(setup.plan.briefs(0, N))
    assert set(Counter(brief.cell.genre for brief in briefs).values()) == {3}
    assert sum("language" in brief.axes for brief in briefs) == 5


def test_at_least_twenty_four_are_accepted(setup: Setup, told: dict[str, Any], tmp_path: Path) -> None:
    generate(setup, tmp_path / "run", N, provider=Recorded(setup, told["answers"], told["again"]))
    with Ledger.open(tmp_path / "run" / "run.db", read_only=True) as ledger:
        counted = tally(ledger)
        refused = [reason for outcome, reason in ledger.reasons() if outcome == "rejected"]
        premises = sum(1 for _ in ledger.accepted("base", 0, N, "premise"))
        written = N + len(told["again"])
    assert counted.problems == ()
    assert counted.accepted >= 24, refused
    # No two of them are about the same thing.
    assert premises == written
