"""Whole runs: written, stopped, gone on with, made larger, made twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sdf.errors import HaltedError, LockedError, MismatchError, RunError
from sdf.files import read_shard
from sdf.providers.offline.provider import OfflineProvider
from sdf.records import Request, Response, StopReason
from sdf.run.avoid import overused_words
from sdf.run.generate import generate
from sdf.run.lock import RunLock
from sdf.run.rows import Wave
from sdf.run.setup import Setup
from sdf.run.verify import verify_run
from sdf.run.work import plan_waves

Make = Callable[..., Setup]
SMALL = {"wave": 20}


def documents(run: Path) -> list[dict[str, object]]:
    return [json.loads(row) for shard in sorted((run / "documents").iterdir()) for row in read_shard(shard)]


class Counting(OfflineProvider):
    """The offline provider, which counts what it is asked and may stop half-way."""

    def __init__(self, setup: Setup, stop_after: int = 10**9) -> None:
        super().__init__(setup.catalogue)
        self.asked = 0
        self.stop_after = stop_after

    def submit(self, requests: Sequence[Request]) -> None:
        self.asked += len(requests)
        super().submit(requests)

    def collect(self) -> list[Response]:
        if self.asked > self.stop_after:
            raise HaltedError("stopped by the test")
        return super().collect()[:7] if self._short() else super().collect()

    def _short(self) -> bool:
        return False


class Faulty(Counting):
    """Answers some requests with what real models answer sometimes."""

    def collect(self) -> list[Response]:
        return [self._spoilt(answer) for answer in super().collect()]

    def _spoilt(self, answer: Response) -> Response:
        kind = int(answer.request_id[:6], 16) % 12
        if kind == 0:
            return answer.model_copy(update={"stop": StopReason.refusal, "text": ""})
        if kind == 1:
            return answer.model_copy(update={"stop": StopReason.length, "text": answer.text[:200]})
        if kind == 2:
            return answer.model_copy(update={"text": answer.text.replace("</document>", "")})
        if kind == 3:
            return answer.model_copy(update={"error": "invalid_request: no", "text": ""})
        return answer


def test_a_run_writes_every_document_and_verifies(make_setup: Make, tmp_path: Path) -> None:
    setup = make_setup("essay", plan=SMALL)
    generate(setup, tmp_path / "r", 45)
    rows = documents(tmp_path / "r")
    assert [row["brief"]["index"] for row in rows] == list(range(45))  # type: ignore[index]
    assert len({row["sha256"] for row in rows}) == 45
    assert all(row["split"] == "train" and row["kind"] == "document" for row in rows)
    assert {s["stage"] for s in rows[0]["lineage"]} == {"premise", "draft", "rewrite"}  # type: ignore[union-attr]
    report = verify_run(tmp_path / "r")
    assert report.ok, report.problems
    assert report.finished


def test_nothing_reserved_by_trainers_stands_beside_the_text(make_setup: Make, tmp_path: Path) -> None:
    generate(make_setup("essay"), tmp_path / "r", 12)
    reserved = {"prompt", "completion", "chosen", "rejected", "conversations", "tools", "images", "input_ids", "labels"}
    assert not reserved & set(documents(tmp_path / "r")[0])


def test_a_finished_run_sends_nothing_and_changes_no_byte(make_setup: Make, tmp_path: Path) -> None:
    setup = make_setup("essay")
    generate(setup, tmp_path / "r", 15)
    before = {p: p.read_bytes() for p in (tmp_path / "r").rglob("*") if p.is_file() and "run.db" not in p.name}
    again = Counting(setup)
    generate(setup, tmp_path / "r", 15, provider=again)
    assert again.asked == 0
    assert before == {p: p.read_bytes() for p in before}


def test_two_folders_have_the_same_manifest(make_setup: Make, tmp_path: Path) -> None:
    for name in "ab":
        generate(make_setup("essay", plan=SMALL), tmp_path / name, 50)
    assert (tmp_path / "a" / "manifest.json").read_bytes() == (tmp_path / "b" / "manifest.json").read_bytes()


def test_a_larger_n_leaves_the_first_documents_as_they_are(make_setup: Make, tmp_path: Path) -> None:
    setup = make_setup("essay", plan=SMALL)
    generate(setup, tmp_path / "r", 30)
    first = {p.name: p.read_bytes() for p in (tmp_path / "r" / "documents").iterdir()}
    generate(setup, tmp_path / "r", 70)
    assert len(documents(tmp_path / "r")) == 70
    for name, content in first.items():
        assert (tmp_path / "r" / "documents" / name).read_bytes() == content
    assert verify_run(tmp_path / "r").ok


def test_a_run_that_stopped_anywhere_goes_on_to_the_same_corpus(make_setup: Make, tmp_path: Path) -> None:
    setup = make_setup("essay", plan=SMALL)
    generate(setup, tmp_path / "whole", 60)
    asked = 0
    for stop in (3, 40, 70, 11, 55, 10**9):
        provider = Counting(setup, stop_after=stop)
        try:
            generate(setup, tmp_path / "r", 60, provider=provider)
        except HaltedError:
            asked += provider.asked
            continue
        asked += provider.asked
    assert (tmp_path / "r" / "manifest.json").read_bytes() == (tmp_path / "whole" / "manifest.json").read_bytes()


def test_every_way_to_fail_is_an_outcome_and_is_tried_again(make_setup: Make, tmp_path: Path) -> None:
    setup = make_setup("essay", plan=SMALL)
    generate(setup, tmp_path / "r", 60, provider=Faulty(setup))
    rejected = [
        json.loads(row) for shard in sorted((tmp_path / "r" / "rejected").iterdir()) for row in read_shard(shard)
    ]
    outcomes = {row["outcome"] for row in rejected}
    assert {"refused", "truncated", "invalid", "failed"} <= outcomes
    texts = [str(row["text"]) for row in documents(tmp_path / "r")]
    assert all(len(text.split()) > 100 for text in texts)
    manifest = json.loads((tmp_path / "r" / "manifest.json").read_text())
    briefs = manifest["counts"]["briefs"]
    assert briefs["planned"] == 60 == briefs["accepted"] + briefs["unfilled"] + briefs["pending"]
    assert briefs["pending"] == 0
    assert sum(manifest["counts"]["attempts"].values()) == len(rejected) + len(texts)
    again = tmp_path / "again"
    generate(setup, again, 60, provider=Faulty(setup))
    assert (again / "manifest.json").read_bytes() == (tmp_path / "r" / "manifest.json").read_bytes()


def test_a_changed_recipe_is_refused_with_the_difference(make_setup: Make, tmp_path: Path) -> None:
    generate(make_setup("essay"), tmp_path / "r", 10)
    with pytest.raises(MismatchError, match="seed: 7 -> 8"):
        generate(make_setup("essay", seed=8), tmp_path / "r", 10)


def test_a_directory_that_is_held_is_left_alone(make_setup: Make, tmp_path: Path) -> None:
    setup = make_setup("essay")
    with RunLock(tmp_path / "r"), pytest.raises(LockedError, match="pid"):
        generate(setup, tmp_path / "r", 10)


def test_a_deleted_ledger_is_named_and_nothing_is_overwritten(make_setup: Make, tmp_path: Path) -> None:
    setup = make_setup("essay")
    generate(setup, tmp_path / "r", 10)
    for name in ("run.db", "run.db-wal", "run.db-shm"):
        (tmp_path / "r" / name).unlink(missing_ok=True)
    kept = (tmp_path / "r" / "manifest.json").read_bytes()
    with pytest.raises(RunError, match="ledger was deleted"):
        generate(setup, tmp_path / "r", 10)
    assert (tmp_path / "r" / "manifest.json").read_bytes() == kept


def test_a_lost_shard_of_a_wave_that_was_not_closed_is_written_again(make_setup: Make, tmp_path: Path) -> None:
    setup = make_setup("essay", plan=SMALL)
    generate(setup, tmp_path / "whole", 20)
    provider = Counting(setup, stop_after=70)
    half = tmp_path / "r"
    with pytest.raises(HaltedError):
        generate(setup, half, 40, provider=provider)
    (half / "documents").mkdir(exist_ok=True)
    (half / "documents" / "base-00001.jsonl.zst").write_bytes(b"torn")
    generate(setup, half, 40)
    assert verify_run(half).ok


def test_waves_that_were_recorded_stand_and_new_ones_follow() -> None:
    known = [Wave(series="base", number=0, start=0, stop=30, closed=True)]
    assert [(w.start, w.stop) for w in plan_waves(known, 75, 20)] == [(0, 30), (30, 50), (50, 70), (70, 75)]
    assert plan_waves(known, 10, 20) == known


def test_words_that_too_many_premises_share_are_named_to_later_waves() -> None:
    premises = [f"<premise>A lighthouse keeper, number {n}</premise>" for n in range(80)]
    premises += [f"<premise>Something else {n}</premise>" for n in range(80)]
    assert overused_words(premises)[:2] == ["lighthouse", "something"] or "lighthouse" in overused_words(premises)
    assert overused_words(premises[:50]) == []


class Repeating(Counting):
    """Writes the same text again and again, as a model without a plan might."""

    def __init__(self, setup: Setup, stage: str) -> None:
        super().__init__(setup)
        self._stage = stage
        self._stages: dict[str, str] = {}
        self._said: dict[int, str] = {}

    def submit(self, requests: Sequence[Request]) -> None:
        self._stages |= {request.id: request.stage for request in requests}
        self._said |= {request.attempt: "" for request in requests if request.attempt not in self._said}
        super().submit(requests)

    def collect(self) -> list[Response]:
        return [self._same(answer) for answer in super().collect()]

    def _same(self, answer: Response) -> Response:
        if self._stages[answer.request_id] != self._stage:
            return answer
        self._said[0] = self._said[0] or answer.text
        return answer.model_copy(update={"text": self._said[0]})


@pytest.mark.parametrize(("stage", "check"), [("premise", "same_premise"), ("rewrite", "near_duplicate")])
def test_what_was_written_before_is_rejected_each_time(
    make_setup: Make, tmp_path: Path, stage: str, check: str
) -> None:
    setup = make_setup("essay", plan=SMALL)
    generate(setup, tmp_path / "r", 30, provider=Repeating(setup, stage))
    rows = [json.loads(row) for shard in sorted((tmp_path / "r" / "rejected").iterdir()) for row in read_shard(shard)]
    assert len(documents(tmp_path / "r")) <= 1
    assert len(rows) >= 3 * 29
    assert any(verdict["check"] == check and verdict["passed"] is False for row in rows for verdict in row["verdicts"])
    manifest = json.loads((tmp_path / "r" / "manifest.json").read_text())
    assert manifest["counts"]["briefs"]["unfilled"] >= 29
    assert verify_run(tmp_path / "r").ok
