"""Whole runs by batch through the real SDK against the stand-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sdf.errors import AwaitingError
from sdf.run.generate import Going, generate
from sdf.run.setup import Setup
from sdf.run.status import run_status
from tests.providers.virtual_clock import VirtualClock
from tests.run.ghost import MODEL, Ghost
from tests.standin import Faults, Standin, standin

Make = Callable[..., Setup]
N = 40
KEY = "sk-ant-stand-in"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standin]:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setattr("sdf.providers.choose.SystemClock", VirtualClock)
    with standin(key=KEY) as started:
        yield started


@pytest.fixture
def setup(make_setup: Make, server: Standin) -> Setup:
    made = make_setup(
        "essay",
        "forum",
        models={"writer": MODEL, "judge": MODEL},
        endpoints={"anthropic": {"base_url": server.url}},
        plan={"wave": 20},
        run={"batch": True},
    )
    server.answer = Ghost(made, N, attempts=3)
    return made


def start_until_done(setup: Setup, out: Path, most: int = 60) -> int:
    """Submit and collect, a start at a time; how many starts it took."""
    for number in range(1, most + 1):
        try:
            generate(setup, out, N, going=Going(stay=False))
        except AwaitingError as waits:
            if "run the same command again" not in str(waits):
                raise
        else:
            return number
    raise AssertionError(f"not done after {most} starts")


def test_submit_returns_and_the_same_command_collects(setup: Setup, server: Standin, tmp_path: Path) -> None:
    start_until_done(setup, tmp_path / "run")
    status = run_status(tmp_path / "run")
    assert status.accepted == N
    assert not server.books.twice
    # The first of each template went out realtime and alone, and all the rest by batch.
    assert server.books.served["messages"] == 2 * 4
    assert len(server.accepted_batches) >= 4
    assert status.batches == ()


def test_errors_expiry_and_strangers_cost_only_what_is_unfinished(
    setup: Setup, server: Standin, tmp_path: Path
) -> None:
    server.faults = Faults(errored=0.05, expired=0.05, foreign=0.01, doubled=0.02, missing=0.02, shuffled=True, seed=3)
    start_until_done(setup, tmp_path / "run")
    status = run_status(tmp_path / "run")
    assert status.accepted == N
    assert status.requests == sum(server.books.paid.values()) - sum(server.books.twice.values()) + len(
        server.books.twice
    )
