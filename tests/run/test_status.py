"""The status of a run, also while it is written."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from sdf.errors import RunError
from sdf.run.directory import RunDirectory
from sdf.run.ledger import Ledger
from sdf.run.lock import Holder, RunLock
from sdf.run.rows import RecordedDecision, RecordedResponse
from sdf.run.status import run_status

Respond = Callable[..., RecordedResponse]
Decide = Callable[..., RecordedDecision]


def test_a_finished_run(finished: RunDirectory) -> None:
    found = run_status(finished.path)
    assert found.finished
    assert (found.waves, found.open_waves) == (2, 0)
    assert (found.planned, found.accepted, found.unfilled, found.pending) == (10, 9, 1, 0)
    assert (found.requests, found.cost_usd, found.unpriced) == (28, 7.0, 0)
    assert found.outcomes["refused"] == 1
    assert found.holder is None


def test_a_run_at_work(begun: RunDirectory, respond: Respond, decide: Decide) -> None:
    with RunLock(begun.path), Ledger.open(begun.db) as ledger:
        ledger.open_wave("base", 0, 0, 4)
        ledger.record_responses([respond(0), respond(1, cost=None)])
        ledger.record_decisions([decide(0)])
        found = run_status(begun.path)
    assert not found.finished
    assert (found.waves, found.open_waves, found.accepted, found.pending) == (1, 1, 1, 3)
    assert (found.requests, found.cost_usd, found.unpriced) == (2, 0.25, 1)
    assert found.holder == Holder(pid=os.getpid(), host=socket.gethostname())


def test_what_is_not_a_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such directory"):
        run_status(tmp_path / "missing")
