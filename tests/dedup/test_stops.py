"""A dedup that stopped goes on to the same result, and never into what is not its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from sdf.dedup import DedupChoice, dedup
from sdf.errors import DamagedError, DiskError, InputError, RunError
from sdf.files import LEFTOVER
from tests.dedup.corpus import kept, planted_rows, result, write
from tests.test_files import at_most

ROOT = Path(__file__).resolve().parents[2]
STAGES = ["signatures.sig", "words.npy", "candidates.npz", "members.jsonl", "verified.npz"]
BAD = b'{"id": "bad"}\n'
KILLED = """
import os, signal, sys
from pathlib import Path
from sdf.dedup import dedup

def said(stage, done):
    if stage == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

dedup(Path(sys.argv[1]), Path(sys.argv[2]), said=said)
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write(tmp_path / "c.jsonl", planted_rows())


@pytest.fixture
def whole(corpus: Path, tmp_path: Path) -> dict[str, bytes]:
    """The result of a dedup that never stopped."""
    dedup(corpus, tmp_path / "whole")
    return result(tmp_path / "whole")


def files(out: Path) -> dict[str, tuple[bytes, int]]:
    """Everything in a folder, and when it was written."""
    return {
        path.relative_to(out).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def leftovers(out: Path) -> list[Path]:
    return [path for path in out.rglob("*") if path.name.endswith(LEFTOVER)]


def test_a_second_run_repeats_nothing(corpus: Path, tmp_path: Path, whole: dict[str, bytes]) -> None:
    out = tmp_path / "whole"
    before = files(out)
    stages: list[str] = []
    assert dedup(corpus, out, said=lambda stage, done: stages.append(stage)).kept == 10
    after = files(out)
    written = {name for name in before if before[name] != after[name]}
    assert written <= {"groups.jsonl", "dedup.json"}
    assert result(out) == whole
    assert set(stages) == {"kept"}


@pytest.mark.parametrize("first", range(len(STAGES)))
def test_a_stop_between_stages_goes_on(corpus: Path, tmp_path: Path, whole: dict[str, bytes], first: int) -> None:
    out = tmp_path / "whole"
    for name in STAGES[first:]:
        (out / "stages" / name).unlink()
    for path in (out / "groups.jsonl", out / "dedup.json", *(out / "documents").iterdir()):
        path.unlink()
    before = files(out)
    dedup(corpus, out)
    assert result(out) == whole
    earlier = {name: what for name, what in files(out).items() if name in before}
    # The lengths go with the signatures, and the members with the similarities.
    again = {"stages/signatures.sig": first == 1, "stages/members.jsonl": first == 4}
    assert {n: w for n, w in earlier.items() if not again.get(n)} == {
        n: w for n, w in before.items() if not again.get(n)
    }


@pytest.mark.parametrize("stage", ["sketched", "verified", "kept"])
def test_a_kill_within_a_stage_goes_on(corpus: Path, tmp_path: Path, whole: dict[str, bytes], stage: str) -> None:
    out = tmp_path / "out"
    program = [sys.executable, "-c", KILLED, str(corpus), str(out), stage]
    killed = subprocess.run(program, cwd=ROOT, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert (out / "stages" / "signatures.sig").exists() == (stage != "sketched")
    assert bool(leftovers(out)) == (stage == "sketched")
    dedup(corpus, out)
    assert result(out) == whole
    assert leftovers(out) == []


def test_a_kill_before_the_first_file_is_whole(corpus: Path, tmp_path: Path, whole: dict[str, bytes]) -> None:
    rubbish = tmp_path / "out" / "stages" / f".input.json.1.0{LEFTOVER}"
    rubbish.parent.mkdir(parents=True)
    rubbish.write_bytes(b'{"cho')
    dedup(corpus, tmp_path / "out")
    assert result(tmp_path / "out") == whole
    assert not rubbish.exists()


def test_a_bad_last_row_leaves_no_stage_and_the_mended_corpus_goes_on(
    corpus: Path, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    good, out = corpus.read_bytes(), tmp_path / "out"
    corpus.write_bytes(good + BAD)
    with pytest.raises(InputError, match=r"c\.jsonl:31: the row has no field `text`"):
        dedup(corpus, out)
    assert [*files(out)] == ["stages/input.json"]
    corpus.write_bytes(good)
    dedup(corpus, out)
    assert result(out) == whole


def test_a_corpus_mended_after_a_kill_goes_on_without_the_rubbish(corpus: Path, tmp_path: Path) -> None:
    good, out = corpus.read_bytes(), tmp_path / "out"
    corpus.write_bytes(good + BAD)
    with pytest.raises(InputError):
        dedup(corpus, out)
    (out / "stages" / f".signatures.sig.1.0{LEFTOVER}").write_bytes(b"half")
    corpus.write_bytes(good)
    dedup(corpus, out)
    assert leftovers(out) == []


@pytest.mark.parametrize(
    ("size", "there"), [(10, []), (1000, ["input.json"]), (20_000, ["groups.jsonl", "input.json", *STAGES])]
)
def test_a_full_disk_keeps_what_was_whole(tmp_path: Path, size: int, there: list[str]) -> None:
    rows = [{**row, "noise": Random(row["id"]).randbytes(3000).hex()} for row in planted_rows()]  # noqa: S311
    corpus, out = write(tmp_path / "c.jsonl", rows), tmp_path / "out"
    with at_most(size), pytest.raises(DiskError, match="cannot write: File too large"):
        dedup(corpus, out)
    assert sorted(path.name for path in out.rglob("*") if path.is_file()) == sorted(there)
    dedup(corpus, out)
    dedup(corpus, tmp_path / "whole")
    assert result(out) == result(tmp_path / "whole")


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        (DedupChoice(threshold=0.9), "`choice` differs"),
        (DedupChoice(score="meta.quality"), "`choice` differs"),
        (DedupChoice(shingle=3), "`choice` differs"),
    ],
)
def test_other_choices_are_refused_and_nothing_is_touched(
    corpus: Path, tmp_path: Path, whole: dict[str, bytes], choice: DedupChoice, says: str
) -> None:
    before = files(tmp_path / "whole")
    with pytest.raises(RunError, match=says) as caught:
        dedup(corpus, tmp_path / "whole", choice)
    assert "Write to another folder, or remove this one." in str(caught.value)
    assert files(tmp_path / "whole") == before


def rewritten(corpus: Path) -> None:
    write(corpus, planted_rows()[:-1])


def touched(corpus: Path) -> None:
    os.utime(corpus, ns=(0, corpus.stat().st_mtime_ns + 1))


@pytest.mark.parametrize("change", [rewritten, touched])
def test_another_corpus_is_refused_and_nothing_is_touched(
    corpus: Path, tmp_path: Path, whole: dict[str, bytes], change: Callable[[Path], None]
) -> None:
    before = files(tmp_path / "whole")
    change(corpus)
    with pytest.raises(RunError, match="another corpus or other choices: `files` differs"):
        dedup(corpus, tmp_path / "whole")
    assert files(tmp_path / "whole") == before


def test_a_folder_that_moved_with_its_corpus_goes_on(corpus: Path, tmp_path: Path, whole: dict[str, bytes]) -> None:
    there = tmp_path / "there"
    there.mkdir()
    moved = corpus.rename(there / corpus.name)
    stages: list[str] = []
    dedup(moved, (tmp_path / "whole").rename(there / "out"), said=lambda stage, done: stages.append(stage))
    assert set(stages) == {"kept"}
    assert result(there / "out") == whole


@pytest.mark.parametrize("held", ["letter.txt", "documents/part-00000.jsonl.zst"])
def test_a_folder_of_something_else_is_refused(corpus: Path, tmp_path: Path, held: str) -> None:
    theirs = tmp_path / "out" / held
    theirs.parent.mkdir(parents=True)
    theirs.write_text("precious")
    with pytest.raises(RunError, match="out: this folder holds something else"):
        dedup(corpus, tmp_path / "out")
    assert [*files(tmp_path / "out")] == [held]


def test_a_file_is_no_folder_to_write_to(corpus: Path) -> None:
    before = corpus.read_bytes()
    with pytest.raises(RunError, match=r"c\.jsonl: this folder holds something else"):
        dedup(corpus, corpus)
    assert corpus.read_bytes() == before


@pytest.mark.parametrize("out", ["", "deduped", "a/../deduped"])
def test_the_result_may_not_lie_in_the_corpus(tmp_path: Path, out: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write(folder / "c.jsonl", planted_rows())
    with pytest.raises(InputError, match="would become a part of the corpus"):
        dedup(folder, folder / out)
    assert [*files(folder)] == ["c.jsonl"]
    dedup(folder, tmp_path / "folder-deduped")
    assert len(kept(tmp_path / "folder-deduped")) == 10


@pytest.mark.parametrize("name", STAGES)
@pytest.mark.parametrize("content", [b"", b"\x00" * 300])
def test_a_damaged_stage_is_named_and_may_be_removed(
    corpus: Path, tmp_path: Path, whole: dict[str, bytes], name: str, content: bytes
) -> None:
    stage = tmp_path / "whole" / "stages" / name
    stage.write_bytes(content)
    if (name, content) != ("members.jsonl", b""):
        with pytest.raises((DamagedError, InputError)) as caught:
            dedup(corpus, tmp_path / "whole")
        assert caught.value.where == str(stage)
        assert "made anew" in caught.value.hint
    stage.unlink()
    dedup(corpus, tmp_path / "whole")
    assert result(tmp_path / "whole") == whole


def test_a_damaged_claim_is_no_reason_to_write_over_a_result(
    corpus: Path, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    (tmp_path / "whole" / "stages" / "input.json").write_text("{")
    before = files(tmp_path / "whole")
    with pytest.raises(RunError, match=r"its input\.json is damaged"):
        dedup(corpus, tmp_path / "whole")
    assert files(tmp_path / "whole") == before


def test_the_claim_names_no_place_of_this_machine(corpus: Path, tmp_path: Path, whole: dict[str, bytes]) -> None:
    claim = (tmp_path / "whole" / "stages" / "input.json").read_text()
    assert str(tmp_path) not in claim
    assert json.loads(claim)["files"][0]["name"] == "c.jsonl"
    assert all(str(tmp_path).encode() not in content for content in whole.values())
