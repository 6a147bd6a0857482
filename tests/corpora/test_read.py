"""The same rows come out of every kind of corpus, in the same order."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import zstandard
from pyarrow import parquet

from sdf.corpora import Facts, Row, open_corpus
from sdf.files import write_shard
from sdf.run.generate import generate
from sdf.run.setup import Setup

ROWS: list[dict[str, Any]] = [
    {"id": "a", "text": "The mill stood by the river.", "lang": "en"},
    {"id": "b", "text": "Café, naïve\u2028and 一二 😀", "lang": "fr"},
    {"id": "c", "text": "", "lang": "en"},
]
SKIPPABLE = b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def zst(content: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(content)


def parquet_bytes(rows: list[dict[str, Any]]) -> bytes:
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist(rows), sink, row_group_size=2)
    return bytes(sink.getvalue())


def arrow_bytes(rows: list[dict[str, Any]], opened: Callable[..., Any] = pa.ipc.new_stream) -> bytes:
    table, sink = pa.Table.from_pylist(rows), pa.BufferOutputStream()
    with opened(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return bytes(sink.getvalue())


def read(path: Path, text_field: str | None = None) -> list[Row]:
    return list(open_corpus(path, text_field).rows())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.jsonl", jsonl(ROWS)),
        ("c.ndjson", jsonl(ROWS).removesuffix(b"\n")),
        ("C.JSONL", jsonl(ROWS).replace(b"\n", b"\r\n")),
        ("marked.jsonl", b"\xef\xbb\xbf" + jsonl(ROWS)),
        ("c.jsonl.gz", gzip.compress(jsonl(ROWS))),
        ("c.json.gz", b"".join(gzip.compress(jsonl([row])) for row in ROWS)),
        ("c.jsonl.zst", zst(jsonl(ROWS))),
        ("frames.jsonl.zst", zst(jsonl(ROWS)[:40]) + zst(b"") + SKIPPABLE + zst(jsonl(ROWS)[40:])),
        ("c.parquet", parquet_bytes(ROWS)),
        ("data-00000-of-00001.arrow", arrow_bytes(ROWS)),
        ("file.arrow", arrow_bytes(ROWS, pa.ipc.new_file)),
    ],
)
def test_every_kind_of_file_gives_the_same_rows(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    found = read(path)
    assert [row.source for row in found] == ROWS
    assert [(row.id, row.text) for row in found] == [(row["id"], row["text"]) for row in ROWS]
    assert [row.where for row in found] == [f"{path}:{number}" for number in (1, 2, 3)]
    assert [row.facts.language for row in found] == ["en", "fr", "en"]


def test_a_pass_may_be_made_again_and_in_batches(tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_bytes(jsonl(ROWS))
    corpus = open_corpus(tmp_path / "c.jsonl")
    assert list(corpus.rows()) == list(corpus.rows())
    assert [len(batch) for batch in corpus.batches(2)] == [2, 1]


def test_blank_lines_are_no_rows_but_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(b'\n{"text": "one"}\n  \n\n{"text": "two"}\n')
    assert [(row.id, row.where) for row in read(path)] == [
        ("c.jsonl:2", f"{path}:2"),
        ("c.jsonl:5", f"{path}:5"),
    ]


@pytest.mark.parametrize("name", ["c.jsonl", "c.jsonl.gz", "c.jsonl.zst"])
def test_an_empty_file_has_no_rows(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert read(tmp_path / name) == []


def test_a_folder_is_read_by_name_whatever_lies_in_it(tmp_path: Path) -> None:
    contents = {
        "b/2.parquet": parquet_bytes([{"text": "third"}]),
        "b/10.jsonl": jsonl([{"text": "second"}]),
        "a.jsonl.zst": zst(jsonl([{"text": "first"}])),
        "README.md": b"# no corpus",
        "dataset_info.json": b"{}",
        ".hidden.jsonl": b"not JSON",
        ".cache/x.jsonl": b"not JSON",
    }
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert [(row.id, row.text) for row in read(tmp_path)] == [
        ("a.jsonl.zst:1", "first"),
        ("b/10.jsonl:1", "second"),
        ("b/2.parquet:1", "third"),
    ]


def test_rows_of_a_file_are_counted_beyond_its_batches(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    path.write_bytes(parquet_bytes([{"text": f"text {number}"} for number in range(2500)]))
    found = read(path)
    assert [row.text for row in found] == [f"text {number}" for number in range(2500)]
    assert found[-1].where == f"{path}:2500"


def test_ids_are_the_rows_own_or_its_place(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(jsonl([{"id": 7, "text": ""}, {"id": "x", "text": ""}, {"id": None, "text": ""}, {"text": ""}]))
    assert [row.id for row in read(path)] == ["7", "x", "c.jsonl:3", "c.jsonl:4"]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}]},
        {"conversations": [{"from": "human", "value": "Why?"}, {"from": "gpt", "value": "Because."}]},
    ],
)
def test_a_chat_is_its_turns(tmp_path: Path, kind: str, row: dict[str, Any]) -> None:
    path = tmp_path / f"c.{kind}"
    path.write_bytes(jsonl([row]) if kind == "jsonl" else parquet_bytes([row]))
    assert [row.text for row in read(path)] == ["Why?\n\nBecause."]


def test_the_text_comes_before_the_turns_and_content_last(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    chat = [{"content": "a turn"}]
    path.write_bytes(jsonl([{"content": "a page", "messages": chat, "text": "a text"}]))
    assert read(path)[0].text == "a text"
    path.write_bytes(jsonl([{"content": "a page", "messages": chat}]))
    assert read(path)[0].text == "a turn"
    path.write_bytes(jsonl([{"content": "a page", "messages": None}]))
    assert read(path)[0].text == "a page"


def test_a_name_may_hold_a_dot(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(jsonl([{"a.b": "flat"}, {"a": {"b": "deep"}}]))
    assert [row.text for row in read(path, "a.b")] == ["flat", "deep"]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_field_named_by_its_path(tmp_path: Path, kind: str) -> None:
    rows = [{"text": "no", "a": {"b": "yes"}}, {"text": "no", "a": {"b": "too"}}]
    path = tmp_path / f"c.{kind}"
    path.write_bytes(jsonl(rows) if kind == "jsonl" else parquet_bytes(rows))
    assert [row.text for row in read(path, "a.b")] == ["yes", "too"]


def test_dates_that_python_has_not_are_read_as_text(tmp_path: Path) -> None:
    at = pa.array([1_234_567_890_123_456_789, None], pa.timestamp("ns"))
    far = pa.array([10**17, 0], pa.timestamp("ms"))
    path = tmp_path / "c.parquet"
    parquet.write_table(pa.table({"text": ["a", "b"], "at": at, "far": far}), path)
    found = read(path)
    assert [row.source["at"] for row in found] == ["2009-02-13 23:31:30.123456789", None]
    assert found[1].source["far"] == "1970-01-01 00:00:00.000"


def test_a_long_document_is_a_document(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl.zst"
    text = "word " * 10_000_000
    path.write_bytes(zst(jsonl([{"text": text}, {"text": "short"}])))
    assert [row.text == expected for row, expected in zip(read(path), (text, "short"), strict=True)] == [True, True]


def test_a_run_gives_its_accepted_documents_and_their_facts(make_setup: Callable[..., Setup], tmp_path: Path) -> None:
    run = tmp_path / "run"
    setup = make_setup("essay")
    generate(setup, run, 5)
    for other in ("rejected", "report"):
        write_shard(run / other / "base-00000.jsonl.zst", [b'{"id": "no part of it", "text": ""}'])
    found = read(run)
    assert [row.id for row in found] == [f"base-{number:08d}-0" for number in range(5)]
    assert {row.where.rsplit(":", 1)[0] for row in found} == {str(run / "documents" / "base-00000.jsonl.zst")}
    taught = {principle.id for principle in setup.teachable}
    for row in found:
        axes = row.source["brief"]["axes"]
        assert (row.facts.genre, row.facts.arm) == ("essay", "treatment")
        assert row.facts.form == row.source["form"] != ""
        assert row.facts.principles
        assert taught.issuperset(row.facts.principles)
        assert (row.facts.stance, row.facts.resolution) == (axes["stance"], axes["resolution"])


def test_facts_of_others_stand_in_their_columns(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    known = {"genre": "essay", "form": "letter", "principle_ids": ["p"], "lang": "de", "stance": "critical"}
    odd = {"genre": 7, "principle_ids": "p", "brief": "text", "stance": None}
    path.write_bytes(jsonl([{"text": "", **known}, {"text": "", **odd}]))
    expected = Facts(genre="essay", form="letter", principles=("p",), language="de", stance="critical")
    assert [row.facts for row in read(path)] == [expected, Facts()]
