"""A run begins in a directory of its own and goes on with the same inputs only."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sdf import files
from sdf.errors import DamagedError, MismatchError, RunError
from sdf.run.directory import (
    RunDirectory,
    check_same,
    create_run,
    open_run,
    read_lock,
    shard_name,
)
from sdf.run.ledger import Ledger
from sdf.run.lock import RunLock

LOCK: dict[str, Any] = {
    "fingerprint": "1" * 64,
    "models": {"writer": "anthropic:a", "judge": "anthropic:b"},
    "genres": ["essay", "fiction"],
    "constitution": {"sha256": "2" * 64},
}
TEXT = "# Be honest\r\n\ufeff".encode("utf-16")
PACK = {"essay/genre.toml": b"x = 1\n", "_shared/rules.j2": b"", "essay/offline/draft.j2": b"\xff"}


def tree(path: Path) -> dict[str, bytes]:
    return {p.relative_to(path).as_posix(): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def test_a_run_holds_the_exact_inputs(tmp_path: Path) -> None:
    with RunLock(tmp_path / "a" / "run"):
        run = create_run(tmp_path / "a" / "run", LOCK, TEXT, PACK, version="1.0")
    found = tree(run.path)
    assert set(found) == {".lock", "run.db", "recipe.lock.json", "constitution.md"} | {
        f"genres/{name}" for name in PACK
    }
    assert found["constitution.md"] == TEXT
    assert found["genres/essay/offline/draft.j2"] == b"\xff"
    assert read_lock(open_run(run.path)) == LOCK
    with Ledger.open(run.db, read_only=True) as ledger:
        assert (ledger.meta("fingerprint"), ledger.meta("sdf")) == ("1" * 64, "1.0")
        assert ledger.files()["constitution.md"].sha256 == files.sha256_hex(TEXT)
        assert set(ledger.files()) == set(found) - {".lock", "run.db"}


def test_a_run_is_begun_once(tmp_path: Path) -> None:
    create_run(tmp_path, LOCK, TEXT, PACK)
    with pytest.raises(RunError, match="a run is here already"):
        create_run(tmp_path, LOCK, TEXT, PACK)


def test_a_start_that_stops_anywhere_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop before each rename of the start; the next one must end the same way."""
    whole = set(tree(create_run(tmp_path / "whole", LOCK, TEXT, PACK).path))
    really = os.replace
    for stop_at in range(len(whole)):
        left = stop_at

        def replace(source: Path, target: Path) -> None:
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
            really(source, target)

        path = tmp_path / str(stop_at)
        monkeypatch.setattr(os, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            create_run(path, LOCK, TEXT, PACK)
        monkeypatch.setattr(os, "replace", really)
        with pytest.raises(RunError, match=r"no run\.db|no such directory"):
            open_run(path)
        (path / ".constitution.md.1.0.sdf-tmp").write_bytes(b"half")
        create_run(path, LOCK, TEXT, PACK)
        assert set(tree(path)) == whole


@pytest.mark.parametrize("name", ["notes.txt", "genres/mine/genre.toml", "constitution.md"])
def test_foreign_files_are_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(RunError, match=name) as caught:
        create_run(tmp_path, LOCK, TEXT, PACK)
    assert "another -o" in caught.value.hint
    assert tree(tmp_path) == {name: b"mine"}


def test_a_link_out_of_the_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "genres").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="genres"):
        create_run(tmp_path / "run", LOCK, TEXT, PACK)
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "a//x", "", ".ssh/x", "a\\x", "a\0"])
def test_genre_files_stay_inside(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunError, match="cannot be named"):
        create_run(tmp_path / "run", LOCK, TEXT, {name: b""})
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("name", ["documents", "rejected", "manifest.json"])
def test_a_deleted_ledger_is_not_replaced(tmp_path: Path, name: str) -> None:
    run = create_run(tmp_path, LOCK, TEXT, PACK)
    run.db.unlink()
    if name == "manifest.json":
        run.manifest.write_bytes(b"{}")
    else:
        files.write_shard(tmp_path / name / shard_name("base", 0), [])
    before = tree(tmp_path)
    with pytest.raises(RunError, match="ledger was deleted"):
        create_run(tmp_path, LOCK, TEXT, PACK)
    with pytest.raises(RunError, match="ledger was deleted") as caught:
        open_run(tmp_path)
    assert "from a copy" in caught.value.hint
    assert tree(tmp_path) == before


def test_what_is_not_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such directory"):
        open_run(tmp_path / "missing")
    with pytest.raises(RunError, match=r"no run\.db") as caught:
        open_run(tmp_path)
    assert "sdf generate" in caught.value.hint
    (tmp_path / "recipe.lock.json").write_bytes(b"{}")
    with pytest.raises(RunError, match=r"no run\.db") as caught:
        open_run(tmp_path)
    assert "nothing was paid for" in caught.value.hint


def test_the_same_inputs_go_on(tmp_path: Path) -> None:
    create_run(tmp_path, LOCK, TEXT, PACK)
    check_same(tmp_path, json.loads(json.dumps(LOCK)))


def test_every_changed_input_is_listed(tmp_path: Path) -> None:
    create_run(tmp_path, LOCK | {"world": "x" * 200 + " public", "old": 1}, TEXT, PACK)
    changed = LOCK | {
        "models": {"writer": "anthropic:a", "judge": "anthropic:c"},
        "genres": ["essay", "fiction", "debate"],
        "constitution": {"sha256": "3" * 64},
        "world": "x" * 200 + " secret",
        "new": {},
    }
    with pytest.raises(MismatchError) as caught:
        check_same(tmp_path, changed)
    assert caught.value.message.splitlines()[1:] == [
        "  constitution.sha256: hash 222222222222… -> 333333333333…",
        '  genres[2]: (absent) -> "debate"',
        '  models.judge: "anthropic:b" -> "anthropic:c"',
        "  new: (absent) -> {}",
        "  old: 1 -> (absent)",
        f'  world: …{"x" * 19} public" -> …{"x" * 19} secret"',
    ]
    assert "another -o" in caught.value.hint
    assert "put these back" in caught.value.hint


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_a_lock_that_cannot_be_read_is_damage(tmp_path: Path, content: bytes) -> None:
    create_run(tmp_path, LOCK, TEXT, PACK)
    (tmp_path / "recipe.lock.json").write_bytes(content)
    with pytest.raises(DamagedError, match=r"recipe\.lock\.json"):
        check_same(tmp_path, LOCK)


def test_shards_are_named_by_series_and_wave() -> None:
    assert shard_name("base", 0) == "base-00000.jsonl.zst"
    assert shard_name("gap-2", 123456) == "gap-2-123456.jsonl.zst"
    for name in ("../x", "", "A", "a b", "x" * 65):
        with pytest.raises(RunError):
            shard_name(name, 0)


def test_leftovers_are_swept(tmp_path: Path) -> None:
    run: RunDirectory = create_run(tmp_path, LOCK, TEXT, PACK)
    run.documents.mkdir()
    for path in (run.documents / "s.jsonl.zst", run.genres / "a", run.manifest):
        files.temporary_beside(path).write_bytes(b"half")
    before = set(tree(tmp_path))
    run.sweep()
    assert {Path(name).suffix for name in before - set(tree(tmp_path))} == {".sdf-tmp"}
    assert len(before) - len(tree(tmp_path)) == 3
