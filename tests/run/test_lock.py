"""One writer at a time, and nothing to clean up after a dead one."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sdf.errors import LockedError, RunError
from sdf.run.lock import Holder, RunLock, holder

HOLD = """
import os, sys, time
from pathlib import Path
from sdf.run.lock import RunLock
with RunLock(Path(sys.argv[1])):
    if "fork" in sys.argv:
        worker = os.fork()
        if worker == 0:
            time.sleep(60)
            os._exit(0)
        print(worker, flush=True)
    print("held", flush=True)
    time.sleep(60)
"""
TRY = """
import sys
from pathlib import Path
from sdf.errors import LockedError
from sdf.run.lock import RunLock
sys.stdin.readline()
try:
    with RunLock(Path(sys.argv[1])):
        print("won", flush=True)
        sys.stdin.read()
except LockedError as error:
    print(error.exit_code, error.message, flush=True)
"""


def start(code: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_second_writer_is_told_who_holds_it(tmp_path: Path) -> None:
    with RunLock(tmp_path), pytest.raises(LockedError) as caught, RunLock(tmp_path):
        pass
    assert f"pid {os.getpid()} on {socket.gethostname()}" in caught.value.message
    assert caught.value.exit_code == 75


def test_it_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with RunLock(tmp_path / "new"):
            assert holder(tmp_path / "new") == Holder(pid=os.getpid(), host=socket.gethostname())
        assert holder(tmp_path / "new") is None
    assert holder(tmp_path / "missing") is None


def test_a_refused_writer_does_not_change_who_is_named(tmp_path: Path) -> None:
    with RunLock(tmp_path) as lock:
        written = lock.path.read_bytes()
        with pytest.raises(LockedError), RunLock(tmp_path):
            pass
        assert lock.path.read_bytes() == written


@pytest.mark.parametrize("worker", [False, True])
def test_after_kill_9_the_next_start_succeeds_at_once(tmp_path: Path, worker: bool) -> None:
    process = start(HOLD, str(tmp_path), *(["fork"] if worker else []))
    child = int(line_of(process)) if worker else 0
    assert line_of(process) == "held"
    with pytest.raises(LockedError, match=f"pid {process.pid} "), RunLock(tmp_path):
        pass
    process.kill()
    process.wait()
    before = time.monotonic()
    try:
        with RunLock(tmp_path):
            assert time.monotonic() - before < 1
    finally:
        if child:
            os.kill(child, signal.SIGKILL)
        end(process)


@pytest.mark.faults
def test_of_many_starts_at_once_one_wins(tmp_path: Path) -> None:
    many = 50 if os.environ.get("SDF_FAULTS") else 6
    started = [start(TRY, str(tmp_path)) for _ in range(many)]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [line_of(process) for process in started]
    winner = started[said.index("won")].pid
    assert said.count("won") == 1
    assert sum(f"75 the run is being written by pid {winner} " in text for text in said) == many - 1
    for process in started:
        end(process)


def test_without_flock_it_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(RunError, match="cannot lock files") as caught, RunLock(tmp_path):
        pass
    assert "local disk" in caught.value.hint
    assert not isinstance(caught.value, LockedError)
