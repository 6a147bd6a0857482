"""Small runs, made as a real one is made: recorded, decided, sharded, sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sdf.files import canonical_json, write_shard
from sdf.providers.prices import PICO
from sdf.records import Decision, Outcome, Response, StopReason, Usage, Verdict
from sdf.run.directory import RunDirectory, create_run, shard_name
from sdf.run.ledger import Ledger
from sdf.run.manifest import write_manifest
from sdf.run.rows import Phase, RecordedDecision, RecordedResponse
from sdf.run.shards import scan_shard

Respond = Callable[..., RecordedResponse]
Decide = Callable[..., RecordedDecision]

LOCK = {"fingerprint": "f" * 64, "model": "offline", "seed": 7, "genres": {"essay": "a" * 64}}
PACK = {"essay/genre.toml": b'kind = "document"\n', "essay/offline/draft.j2": b"{{ title }}\n"}


def respond(
    index: int,
    stage: str = "draft",
    *,
    attempt: int = 0,
    series: str = "base",
    request_id: str = "",
    text: str = "",
    cost: float | None = 0.25,
) -> RecordedResponse:
    """A recorded response with everything filled in."""
    response = Response(
        request_id=request_id or f"{series}-{index}-{attempt}-{stage}",
        text=text or f"A text about the {index}th matter, at {stage}, try {attempt}. " * 20,
        stop=StopReason.end,
        model="offline",
        usage=Usage(input=10, output=20, cache_read=3, cache_write=1),
    )
    return RecordedResponse(
        series=series,
        index=index,
        attempt=attempt,
        stage=stage,
        template_sha256="b" * 64,
        genre="essay",
        cost=None if cost is None else round(cost * PICO),
        response=response,
    )


def decide(
    index: int,
    outcome: str = "accepted",
    *,
    attempt: int = 0,
    phase: Phase = "document",
    series: str = "base",
) -> RecordedDecision:
    """A recorded decision with everything filled in."""
    decision = Decision(
        series=series,
        index=index,
        attempt=attempt,
        phase=phase,
        outcome=Outcome(outcome),
        reason="" if outcome == "accepted" else "too near to another",
        verdicts=(Verdict(check="near", passed=outcome == "accepted", note=f"{index} {attempt}"),),
    )
    sketch = bytes(range(256)) if outcome == "accepted" else None
    return RecordedDecision(decision=decision, sketch=sketch, opening=2**64 - 1 - index, words=90)


@pytest.fixture(name="respond")
def _respond() -> Respond:
    return respond


@pytest.fixture(name="decide")
def _decide() -> Decide:
    return decide


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    with Ledger.create(tmp_path / "run.db") as made:
        yield made


@pytest.fixture
def begun(tmp_path: Path) -> RunDirectory:
    """A run with nothing recorded."""
    return create_run(tmp_path / "run", LOCK, b"# Be honest\n", PACK, version="1.0")


@pytest.fixture
def finished(begun: RunDirectory) -> RunDirectory:
    """Two waves of five: briefs 3 and 8 need a second attempt, brief 9 stays unfilled."""
    with Ledger.open(begun.db) as ledger:
        for number in range(2):
            write_wave(begun, ledger, number)
        write_manifest(begun, ledger)
    return begun


def write_wave(run: RunDirectory, ledger: Ledger, number: int) -> None:
    """One wave from its opening to its shards."""
    start = number * 5
    ledger.open_wave("base", number, start, start + 5)
    decisions = [decision for index in range(start, start + 5) for decision in _story(index)]
    for row in decisions:
        index, attempt = row.decision.index, row.decision.attempt
        ledger.record_responses([respond(index, s, attempt=attempt) for s in ("draft", "rewrite")])
    ledger.record_decisions(decisions)
    name = shard_name("base", number)
    taken = [d for d in decisions if d.decision.outcome == "accepted"]
    shards = (run.documents / name, run.rejected / name)
    write_shard(shards[0], [_document(d.decision) for d in taken])
    write_shard(shards[1], [_document(d.decision) for d in decisions if d not in taken])
    ledger.close_wave("base", number, [scan_shard(run, path) for path in shards])


def _story(index: int) -> list[RecordedDecision]:
    tries = {3: ["rejected", "accepted"], 8: ["refused", "accepted"], 9: ["rejected"] * 3}
    told = tries.get(index, ["accepted"])
    return [decide(index, outcome, attempt=attempt) for attempt, outcome in enumerate(told)]


def _document(decision: Decision) -> bytes:
    brief = {"series": decision.series, "index": decision.index, "attempt": decision.attempt}
    genre = "essay" if decision.index % 2 else "fiction"
    return canonical_json({"brief": brief, "genre": genre, "text": f"text {decision.index}"})
