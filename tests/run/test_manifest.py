"""The manifest says what the run holds, and nothing of when or where."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from sdf.files import digest_file, write_shard
from sdf.run.directory import RunDirectory, create_run
from sdf.run.ledger import Ledger
from sdf.run.manifest import build_manifest, is_finished, write_manifest


def test_it_counts_what_was_written(finished: RunDirectory) -> None:
    found = json.loads(finished.manifest.read_bytes())
    assert set(found) == {"schema", "sdf", "fingerprint", "counts", "usage", "files"}
    assert (found["schema"], found["sdf"], found["fingerprint"]) == (1, "1.0", "f" * 64)
    counts = found["counts"]
    assert counts["briefs"] == {"planned": 10, "accepted": 9, "unfilled": 1, "pending": 0}
    assert counts["attempts"]["rejected"] == 4
    assert counts["genres"] == {"essay": 4, "fiction": 5}
    draft, rewrite = found["usage"]
    assert (draft["stage"], draft["model"], draft["requests"]) == ("draft", "offline", 14)
    assert (rewrite["input"], rewrite["cost_usd"], rewrite["unpriced"]) == (140, 3.5, 0)


def test_it_lists_every_file_but_the_ledger(finished: RunDirectory) -> None:
    found = json.loads(finished.manifest.read_bytes())
    for row in found["files"]:
        digest = digest_file(finished.path / row["name"], row["name"])
        assert row == digest.model_dump()
    assert [row["name"] for row in found["files"]] == [
        "constitution.md",
        "documents/base-00000.jsonl.zst",
        "documents/base-00001.jsonl.zst",
        "genres/essay/genre.toml",
        "genres/essay/offline/draft.j2",
        "recipe.lock.json",
        "rejected/base-00000.jsonl.zst",
        "rejected/base-00001.jsonl.zst",
    ]


def test_no_path_or_host_is_in_it(finished: RunDirectory) -> None:
    text = finished.manifest.read_text()
    assert str(finished.path) not in text
    assert socket.gethostname() not in text


def test_it_follows_from_the_ledger_alone(finished: RunDirectory, tmp_path: Path) -> None:
    with Ledger.open(finished.db, read_only=True) as ledger:
        elsewhere = RunDirectory(tmp_path / "elsewhere")
        assert build_manifest(elsewhere, ledger) == json.loads(finished.manifest.read_bytes())


def test_writing_it_again_changes_no_byte(finished: RunDirectory) -> None:
    before = finished.manifest.read_bytes()
    with Ledger.open(finished.db) as ledger:
        write_manifest(finished, ledger)
    assert finished.manifest.read_bytes() == before


def test_a_new_wave_breaks_the_seal(finished: RunDirectory) -> None:
    with Ledger.open(finished.db) as ledger:
        ledger.open_wave("base", 1, 5, 10)
        assert is_finished(finished, ledger)
        ledger.open_wave("base", 2, 10, 15)
        assert ledger.sealed_with is None
        assert not is_finished(finished, ledger)


def test_a_run_is_finished_with_its_own_manifest_only(finished: RunDirectory) -> None:
    with Ledger.open(finished.db) as ledger:
        content = finished.manifest.read_bytes()
        finished.manifest.write_bytes(content.replace(b"10", b"11"))
        assert not is_finished(finished, ledger)
        finished.manifest.unlink()
        assert not is_finished(finished, ledger)
        write_manifest(finished, ledger)
        assert finished.manifest.read_bytes() == content
        assert is_finished(finished, ledger)


def test_shards_that_nobody_recorded_are_listed(begun: RunDirectory) -> None:
    row = b'{"brief":{"series":"base","index":0,"attempt":0},"genre":"chat"}'
    write_shard(begun.documents / "base-00000.jsonl.zst", [row])
    with Ledger.open(begun.db) as ledger:
        write_manifest(begun, ledger)
    found = json.loads(begun.manifest.read_bytes())
    assert "documents/base-00000.jsonl.zst" in [file["name"] for file in found["files"]]
    assert found["counts"]["genres"] == {"chat": 1}


def test_an_empty_run_has_a_manifest(tmp_path: Path) -> None:
    run = create_run(tmp_path, {}, b"", {})
    with Ledger.open(run.db) as ledger:
        write_manifest(run, ledger)
    assert json.loads(run.manifest.read_bytes())["counts"]["briefs"]["planned"] == 0
