"""A changed bit anywhere in a run is found, and named."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from sdf.errors import LockedError, RunError, SdfError
from sdf.files import canonical_json, read_shard, temporary_beside, write_shard
from sdf.run.directory import RunDirectory
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedDecision, RecordedResponse
from sdf.run.verify import Problem, verify_run

Respond = Callable[..., RecordedResponse]
Decide = Callable[..., RecordedDecision]
SHARD = "documents/base-00000.jsonl.zst"
FLIPS = 2000 if os.environ.get("SDF_FAULTS") else 200


def flip(path: Path, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def wheres(run: RunDirectory) -> set[str]:
    return {problem.where.partition(":")[0] for problem in verify_run(run.path).problems}


def snapshot(path: Path) -> dict[str, tuple[bytes, int]]:
    files = [p for p in path.rglob("*") if p.is_file()]
    return {str(p.relative_to(path)): (p.read_bytes(), p.stat().st_mtime_ns) for p in files}


def test_a_run_that_was_left_alone_is_fine(finished: RunDirectory) -> None:
    before = snapshot(finished.path)
    report = verify_run(finished.path)
    assert report.ok
    assert report.finished
    assert (report.files, report.documents) == (8, 9)
    assert snapshot(finished.path) == before


def test_a_run_on_a_read_only_disk_is_verified(finished: RunDirectory) -> None:
    for path in (finished.path, *finished.path.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert verify_run(finished.path).ok
    finally:
        for path in (finished.path, *finished.path.rglob("*")):
            path.chmod(0o755)


@pytest.mark.faults
def test_a_bit_of_any_file_is_found_and_named(finished: RunDirectory) -> None:
    choose = random.Random(24)  # noqa: S311
    files = [*finished.inputs(), *finished.shards(), finished.manifest]
    for number in range(FLIPS):
        path = files[number % len(files)]
        bit = choose.randrange(path.stat().st_size * 8)
        flip(path, bit)
        assert wheres(finished) == {finished.name_of(path)}, (path, bit)
        flip(path, bit)
    assert verify_run(finished.path).ok


@pytest.mark.faults
def test_a_bit_of_any_stored_blob_is_found_and_named(finished: RunDirectory) -> None:
    """Through the raw file: the blobs are found in it by their bytes."""
    choose = random.Random(25)  # noqa: S311
    connection = sqlite3.connect(finished.db)
    texts = connection.execute("SELECT 'responses', idx, attempt, text FROM responses").fetchall()
    verdicts = connection.execute("SELECT 'decisions', idx, attempt, verdicts FROM decisions")
    blobs = texts + verdicts.fetchall()
    connection.close()
    content = finished.db.read_bytes()
    found = 0
    for _ in range(FLIPS // 4):
        table, index, attempt, blob = choose.choice(blobs)
        place = content.find(blob)
        if place < 0:  # it runs over two pages
            continue
        found += 1
        bit = place * 8 + choose.randrange(len(blob) * 8)
        flip(finished.db, bit)
        (problem,) = verify_run(finished.path).problems
        assert problem.where == "run.db"
        assert problem.what.startswith(f"{table} [base {index} {attempt} "), problem
        flip(finished.db, bit)
    assert found > FLIPS // 8


@pytest.mark.faults
def test_a_bit_of_the_ledger_never_breaks_the_check(finished: RunDirectory) -> None:
    """Bits of free space mean nothing; others are a problem or a named error."""
    choose = random.Random(26)  # noqa: S311
    size = finished.db.stat().st_size
    whole = finished.db.read_bytes()
    found = 0
    for _ in range(FLIPS):
        flip(finished.db, choose.randrange(size * 8))
        try:
            found += not verify_run(finished.path).ok
        except SdfError:
            found += 1
        finished.db.write_bytes(whole)
    assert found > 0


def change(run: RunDirectory, statement: str) -> None:
    connection = sqlite3.connect(run.db)
    connection.execute(statement)
    connection.commit()
    connection.close()


LOST = [
    ("DELETE FROM decisions WHERE idx = 2", "closed without 1 briefs"),
    ("DELETE FROM responses WHERE idx = 2", "28 requests counted"),
    ("DELETE FROM waves WHERE number = 1", "decided outside of every wave"),
    ("DELETE FROM files", "nobody recorded this file"),
]


@pytest.mark.parametrize(("statement", "named"), LOST)
def test_a_lost_row_is_noticed(finished: RunDirectory, statement: str, named: str) -> None:
    change(finished, statement)
    texts = [problem.what for problem in verify_run(finished.path).problems]
    assert any(named.replace("28", "14") in text for text in texts), texts


def test_a_missing_file_is_named(finished: RunDirectory) -> None:
    for path in (finished.constitution, *finished.shards()[:1], finished.manifest):
        kept = path.read_bytes()
        path.unlink()
        (problem,) = verify_run(finished.path).problems
        assert problem.where == finished.name_of(path)
        assert "missing" in problem.what
        path.write_bytes(kept)


def test_a_file_that_nobody_wrote_is_named(finished: RunDirectory) -> None:
    extra = finished.documents / "base-00002.jsonl.zst"
    shutil.copy(finished.documents / "base-00001.jsonl.zst", extra)
    leftover = temporary_beside(finished.rejected / "base-00002.jsonl.zst")
    leftover.write_bytes(b"half")
    link = finished.documents / "base-00003.jsonl.zst"
    link.symlink_to("base-00001.jsonl.zst")
    named = {problem.where: problem.what for problem in verify_run(finished.path).problems}
    assert named == {
        "documents/base-00002.jsonl.zst": "nobody recorded this file",
        "documents/base-00003.jsonl.zst": "nobody recorded this file",
        f"rejected/{leftover.name}": "an interrupted write left this file behind",
    }


def test_a_run_at_work_is_not_finished_and_not_damaged(finished: RunDirectory, respond: Respond) -> None:
    with Ledger.open(finished.db) as ledger:
        ledger.open_wave("base", 2, 10, 15)
        ledger.record_responses([respond(10)])
        report = verify_run(finished.path)
    assert report.ok
    assert not report.finished
    finished.manifest.unlink()
    report = verify_run(finished.path)
    assert report.ok
    assert not report.finished


def shard_of(folder: Path, wave: int, keys: list[tuple[int, int]]) -> None:
    rows = [canonical_json({"brief": {"series": "base", "index": i, "attempt": a}, "genre": "essay"}) for i, a in keys]
    write_shard(folder / f"base-{wave:05d}.jsonl.zst", rows)


def test_rows_and_decisions_must_agree(begun: RunDirectory, decide: Decide) -> None:
    """Before a shard is recorded, its rows are all that can be compared."""
    with Ledger.open(begun.db) as ledger:
        ledger.open_wave("base", 0, 0, 3)
        ledger.record_decisions([decide(0), decide(1, "failed"), decide(1, attempt=1), decide(2)])
        ledger.close_wave("base", 0)
    shard_of(begun.rejected, 0, [(1, 0)])
    shard_of(begun.documents, 0, [(0, 0), (1, 1), (2, 0)])
    assert verify_run(begun.path).ok
    shard_of(begun.documents, 0, [(0, 0), (1, 0), (2, 0), (2, 0)])
    found = [(problem.where, problem.what) for problem in verify_run(begun.path).problems]
    assert found == [
        (f"{SHARD}:2", "base 1 0 was not decided to be here"),
        (f"{SHARD}:4", "base 2 0 is there twice"),
        (SHARD, "1 decided attempts are missing, first base 1 1"),
    ]
    (begun.documents / "base-00000.jsonl.zst").unlink()
    (problem,) = verify_run(begun.path).problems
    assert problem.what == "3 decided attempts are missing, first base 0 0"


def test_a_shard_edited_with_its_manifest_is_found(finished: RunDirectory) -> None:
    path = finished.path / SHARD
    rows = [row.replace(b"text 0", b"text x") for row in read_shard(path)]
    before = path.read_bytes()
    write_shard(path, rows)
    assert path.read_bytes() != before
    assert wheres(finished) == {SHARD}


def test_a_killed_run_is_verified_with_what_its_log_holds(
    finished: RunDirectory, tmp_path: Path, respond: Respond
) -> None:
    copy = tmp_path / "copy"
    with Ledger.open(finished.db) as ledger:
        ledger.open_wave("base", 2, 10, 15)
        ledger.record_responses([respond(10)])
        shutil.copytree(finished.path, copy)
    names = ("run.db", "run.db-wal")
    before = {name: snapshot(copy)[name] for name in names}
    report = verify_run(copy)
    assert report.ok
    assert not report.finished
    assert {name: snapshot(copy)[name] for name in names} == before


def test_a_writer_that_starts_meanwhile_is_told(finished: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "disturbed", property(lambda ledger: True))
    with pytest.raises(LockedError, match="went on"):
        verify_run(finished.path)


def test_a_ledger_of_another_kind_is_a_problem(finished: RunDirectory) -> None:
    finished.db.write_bytes(b"nothing")
    assert verify_run(finished.path).problems[0].where == "run.db"
    finished.db.unlink()
    with pytest.raises(RunError, match="deleted"):
        verify_run(finished.path)


def test_every_problem_says_what_to_do(finished: RunDirectory) -> None:
    flip(finished.manifest, 100)
    flip(finished.constitution, 3)
    for problem in verify_run(finished.path).problems:
        assert isinstance(problem, Problem)
        assert problem.hint
