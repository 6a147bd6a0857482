"""Files appear complete or not at all, and a damaged shard says so."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zstandard

from sdf import files
from sdf.errors import DamagedError, DiskError, RunError
from sdf.records import Flag

ROWS = [
    b'{"text":"one"}',
    '{"text":"two\u2028lines\u0085here\\n"}'.encode(),
    b"",
    b"\r",
    b"{}" * 900,
]


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes, as on a disk that fills up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_is_replaced_whole_and_its_parents_are_made(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "file.txt"
    files.write_atomic(target, b"first")
    files.write_atomic(target, b"second")
    assert target.read_bytes() == b"second"
    assert os.listdir(target.parent) == ["file.txt"]


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "link"
    victim.write_bytes(b"precious")
    link.symlink_to(victim)
    with pytest.raises(RunError, match="symbolic link"):
        files.write_atomic(link, b"other")
    with pytest.raises(DiskError):
        files.open_in_place(link)
    assert victim.read_bytes() == b"precious"


def test_a_full_disk_leaves_the_old_file_and_no_leftover(tmp_path: Path) -> None:
    target = tmp_path / "file.txt"
    files.write_atomic(target, b"old")
    with at_most(1000), pytest.raises(DiskError) as caught:
        files.write_atomic(target, b"x" * 5000)
    assert caught.value.where == str(target)
    assert caught.value.exit_code == 74
    assert "Free some space" in caught.value.hint
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file.txt"]


def test_rows_that_fail_half_way_leave_nothing(tmp_path: Path) -> None:
    def rows() -> Iterator[bytes]:
        yield b"{}"
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        files.write_shard(tmp_path / "s.jsonl.zst", rows())
    assert os.listdir(tmp_path) == []


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DiskError, match="file: cannot write"):
        files.write_atomic(tmp_path / "file" / "below", b"")


def test_leftovers_are_known_by_their_name(tmp_path: Path) -> None:
    assert files.is_leftover(files.temporary_beside(tmp_path / ("x" * 250)))
    assert not files.is_leftover(tmp_path / ".lock")
    os.close(os.open(files.temporary_beside(tmp_path / ("x" * 250)), os.O_CREAT))


def test_free_space_is_asked_of_the_nearest_parent(tmp_path: Path) -> None:
    files.require_free_space(tmp_path / "not" / "yet", 1)
    with pytest.raises(DiskError, match="are needed"):
        files.require_free_space(tmp_path, 10**18)


def test_canonical_json_is_one_text() -> None:
    value = {"b": [1, 2.5, None], "a": "ü\u2028", "c": Flag(rule="r", detail="d")}
    text = files.canonical_json(value)
    flag = '{"detail":"d","rule":"r","start":0,"stop":0}'
    assert text == f'{{"a":"ü\u2028","b":[1,2.5,null],"c":{flag}}}'.encode()
    for impossible in (float("nan"), "\ud800"):
        with pytest.raises(ValueError, match=r".+"):
            files.canonical_json(impossible)
    with pytest.raises(TypeError, match="no JSON form"):
        files.canonical_json({1, 2})


def test_json_files_end_in_a_newline(tmp_path: Path) -> None:
    files.write_json(tmp_path / "a.json", {"z": 1, "a": []})
    assert (tmp_path / "a.json").read_text() == '{\n  "a": [],\n  "z": 1\n}\n'


def test_a_shard_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl.zst"
    digest = files.write_shard(path, ROWS)
    content = b"".join(row + b"\n" for row in ROWS)
    assert list(files.read_shard(path)) == ROWS
    assert digest.rows == len(ROWS)
    assert digest.content_sha256 == files.sha256_hex(content)
    assert digest.sha256 == files.sha256_hex(path.read_bytes())
    assert digest == files.digest_file(path)
    assert digest.bytes == path.stat().st_size


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    rows = [os.urandom(3000).hex().encode() for _ in range(200)]
    one = files.write_shard(tmp_path / "1.jsonl.zst", rows)
    two = files.write_shard(tmp_path / "2.jsonl.zst", iter(rows))
    assert one.sha256 == two.sha256
    head = zstandard.get_frame_parameters((tmp_path / "1.jsonl.zst").read_bytes())
    assert head.has_checksum
    assert head.content_size == zstandard.CONTENTSIZE_UNKNOWN


def test_a_shard_may_be_empty(tmp_path: Path) -> None:
    assert files.write_shard(tmp_path / "s.jsonl.zst", []).rows == 0
    assert list(files.read_shard(tmp_path / "s.jsonl.zst")) == []


def test_a_row_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="row 2 holds a newline"):
        files.write_shard(tmp_path / "s.jsonl.zst", [b"{}", b"{\n}"])
    assert os.listdir(tmp_path) == []


def test_a_shard_cut_anywhere_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl.zst"
    files.write_shard(path, ROWS)
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(DamagedError, match="cut short") as caught:
            list(files.read_shard(path))
        assert str(path) in caught.value.where


def test_a_flipped_bit_never_changes_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl.zst"
    files.write_shard(path, ROWS)
    whole = path.read_bytes()
    damaged = 0
    for place in range(len(whole) * 8):
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << place % 8
        path.write_bytes(flipped)
        try:
            assert list(files.read_shard(path)) == ROWS
        except DamagedError:
            damaged += 1
    assert damaged > len(whole) * 7


def test_damage_names_the_row(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl.zst"
    rows = [os.urandom(40_000).hex().encode() for _ in range(20)]
    files.write_shard(path, rows)
    path.write_bytes(path.read_bytes()[:-100_000])
    read = []
    with pytest.raises(DamagedError) as caught:  # noqa: PT012
        for row in files.read_shard(path):
            read.append(row)
    assert caught.value.where == f"{path}:{len(read) + 1}"
    assert 10 < len(read) < 20
    assert read == rows[: len(read)]


@pytest.mark.parametrize("tail", [b"x", zstandard.compress(b"{}\n")])
def test_nothing_may_follow_a_shard(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "s.jsonl.zst"
    files.write_shard(path, ROWS)
    path.write_bytes(path.read_bytes() + tail)
    with pytest.raises(DamagedError, match="follows the end"):
        list(files.read_shard(path))


def test_the_last_row_must_end(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl.zst"
    path.write_bytes(zstandard.compress(b"{}\n{"))
    with pytest.raises(DamagedError, match="does not end"):
        list(files.read_shard(path))


def test_a_row_without_end_is_not_gathered(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl.zst"
    path.write_bytes(zstandard.compress(b" " * (80 << 20)))
    with pytest.raises(DamagedError, match="longer than 64 MiB"):
        list(files.read_shard(path))


def test_digests_tell_their_parts_apart() -> None:
    texts = {files.digest_of("ab", "c"), files.digest_of("a", "bc"), files.digest_of("abc")}
    others = {files.digest_of(p) for p in (b"abc", 1, "1", 1.0, None, "None", "")}
    assert len(texts | others) == len(texts) + len(others) == 10


def test_digests_stay_what_they_are() -> None:
    # Ledgers and ids on disk hang on this value.
    assert files.digest_of("base", 7, b"\x00", None) == "a0b70384ea97f0900f51933764f30731aa26fc24"


@pytest.mark.parametrize("beside", ["", "-wal", "-shm", "-journal"])
def test_what_a_killed_writer_leaves_is_known_for_rubbish(beside: str, tmp_path: Path) -> None:
    assert files.is_leftover(tmp_path / f".run.db.7.1.sdf-tmp{beside}")
    assert not files.is_leftover(tmp_path / f"run.db{beside}")
