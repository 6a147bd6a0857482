"""What is wrong with a corpus is said once, with the file, the row and what to do."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import zstandard
from pyarrow import parquet

from sdf.corpora import lines, open_corpus
from sdf.errors import InputError

GOOD = b'{"text": "one"}\n{"text": "two"}\n'


def refusal(path: Path, text_field: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        list(open_corpus(path, text_field).rows())
    return str(caught.value)


def broken_texts() -> pa.Array:
    """Three texts, of which the second has bytes that are no UTF-8."""
    ends = np.array([0, 1, 4, 5], np.int32)
    return pa.Array.from_buffers(pa.string(), 3, [None, pa.py_buffer(ends.tobytes()), pa.py_buffer(b"ab\xff\xfec")])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"id": 3, "body": "x"}', "the row has no field `text`\n  It has body, id. --text-field names another."),
        (b"{}", "the row has no field `text`\n  It has no field at all."),
        (b'{"text": null}', "`text` of the row is null"),
        (b'{"text": 5}', "`text` is neither a text nor a list of chat turns"),
        (b'{"text": {"a": 1}}', "neither a text nor"),
        (b'{"text": [{"role": "user"}]}', "neither a text nor"),
        (b'{"text": ["a", "b"]}', "neither a text nor"),
        (b'{"text": "caf\xe9"}', "byte 14 of the row is no UTF-8"),
        (b'{"text": "a\\ud83d b"}', "`text` holds half a surrogate pair at character 1"),
        (b'{"text": "a\xed\xa0\xbd b"}', "half a surrogate pair"),
        (b'{"text": "tw', "the row is no JSON (unterminated string"),
        (b'{"text": "a"}{"text": "b"}', "the row is no JSON (extra data)"),
        (b"text: two", "the row is no JSON"),
        (b"\x00\x00\x00\x00", "the row is no JSON"),
        (b'["text"]', "the row is no JSON object\n  One JSON object a line."),
        (b'"text"', "no JSON object"),
        (b"[" * 100_000, "the row is no JSON (maximum recursion depth"),
        (b'{"text": "a", "n": ' + b"9" * 5000 + b"}", "the row is no JSON (exceeds the limit"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, line: bytes, says: str) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(GOOD + line + b"\n" + GOOD)
    told = refusal(path)
    assert told.startswith(f"{path}:3: ")
    assert says in told


def test_a_first_row_without_a_known_field_lists_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(b'{"body": "x", "title": "y", "text": 3}\n')
    told = refusal(path)
    assert told.startswith(f"{path}:1: no field of the row is known to be its text")
    assert "It has body, text, title: name one with --text-field." in told


@pytest.mark.parametrize("row", [b'{"a": {"c": "x"}}', b'{"a": "b"}', b'{"a": [{"b": "x"}]}'])
def test_a_path_that_leads_nowhere(tmp_path: Path, row: bytes) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(row)
    told = refusal(path, "a.b")
    assert told.startswith(f"{path}:1: the row has no field `a.b`")


def test_files_of_different_schemas_are_not_mixed(tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_bytes(GOOD)
    (tmp_path / "2.jsonl").write_bytes(b'{"content": "x"}\n')
    assert refusal(tmp_path).startswith(f"{tmp_path / '2.jsonl'}:1: the row has no field `text`")


@pytest.mark.parametrize("kind", ["gz", "zst"])
def test_a_compressed_file_that_is_cut_short(tmp_path: Path, kind: str) -> None:
    rows = b"".join(json.dumps({"text": f"number {n * n}"}).encode() + b"\n" for n in range(20_000))
    packed = gzip.compress(rows) if kind == "gz" else zstandard.ZstdCompressor().compress(rows)
    path = tmp_path / f"c.jsonl.{kind}"
    path.write_bytes(packed[: len(packed) // 2])
    told = refusal(path)
    row = int(told.removeprefix(f"{path}:").split(":")[0])
    assert "damaged: the file ends in the middle of its compressed part" in told
    assert "Put the file back from a copy" in told
    # zstd gives a block only when all of it is there, gzip what there is.
    assert 1000 < row < 20_000


@pytest.mark.parametrize("kind", ["gz", "zst"])
@pytest.mark.parametrize("row", [1, 3])
def test_bytes_that_are_not_compressed(tmp_path: Path, kind: str, row: int) -> None:
    good = gzip.compress(GOOD) if kind == "gz" else zstandard.ZstdCompressor().compress(GOOD)
    path = tmp_path / f"c.jsonl.{kind}"
    path.write_bytes((b"" if row == 1 else good) + b"these are no packed bytes")
    assert refusal(path).startswith(f"{path}:{row}: damaged: ")


@pytest.mark.parametrize("kind", ["gz", "zst"])
def test_a_flipped_bit_is_seen_by_its_checksum(tmp_path: Path, kind: str) -> None:
    packed = gzip.compress(GOOD) if kind == "gz" else zstandard.ZstdCompressor(write_checksum=True).compress(GOOD)
    path = tmp_path / f"c.jsonl.{kind}"
    path.write_bytes(packed[:-4] + bytes([packed[-4] ^ 1]) + packed[-3:])
    assert "damaged: " in refusal(path)


@pytest.mark.parametrize("name", ["c.jsonl", "c.jsonl.gz"])
def test_a_line_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(lines, "MOST_BYTES", 3 << 20)
    content = GOOD + b"x" * (8 << 20)
    path = tmp_path / name
    path.write_bytes(gzip.compress(content, 1) if name.endswith("gz") else content)
    assert refusal(path).startswith(f"{path}:3: damaged: a line is longer than 3 MiB")


def test_a_small_file_that_unpacks_to_very_much_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl.zst"
    path.write_bytes(zstandard.ZstdCompressor().compress(b"x" * (200 << 20)))
    assert path.stat().st_size < 20_000
    assert max(len(piece) for piece in lines._pieces(path)) <= 128 << 20


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_a_text_column_that_is_no_utf8(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"c.{kind}"
    table = pa.table({"text": broken_texts()})
    if kind == "parquet":
        parquet.write_table(table, path)
    else:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    assert refusal(path).startswith(f"{path}:2: byte 2 of a text is no UTF-8")


def test_a_row_is_named_beyond_the_first_batch(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    column = pa.chunked_array([pa.array(["fine"] * 3000), broken_texts()])
    parquet.write_table(pa.table({"text": column}), path, row_group_size=1500)
    assert refusal(path).startswith(f"{path}:3002: byte 2 of a text is no UTF-8")


def test_a_value_that_python_cannot_hold_is_named_by_its_row(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    times = pa.array([{"at": 1000}, {"at": 1001}], pa.struct([("at", pa.timestamp("ns"))]))
    parquet.write_table(pa.table({"text": ["a", "b"], "seen": times}), path)
    assert refusal(path).startswith(f"{path}:2: a value of the row cannot be read: ")


def test_a_null_text_in_a_column(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    parquet.write_table(pa.table({"text": ["a", None]}), path)
    assert refusal(path).startswith(f"{path}:2: `text` of the row is null")


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
@pytest.mark.parametrize("content", [b"", b"PAR1", b"no such file at all, but long enough to look at\n" * 50])
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, kind: str, content: bytes) -> None:
    path = tmp_path / f"c.{kind}"
    path.write_bytes(content)
    assert refusal(path).startswith(f"{path}: the file cannot be read as {kind.capitalize()}: ")


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_a_columnar_file_that_is_cut_short(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"c.{kind}"
    table = pa.table({"text": [f"text {number}" for number in range(5000)]})
    if kind == "parquet":
        parquet.write_table(table, path)
    else:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    path.write_bytes(path.read_bytes()[:-3000])
    assert refusal(path).startswith(f"{path}: the file cannot be read as {kind.capitalize()}: ")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gone", "gone: there is nothing here\n  Name a run, JSONL"),
        ("empty", "empty: no file in this folder can be read as a corpus\n  It reads JSONL (plain, .gz or .zst)"),
        ("notes.txt", "notes.txt: this kind of file cannot be read as a corpus\n  It reads JSONL"),
        ("rows.json", "rows.json: this kind of file cannot be read as a corpus"),
    ],
)
def test_a_path_without_a_corpus(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("")
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "rows.json").write_text("[]")
    assert says in refusal(tmp_path / name)


def test_a_file_that_goes_away_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(GOOD)
    corpus = open_corpus(path)
    path.unlink()
    with pytest.raises(InputError, match=r"c\.jsonl: cannot be read: No such file"):
        list(corpus.rows())
