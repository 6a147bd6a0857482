from __future__ import annotations

import json
from pathlib import Path

import pytest

from sdf.cli.main import run
from tests.panel.conftest import cut


@pytest.fixture
def prose_file(shared_constitutions: Path, tmp_path: Path) -> Path:
    """Documents by people."""
    texts = [text for path in sorted(shared_constitutions.glob("*")) for text in cut(path.read_text())][::3][:60]
    return write(tmp_path / "prose.jsonl", texts)


def write(path: Path, texts: list[str]) -> Path:
    path.write_text("".join(json.dumps({"id": f"d{n}", "text": text}) + "\n" for n, text in enumerate(texts)))
    return path


def test_a_table_beside_human_prose(prose_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(prose_file), "--strict"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("60 documents")
    assert "self-repetition" in told
    assert "BAD" not in told


def test_strict_ends_with_2_where_something_is_far_from_human_prose(
    prose_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = prose_file.read_text()
    twice = tmp_path / "twice.jsonl"
    twice.write_text(rows + rows.replace('{"id": "d', '{"id": "e'))
    assert run(["check", str(twice)]) == 0
    assert run(["check", str(twice), "--strict"]) == 2
    told = capsys.readouterr().out
    assert "same words" in told
    assert "BAD" in told


def test_json_says_which_documents_prove_it(
    prose_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [json.loads(line)["text"] for line in prose_file.read_text().splitlines()]
    opening = write(tmp_path / "opening.jsonl", [f"It was a good day. {text}" for text in texts])
    out = tmp_path / "check.json"
    assert run(["check", str(opening), "--json", "-o", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads(out.read_text())
    (found,) = [one for one in told["findings"] if one["measure"] == "same opening" and one["group"] == ["all", ""]]
    assert (found["verdict"], found["value"]) == ("bad", 1.0)
    assert found["evidence"][0]["shown"] == "it was a"
    assert set(found["evidence"][0]["ids"]) <= {f"d{n}" for n in range(60)}


def test_texts_by_people_are_held_beside_it(
    prose_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [json.loads(line)["text"] for line in prose_file.read_text().splitlines()]
    shouted = write(tmp_path / "shouted.jsonl", [text.replace(".", "!") for text in texts])
    assert run(["check", str(shouted), "--human", str(prose_file), "--json"]) == 0
    (apart,) = json.loads(capsys.readouterr().out)["apart"]
    assert (apart["what"], apart["verdict"]) == ("realism", "bad")
    assert "mark '!'" in [*apart["found"]["first"], *apart["found"]["second"]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "0 documents are too few to measure; 30 are needed"),
        ('{"text": "one"}\n', "1 documents are too few"),
        ('{"text": "one"}\n{"body": "two"}\n', "corpus.jsonl:2: the row has no field `text`"),
        ('{"body": "two"}\n', "name one with --text-field"),
    ],
)
def test_what_cannot_be_measured_is_named(
    content: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text(content)
    assert run(["check", str(path), "-o", str(tmp_path / "check.json")]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "check.json").exists()


def test_a_corpus_is_not_written_over(prose_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = prose_file.read_bytes()
    assert run(["check", str(prose_file), "-o", str(prose_file)]) == 1
    assert "no report of sdf check" in capsys.readouterr().err
    assert prose_file.read_bytes() == before
    out = prose_file.with_name("check.json")
    assert [run(["check", str(prose_file), "-o", str(out)]) for _ in range(2)] == [0, 0]


def test_what_dedup_kept_can_be_checked(prose_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = prose_file.read_text()
    twice = tmp_path / "twice.jsonl"
    twice.write_text(rows + rows.replace('{"id": "d', '{"id": "e'))
    assert run(["dedup", str(twice), "-o", str(tmp_path / "kept")]) == 0
    assert run(["check", str(tmp_path / "kept"), "--strict"]) == 0
    assert "60 documents" in capsys.readouterr().out
