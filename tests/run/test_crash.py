"""What was recorded survives kill -9 and a full disk.

SDF_FAULTS=1 kills more often and fills a real (memory) disk, which needs root.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sdf.errors import DiskError
from sdf.files import write_shard
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedResponse

Respond = Callable[..., RecordedResponse]
FAULTS = bool(os.environ.get("SDF_FAULTS"))


@pytest.mark.faults
def test_kill_9_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    kills = "300" if FAULTS else "60"
    script = Path(__file__).with_name("killing.py")
    told = subprocess.run(
        [sys.executable, str(script), str(tmp_path), kills, "20"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
    )
    found = json.loads(told.stdout)
    assert found.pop("acknowledged") > 100
    assert found == {"lost": 0, "repeated": 0, "damage": []}


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def fill(ledger: Ledger, respond: Respond) -> int:
    """Record until the disk refuses; how many rows were recorded."""
    recorded = 0
    with pytest.raises(DiskError) as caught:  # noqa: PT012
        for index in range(100_000):
            ledger.record_responses([respond(index, text=os.urandom(3000).hex())])
            recorded = index + 1
    assert caught.value.exit_code == 74
    assert caught.value.where == str(ledger.path)
    return recorded


def still_whole(path: Path, count: int, respond: Respond) -> None:
    """Everything that was recorded is there, and recording goes on."""
    with Ledger.open(path) as ledger:
        assert len(list(ledger.responses("base", 0, 10**6))) == count
        assert list(ledger.damage()) == []
        ledger.record_responses([respond(count)])
        assert len(list(ledger.responses("base", 0, 10**6))) == count + 1


@pytest.mark.parametrize("size", [150_000, 600_000])
def test_a_full_disk_keeps_what_was_recorded(tmp_path: Path, respond: Respond, size: int) -> None:
    path = tmp_path / "run.db"
    with full_disk(size), Ledger.create(path) as ledger:
        count = fill(ledger, respond)
        assert count > 5
        assert len(list(ledger.responses("base", 0, 10**6))) == count
    still_whole(path, count, respond)


@pytest.mark.faults
@pytest.mark.skipif(not FAULTS or os.geteuid() != 0, reason="mounts a small disk: SDF_FAULTS=1, root")
def test_a_real_full_disk(tmp_path: Path, respond: Respond) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(disk)], check=True)
    try:
        with Ledger.create(disk / "run.db") as ledger:
            ledger.record_responses([respond(index) for index in range(10)])
            rows = (os.urandom(1000).hex().encode() for _ in range(2000))
            with pytest.raises(DiskError):
                write_shard(disk / "documents" / "base-00000.jsonl.zst", rows)
            assert list((disk / "documents").iterdir()) == []
            count = 10 + fill_more(ledger, respond)
        subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
        still_whole(disk / "run.db", count, respond)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill_more(ledger: Ledger, respond: Respond) -> int:
    """`fill`, where the first ten rows are there already."""
    return fill(ledger, lambda index, text: respond(index + 10, text=text))
