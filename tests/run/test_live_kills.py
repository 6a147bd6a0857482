"""Kill -9 at random moments of live runs: nothing recorded is lost, nothing recorded is paid for again."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sdf.run.setup import Setup
from sdf.run.status import run_status
from sdf.run.verify import verify_run
from tests.run.ghost import MODEL, Ghost
from tests.run.live_killing import GENRES
from tests.run.live_recipe import write_recipe
from tests.standin import standin

Make = Callable[..., Setup]
FAULTS = os.environ.get("SDF_FAULTS") == "1"
KEY = "sk-ant-stand-in"
CONCURRENCY = 6


class WatchedGhost(Ghost):
    """Notes every prompt that is paid for although its answer is in the ledger."""

    def __init__(self, setup: Setup, n: int, ledger: Path) -> None:
        super().__init__(setup, n, attempts=3)
        self._ledger = ledger
        self.paid_again: list[str] = []
        self.id_of = {self.task_of[request_id]: request_id for request_id in self.task_of}

    def __call__(self, params: Mapping[str, Any]) -> str:
        """The answer, after a look at what is recorded."""
        request_id = self.id_of[self.task(params)]
        if self._ledger.exists():
            with sqlite3.connect(f"file:{self._ledger}?mode=ro", uri=True) as connection:
                row = connection.execute("SELECT 1 FROM responses WHERE request_id = ?", (request_id,)).fetchone()
            connection.close()
            if row is not None:
                self.paid_again.append(request_id)
        return super().__call__(params)


@pytest.mark.faults
@pytest.mark.parametrize("batch", [False, True], ids=["realtime", "batch"])
def test_kill_9_loses_and_repeats_nothing(batch: bool, make_setup: Make, tmp_path: Path) -> None:
    kills = 200 if FAULTS else 15
    n = 240 if FAULTS else 24
    out = tmp_path / "run"
    recipe = {
        "models": {"writer": MODEL, "judge": MODEL},
        "plan": {"wave": 12},
        "run": {"batch": batch, "concurrency": CONCURRENCY},
    }
    setup = make_setup(*GENRES, **recipe)
    with standin(key=KEY, latency=0.0 if batch else 0.003) as server:
        server.answer = ghost = WatchedGhost(setup, n, out / "run.db")
        found = killed_until_done(out, tmp_path, server.url, batch=batch, n=n, kills=kills)
        twice = {name: count - 1 for name, count in server.books.paid.items() if count > 1}
    assert found["killed"] >= kills * 0.5
    assert ghost.paid_again == []
    status = run_status(out)
    assert status.finished
    assert status.accepted == n
    assert verify_run(out).ok
    if batch:
        # The heralds go out realtime, one at a time for each template.
        assert sum(twice.values()) <= found["killed"]
    else:
        # What was in flight when the process died may have been billed, and is asked again.
        assert sum(twice.values()) <= CONCURRENCY * found["killed"]


def killed_until_done(out: Path, folder: Path, url: str, *, batch: bool, n: int, kills: int) -> dict[str, int]:
    recipe = write_recipe(folder, batch=batch, concurrency=CONCURRENCY, wave=12, url=url)
    told = subprocess.run(
        [sys.executable, "-m", "tests.run.live_killing", str(out), str(recipe), str(n), str(kills), "11"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "ANTHROPIC_API_KEY": KEY},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-3000:]
    counts: dict[str, int] = json.loads(told.stdout)
    return counts
