"""`sdf dedup`, as a person and as a program meet it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sdf.cli import dedup as command
from sdf.cli.main import run
from tests.dedup.corpus import groups, kept, planted_rows, write


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write(Path("c.jsonl"), planted_rows())


def test_what_a_person_is_told(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dedup", "c.jsonl", "-o", "out"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "30 documents, 10 kept, 20 left out (66.67 %): 10 with the same words as another, 10 near-duplicates.",
        "Groups: 10, the largest of 3 documents.",
        "Compared exactly: 10 pairs.",
        "Documents: out/documents/*.jsonl.zst   Why the rest is not: out/groups.jsonl",
    ]
    assert told.err == ""
    assert kept(Path("out")) == planted_rows()[::3]


def test_what_a_program_is_told(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dedup", "c.jsonl", "--out", "out", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {**json.loads(Path("out/dedup.json").read_bytes()), "path": "out"}
    assert told == {
        **{"documents": 30, "kept": 10, "copies": 10, "near": 10, "groups": 10, "largest": 3},
        **{"compared": 10, "capped": 0, "path": "out"},
    }


def test_the_same_again_says_the_same(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dedup", "c.jsonl", "-o", "out"]) == 0
    first = capsys.readouterr()
    assert run(["dedup", "c.jsonl", "-o", "out"]) == 0
    assert capsys.readouterr() == first


def test_nothing_alike_has_no_groups(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(corpus, [{"text": "one two"}, {"text": ""}])
    assert run(["dedup", "c.jsonl", "-o", "out"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("2 documents, 2 kept, 0 left out (0.00 %)")
    assert "Groups" not in told


def test_an_empty_corpus_is_a_corpus(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus.write_bytes(b"")
    assert run(["dedup", "c.jsonl", "-o", "out"]) == 0
    assert capsys.readouterr().out.startswith("0 documents, 0 kept, 0 left out (0.00 %)")


def test_options_reach_the_work(corpus: Path) -> None:
    rows = [{"body": {"en": "a b c d"}, "stars": 1}, {"body": {"en": "d c b a"}, "stars": 2}]
    write(corpus, rows)
    options = ["--text-field", "body.en", "--shingle", "1", "--score", "stars", "--threshold", "1"]
    assert run(["dedup", "c.jsonl", "-o", "out", *options]) == 0
    assert kept(Path("out")) == rows[1:]
    assert groups(Path("out"))[0]["left_out"][0]["jaccard"] == 1.0


def test_a_corpus_of_much_the_same_says_so(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # 80 words, of which each text has another one last: more in a bucket than are compared.
    words = " ".join(f"word{number}" for number in range(80))
    write(corpus, [{"text": f"{words} last{number}"} for number in range(100)])
    assert run(["dedup", "c.jsonl", "-o", "out"]) == 0
    told = capsys.readouterr().out
    assert "100 documents, 1 kept" in told
    assert "Not compared with all of their kind: 35 documents." in told


def test_long_work_says_how_far_it_is(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "LINE_EVERY_SECONDS", 0.0)
    assert run(["dedup", "c.jsonl", "-o", "out"]) == 0
    assert capsys.readouterr().err.splitlines() == ["sketched: 30", "verified: 10", "kept: 10"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["gone", "-o", "out"], 1, "gone: there is nothing here"),
        (["notes.txt", "-o", "out"], 1, "notes.txt: this kind of file cannot be read as a corpus"),
        (["bad.jsonl", "-o", "out"], 1, "bad.jsonl:2: the row has no field `text`"),
        (["c.jsonl", "-o", "out", "--text-field", "body"], 1, "c.jsonl:1: the row has no field `body`"),
        (["c.jsonl", "-o", "out", "--score", "stars"], 1, "the row has no number in `stars`"),
        (["c.jsonl", "-o", "full"], 1, "full: this folder holds something else"),
        (["c.jsonl", "-o", "notes.txt"], 1, "notes.txt: this folder holds something else"),
        (["c.jsonl", "-o", "notes.txt/out"], 74, "notes.txt/out"),
        ([".", "-o", "out"], 1, "would become a part of the corpus"),
        (["c.jsonl"], 64, "Missing option '-o'"),
        (["-o", "out"], 64, "Missing argument 'CORPUS'"),
        (["c.jsonl", "-o", "out", "--threshold", "0.4"], 64, "0.5<=x<=1.0"),
        (["c.jsonl", "-o", "out", "--threshold", "nan"], 1, "the threshold nan is no similarity"),
        (["c.jsonl", "-o", "out", "--shingle", "0"], 64, "1<=x<=20"),
    ],
)
def test_what_goes_wrong_is_one_clear_error(
    corpus: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, says: str
) -> None:
    Path("notes.txt").write_text("precious")
    Path("bad.jsonl").write_text('{"text": "a"}\n{"body": "b"}\n')
    Path("full").mkdir()
    Path("full/letter.txt").write_text("precious")
    assert run(["dedup", *arguments]) == code
    told = capsys.readouterr()
    assert told.err.startswith("error: ")
    assert says in told.err
    assert "Traceback" not in told.err
    assert told.out == ""
    assert Path("notes.txt").read_text() == Path("full/letter.txt").read_text() == "precious"


def test_another_threshold_into_the_same_folder(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dedup", "c.jsonl", "-o", "out"]) == 0
    capsys.readouterr()
    assert run(["dedup", "c.jsonl", "-o", "out", "--threshold", "0.9"]) == 1
    assert capsys.readouterr().err == (
        "error: out: this folder holds the dedup of another corpus or other choices: `choice` differs\n"
        "  Write to another folder, or remove this one.\n"
    )
