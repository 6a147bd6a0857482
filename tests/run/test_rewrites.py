"""What the rewrite did."""

from __future__ import annotations

import json
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdf.check.context import CheckContext
from sdf.providers.offline.provider import OfflineProvider
from sdf.records import Brief, Request, Response
from sdf.run.chain import Chain
from sdf.run.decide import check_context
from sdf.run.generate import generate
from sdf.run.ledger import Ledger
from sdf.run.rewrites import QUANTILES, compare, quantiles, run_rewrites, similarity
from sdf.run.setup import Setup

CHAINS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "recorded" / "chains.json").read_text())[
    "documents"
]
WORDS = st.lists(st.sampled_from("abcd"), max_size=80)


class Meddling:
    """The offline provider, whose rewrites of every second brief gain what checks refuse."""

    def __init__(self, setup: Setup) -> None:
        self._offline = OfflineProvider(setup.catalogue)
        self.submit, self.recorded = self._offline.submit, self._offline.recorded
        self.busy, self.waiting, self.close = self._offline.busy, self._offline.waiting, self._offline.close
        self._answer = self._offline.answer
        self._offline.answer = self.answer  # type: ignore[method-assign]

    def collect(self) -> list[Response]:
        return self._offline.collect()

    def answer(self, request: Request) -> Response:
        told = self._answer(request)
        if request.stage != "rewrite" or request.index % 2:
            return told
        spoilt = told.text.replace("</document>", "A study found that 40 per cent agree.\n</document>")
        return told.model_copy(update={"text": spoilt})


@pytest.fixture(scope="module")
def essays(make_setup: Callable[..., Setup]) -> Setup:
    return make_setup("essay")


def context_of(setup: Setup, brief: Brief) -> CheckContext:
    return check_context(Chain(brief, setup.catalogue.genre(brief.cell.genre)), setup.rules)


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("the cat sat", "the cat sat", 1.0),
        ("the cat sat", "a dog ran", 0.0),
        ("the cat sat down", "the cat lay down", 0.75),
        ("sat cat the", "the cat sat", 1 / 3),
        ("", "", 1.0),
        ("the", "", 0.0),
    ],
)
def test_similarity_counts_words_in_their_order(one: str, two: str, expected: float) -> None:
    assert similarity(one.split(), two.split()) == pytest.approx(expected)


@given(WORDS, WORDS)
def test_similarity_is_a_longest_common_subsequence(one: list[str], two: list[str]) -> None:
    lengths = [[0] * (len(two) + 1)]
    for word in one:
        row = [0]
        for place, other in enumerate(two):
            row.append(lengths[-1][place] + 1 if word == other else max(row[-1], lengths[-1][place + 1]))
        lengths.append(row)
    whole = len(one) + len(two)
    assert similarity(one, two) == pytest.approx(2 * lengths[-1][-1] / whole if whole else 1)
    assert similarity(one, two) == similarity(two, one)
    assert similarity(one, two) >= SequenceMatcher(None, one, two, autojunk=False).ratio() - 1e-9


@pytest.mark.parametrize("recorded", CHAINS, ids=lambda row: row["brief"]["form"])
def test_real_rewrites_edit_and_keep_most(make_setup: Callable[..., Setup], recorded: dict[str, Any]) -> None:
    brief = Brief.model_validate(recorded["brief"])
    texts = [
        recorded["answers"][stage].partition("<document>")[2].partition("</document>")[0]
        for stage in ("draft", "rewrite")
    ]
    told = compare(*texts, context_of(make_setup(brief.cell.genre), brief))
    assert 0.5 < told.similarity < 0.99
    assert told.shingles < told.similarity
    assert told.broken == ()


def test_checks_mended_and_newly_broken(essays: Setup) -> None:
    context = context_of(essays, essays.plan.brief(0))
    clean = "The ledger was short and nobody had said so. " * 40
    studied = clean + "A study found that nine in ten agree."
    assert compare(studied, clean, context).mended == ("invented_world",)
    assert compare(clean, studied, context).broken == ("invented_world",)
    assert compare(studied, studied, context).mended == ()


def test_a_run_says_what_its_rewrites_did(essays: Setup, tmp_path: Path) -> None:
    run = generate(essays, tmp_path / "run", 12, provider=Meddling(essays))
    with Ledger.open(run.db, read_only=True) as ledger:
        told = run_rewrites(ledger, essays)
        few = run_rewrites(ledger, essays, most=6)
    # Briefs with an even index are rejected three times over, the others accepted once.
    assert told.written == told.all.compared == 6 * 3 + 6
    assert told.step == 1
    assert told.all.broken == {"invented_world": 18}
    assert told.all.mended == {}
    assert told.all.untouched == 6
    assert told.genres == {"essay": told.all}
    assert len(told.all.similarity) == len(QUANTILES)
    assert list(told.all.similarity) == sorted(told.all.similarity)
    assert few.step == 4
    assert few.written == 24
    assert few.all.compared == 9


def test_a_run_without_documents_says_nothing(essays: Setup, ledger: Ledger) -> None:
    told = run_rewrites(ledger, essays)
    assert told.written == 0
    assert told.all.similarity == ()


def test_quantiles_are_values_that_occur() -> None:
    assert quantiles([0.1 * n for n in range(11)]) == (0.0, 0.2, 0.5, 0.8, 1.0)
    assert quantiles([0.25]) == (0.25,) * 5
    assert quantiles([]) == ()
