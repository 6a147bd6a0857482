"""Whole runs through the real SDK against the stand-in: written, halted, gone on with, paid for once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sdf.errors import HaltedError, RecipeError
from sdf.providers.prices import PICO
from sdf.run.generate import generate
from sdf.run.ledger import Ledger
from sdf.run.setup import Setup
from sdf.run.status import run_status
from sdf.run.tally import tally
from tests.run.ghost import MODEL, Ghost
from tests.standin import Standin, standin

Make = Callable[..., Setup]
N = 40
KEY = "sk-ant-stand-in"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with standin(key=KEY) as started:
        yield started


def live(make_setup: Make, server: Standin, n: int = N, **run: object) -> Setup:
    """A setup whose models stand behind the server, and the server's ghost."""
    setup = make_setup(
        models={"writer": MODEL, "judge": MODEL},
        endpoints={"anthropic": {"base_url": server.url}},
        plan={"wave": 20},
        run={"concurrency": 16} | run,
    )
    server.answer = Ghost(setup, n, attempts=3)
    return setup


def test_a_corpus_through_the_real_sdk(make_setup: Make, server: Standin, tmp_path: Path) -> None:
    setup = live(make_setup, server)
    generate(setup, tmp_path / "run", N)
    status = run_status(tmp_path / "run")
    assert status.accepted == N
    assert status.finished
    assert status.requests == sum(server.books.paid.values())
    assert not server.books.twice
    assert status.unpriced == 0
    assert 0 < status.cost_usd < 1


def test_a_finished_run_sends_nothing(make_setup: Make, server: Standin, tmp_path: Path) -> None:
    setup = live(make_setup, server)
    generate(setup, tmp_path / "run", N)
    before = (tmp_path / "run/manifest.json").read_bytes()
    seen = len(server.seen)
    generate(setup, tmp_path / "run", N)
    assert len(server.seen) == seen
    assert (tmp_path / "run/manifest.json").read_bytes() == before


def test_a_budget_halts_and_a_larger_one_goes_on(make_setup: Make, server: Standin, tmp_path: Path) -> None:
    setup = live(make_setup, server, budget=0.05)
    with pytest.raises(HaltedError, match="budget") as halted:
        generate(setup, tmp_path / "run", N)
    assert halted.value.exit_code == 4
    with Ledger.open(tmp_path / "run/run.db", read_only=True) as ledger:
        assert 0 < ledger.spent() <= 0.05 * PICO
    generate(live(make_setup, server, budget=50.0), tmp_path / "run", N)
    assert run_status(tmp_path / "run").accepted == N


def test_a_budget_needs_a_price(make_setup: Make, server: Standin, tmp_path: Path) -> None:
    setup = make_setup(
        models={"writer": "anthropic:claude-haiku-6", "judge": "offline"},
        endpoints={"anthropic": {"base_url": server.url}},
        run={"budget": 5.0},
    )
    with pytest.raises(RecipeError, match="has no price") as refused:
        generate(setup, tmp_path / "run", N)
    assert "claude-haiku-5-5" in refused.value.hint
    assert not (tmp_path / "run").exists()


def test_a_missing_key_is_named_before_anything_is_written(
    make_setup: Make, server: Standin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with pytest.raises(RecipeError, match="ANTHROPIC_API_KEY"):
        generate(live(make_setup, server), tmp_path / "run", N)
    assert not (tmp_path / "run").exists()


def test_attempts_and_briefs_are_conserved(make_setup: Make, server: Standin, tmp_path: Path) -> None:
    generate(live(make_setup, server), tmp_path / "run", N)
    with Ledger.open(tmp_path / "run/run.db", read_only=True) as ledger:
        assert tally(ledger).problems == ()
