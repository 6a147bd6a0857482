"""Kill -9 before every system call by which a live run changes anything: nothing is lost, nothing recorded is repeated.

The server caches no prompts here, so that what a call is billed follows from the call
alone, and a run that was killed must come out as one that was not, to the last byte of
its shards and its manifest. (With a cache, only the tokens read from and written to it
may differ, and the costs that follow.)
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sdf.run.batch_log import BatchLog
from sdf.run.ledger import Ledger
from sdf.run.setup import Setup
from sdf.run.verify import verify_run
from tests.run.ghost import MODEL, Ghost
from tests.run.live_recipe import write_recipe
from tests.run.syscalls import Start, calls_in
from tests.standin import Standin, standin
from tests.standin.limits import MODELS

Make = Callable[..., Setup]
EVERY = os.environ.get("SDF_FAULTS") == "1"
FEW = 5
KEY = "sk-ant-stand-in"
GENRE = "forum"
N = 4
CONCURRENCY = 3
UNCACHED = {name: replace(model, cache_min=10**9) for name, model in MODELS.items()}

pytestmark = pytest.mark.faults


class Bench:
    """A place to run in, a process that makes starts there, and what its server has billed."""

    def __init__(self, folder: Path, process: subprocess.Popen[str], ghost: Ghost, *, batch: bool) -> None:
        self.batch = batch
        self.out = folder / "run"
        self.log = folder / "calls"
        self._process = process
        self._ghost = ghost
        self._id_of = {task: request_id for request_id, task in ghost.task_of.items()}
        self.paid: Counter[str] = Counter()
        self.recorded: dict[str, str] = {}
        self.paid_again: list[str] = []
        self.server = Standin()

    def __call__(self, params: Mapping[str, Any]) -> str:
        """The ghost's answer, which is billed; nobody may ask for what was recorded before the kill."""
        request_id = self._id_of[self._ghost.task(params)]
        self.paid[request_id] += 1
        if request_id in self.recorded:
            self.paid_again.append(request_id)
        return self._ghost(params)

    @contextmanager
    def fresh(self) -> Iterator[None]:
        """A server that has seen nothing, and no run."""
        shutil.rmtree(self.out, ignore_errors=True)
        self.paid.clear()
        self.recorded.clear()
        self.paid_again.clear()
        with standin(self, key=KEY, models=UNCACHED) as self.server:
            yield

    def start(self, **how: Any) -> str:
        """Start the run once; how it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = Start(str(self.out), self.server.url, N, **how)
        self._process.stdin.write(json.dumps(asked._asdict()) + "\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline() or '{"ended": "the process that makes starts is gone"}')
        if told["ended"] == "untraced":
            pytest.skip(f"strace may not trace here: {told['why']}")
        return str(told["ended"])

    def responses(self) -> dict[str, str]:
        """What the ledger holds, by request."""
        if not (self.out / "run.db").exists():
            return {}
        with Ledger.open(self.out / "run.db", read_only=True) as ledger:
            return {row.response.request_id: row.response.text for row in ledger.responses("base", 0, N)}

    def content(self) -> dict[str, bytes]:
        """Shards and manifest."""
        shards = sorted(self.out.glob("*/*.jsonl.zst"))
        return {str(path.relative_to(self.out)): path.read_bytes() for path in (*shards, self.out / "manifest.json")}


@pytest.fixture(params=[False, True], ids=["realtime", "batch"])
def bench(request: pytest.FixtureRequest, make_setup: Make, tmp_path: Path) -> Iterator[Bench]:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: a run cannot be killed at a system call")
    recipe = write_recipe(tmp_path, batch=request.param, concurrency=CONCURRENCY)
    ghost = Ghost(make_setup(GENRE, models={"writer": MODEL, "judge": MODEL}), N, attempts=3)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.run.syscalls", str(recipe), GENRE],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "ANTHROPIC_API_KEY": KEY},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Bench(tmp_path, process, ghost, batch=request.param)
        process.kill()


def test_a_kill_before_any_call_that_writes_or_sends(bench: Bench) -> None:
    with bench.fresh():
        assert bench.start(log=str(bench.log)) == "done"
        undisturbed, points = bench.content(), calls_in(bench.log)
        assert max(bench.paid.values()) == 1
    if bench.batch:
        # What comes before the first call to the server is the same in both.
        points = points[points.index(("sendto", 1)) :]
    tried = points if EVERY else points[:: len(points) // FEW]
    killed = 0
    for call, when in tried:
        with bench.fresh():
            killed += bench.start(call=call, when=when) == "killed"
            bench.recorded |= bench.responses()
            assert bench.start() == "done", (call, when)
            assert_nothing_lost_or_repeated(bench, f"{call} {when}")
            assert bench.content() == undisturbed, f"{call} {when}"
    # A call or two more or less are made as answers come together or apart.
    assert killed >= 0.9 * len(tried)


def assert_nothing_lost_or_repeated(bench: Bench, point: str) -> None:
    after = bench.responses()
    assert {name: after.get(name) for name in bench.recorded} == bench.recorded, point
    assert bench.paid_again == [], point
    assert verify_run(bench.out).ok, point
    in_batches = Counter(batch.digests[place] for batch in bench.server.books.batches for place in batch.paid)
    assert all(count == 1 for count in in_batches.values()), point
    # What was called and not yet recorded is called once more: all that can be in flight at once.
    assert sum(count - 1 for count in bench.paid.values()) <= CONCURRENCY, point
    with Ledger.open(bench.out / "run.db", read_only=True) as ledger:
        intents = [batch.batch_id for batch in BatchLog(ledger).batches() if batch.batch_id is not None]
    assert sorted(intents) == sorted(bench.server.accepted_batches), point
