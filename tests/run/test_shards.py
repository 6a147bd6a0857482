"""A shard's rows name their attempts, and its digest is taken from the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdf.errors import DamagedError
from sdf.files import write_shard
from sdf.run.directory import RunDirectory
from sdf.run.ledger import Ledger
from sdf.run.shards import record_shards, shard_rows


def test_rows_name_their_attempt(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl.zst"
    inside = b'{"brief":{"series":"base","index":3,"attempt":1},"genre":"essay"}'
    outside = b'{"series":"gap","index":4,"attempt":0,"reason":"refused"}'
    write_shard(path, [inside, outside])
    assert [row.key for row in shard_rows(path)] == [("base", 3, 1), ("gap", 4, 0)]
    assert [row.genre for row in shard_rows(path)] == ["essay", ""]


@pytest.mark.parametrize("row", [b"{}", b"[]", b"x", b'{"brief":{"series":1}}', b"3"])
def test_a_row_without_an_attempt_is_named(tmp_path: Path, row: bytes) -> None:
    path = tmp_path / "s.jsonl.zst"
    write_shard(path, [row])
    with pytest.raises(DamagedError) as caught:
        list(shard_rows(path))
    assert caught.value.where == f"{path}:1"


def test_shards_are_recorded_with_their_genres(finished: RunDirectory) -> None:
    with Ledger.open(finished.db, read_only=True) as ledger:
        files = ledger.files()
    first = files["documents/base-00000.jsonl.zst"]
    assert (first.rows, first.genres) == (5, {"essay": 2, "fiction": 3})
    assert first.bytes == (finished.documents / "base-00000.jsonl.zst").stat().st_size
    assert files["rejected/base-00001.jsonl.zst"].rows == 4


def test_shards_that_nobody_recorded_are_recorded_later(begun: RunDirectory) -> None:
    row = b'{"brief":{"series":"base","index":0,"attempt":0},"genre":"chat"}'
    write_shard(begun.documents / "base-00000.jsonl.zst", [row])
    with Ledger.open(begun.db) as ledger:
        record_shards(begun, ledger)
        assert ledger.files()["documents/base-00000.jsonl.zst"].genres == {"chat": 1}
