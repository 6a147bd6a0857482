"""What is recorded stays as it is, in order, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sdf.errors import DamagedError, RunError
from sdf.files import FileDigest
from sdf.records import Usage
from sdf.run.ledger import Ledger, ResponseSink
from sdf.run.rows import RecordedDecision, RecordedFile, RecordedResponse, Wave

Respond = Callable[..., RecordedResponse]
Decide = Callable[..., RecordedDecision]


def test_responses_come_back_in_order(ledger: Ledger, respond: Respond) -> None:
    rows = [respond(i, s, attempt=a) for i in (2, 0, 1) for a in (1, 0) for s in ("judge", "draft")]
    ledger.record_responses([*rows, respond(1, series="gap")])
    wanted = sorted(rows, key=lambda row: row.key)
    assert list(ledger.responses("base", 0, 3)) == wanted
    assert list(ledger.responses("base", 1, 2)) == ledger.responses_of("base", 1) == wanted[4:8]
    assert ledger.response_text("base", 0, 1, "judge") == wanted[3].response.text
    assert ledger.response_text("base", 0, 2, "judge") is None


def test_another_connection_sees_what_was_recorded(ledger: Ledger, respond: Respond) -> None:
    ledger.record_responses([respond(0)])
    with Ledger.open(ledger.path, read_only=True) as reader:
        assert reader.responses_of("base", 0) == [respond(0)]


def test_the_first_answer_to_a_request_stands(ledger: Ledger, respond: Respond) -> None:
    ledger.record_responses([respond(0, text="first"), respond(0, text="twice in one call")])
    ledger.record_responses([respond(0, text="second")])
    assert ledger.response_text("base", 0, 0, "draft") == "first"
    assert ledger.usage_by()[0].requests == 1


def test_another_request_in_the_same_place_is_refused(ledger: Ledger, respond: Respond) -> None:
    ledger.record_responses([respond(0)])
    with pytest.raises(DamagedError, match="base 0 0 draft"):
        ledger.record_responses([respond(0, request_id="other", text="other"), respond(1)])
    assert ledger.responses_of("base", 0) == [respond(0)]
    # What was paid for beside it is kept.
    assert ledger.responses_of("base", 1) == [respond(1)]


def test_a_group_is_recorded_when_it_is_full(ledger: Ledger, respond: Respond) -> None:
    sink = ResponseSink(ledger, clock=lambda: 0.0)
    for index in range(255):
        assert sink.add(respond(index)) == []
    assert list(ledger.responses("base", 0, 999)) == []
    assert [row.index for row in sink.add(respond(255))] == list(range(256))
    assert len(list(ledger.responses("base", 0, 999))) == 256
    assert sink.due_in() is None


def test_a_group_is_recorded_after_50_ms(ledger: Ledger, respond: Respond) -> None:
    now = 100.0
    sink = ResponseSink(ledger, clock=lambda: now)
    assert sink.add(respond(0)) == []
    assert sink.due_in() == pytest.approx(0.05)
    now = 100.03
    assert sink.add(respond(1)) == []
    assert sink.due_in() == pytest.approx(0.02)
    now = 100.06
    assert sink.due_in() == 0
    assert sink.add(respond(2)) == [respond(0), respond(1), respond(2)]


def test_a_group_is_recorded_when_the_run_breaks_off(ledger: Ledger, respond: Respond) -> None:
    with pytest.raises(KeyboardInterrupt), ledger.grouped() as sink:  # noqa: PT012
        sink.add(respond(0))
        raise KeyboardInterrupt
    assert ledger.responses_of("base", 0) == [respond(0)]


def test_usage_is_added_up_by_stage_and_model(ledger: Ledger, respond: Respond) -> None:
    for index in range(3):
        ledger.record_responses([respond(index, cost=0.1), respond(index, "judge", cost=None)])
    draft, judge = ledger.usage_by()
    assert (draft.stage, draft.requests, draft.cost_usd, draft.unpriced) == ("draft", 3, 0.3, 0)
    assert (judge.stage, judge.requests, judge.cost_usd, judge.unpriced) == ("judge", 3, 0, 3)
    assert draft.usage == Usage(input=30, output=60, cache_read=9, cache_write=3)


def test_decisions_come_back_in_order(ledger: Ledger, decide: Decide) -> None:
    rows = [
        decide(1),
        decide(0, "rejected", phase="premise"),
        decide(0, attempt=1, phase="premise"),
        decide(0, attempt=1),
    ]
    ledger.record_decisions(rows)
    document, premise = rows[3], rows[2]
    assert list(ledger.decisions("base", 0, 2)) == [rows[1], document, premise, rows[0]]
    assert list(ledger.decisions("base", 0, 2, "premise")) == [rows[1], premise]
    assert [(row.index, row.attempt) for row in ledger.accepted("base", 0, 2)] == [(0, 1), (1, 0)]
    assert next(ledger.accepted("base", 1, 2)).opening == 2**64 - 2
    assert ledger.accepted_count() == 2
    assert ledger.outcome_counts() == {
        ("base", "document", "accepted"): 2,
        ("base", "premise", "accepted"): 1,
        ("base", "premise", "rejected"): 1,
    }


def test_a_decision_is_made_once(ledger: Ledger, decide: Decide) -> None:
    ledger.record_decisions([decide(0)])
    ledger.record_decisions([decide(0)])
    with pytest.raises(DamagedError, match="decided otherwise"):
        ledger.record_decisions([decide(1), decide(0, "rejected")])
    with pytest.raises(ValueError, match="pending"):
        ledger.record_decisions([decide(1), decide(2, "pending")])
    assert list(ledger.decisions("base", 0, 9)) == [decide(0)]


def test_waves_open_once_and_close(ledger: Ledger) -> None:
    ledger.open_wave("base", 0, 0, 10)
    ledger.open_wave("base", 0, 0, 10)
    ledger.open_wave("base", 1, 10, 15)
    ledger.open_wave("gap", 0, 0, 5)
    ledger.close_wave("base", 0)
    assert ledger.waves("gap") == [Wave(series="gap", number=0, start=0, stop=5)]
    assert [wave.closed for wave in ledger.waves()] == [True, False, False]
    ledger.open_wave("base", 0, 0, 10)
    assert ledger.waves()[0].closed


@pytest.mark.parametrize("bounds", [(0, 0, 9), (2, 9, 12), (2, 3, 4), (2, 0, 99), (2, 20, 20)])
def test_waves_do_not_overlap(ledger: Ledger, bounds: tuple[int, int, int]) -> None:
    ledger.open_wave("base", 0, 0, 10)
    with pytest.raises(RunError, match="does not fit"):
        ledger.open_wave("base", *bounds)


def test_a_wave_is_closed_only_after_it_was_opened(ledger: Ledger) -> None:
    with pytest.raises(RunError, match="never opened"):
        ledger.close_wave("base", 3)


def test_files_supplements_and_notes_are_kept(ledger: Ledger) -> None:
    digest = FileDigest(name="documents/a", sha256="1", content_sha256="2", bytes=3)
    file = RecordedFile(**digest.model_dump(), genres={"essay": 4})
    ledger.open_wave("base", 0, 0, 1)
    ledger.close_wave("base", 0, [file])
    assert ledger.files() == {"documents/a": file}
    ledger.add_supplement("gap-1", "{}")
    ledger.add_supplement("gap-1", "{}")
    with pytest.raises(RunError, match="other briefs"):
        ledger.add_supplement("gap-1", "[]")
    assert ledger.supplements() == {"gap-1": "{}"}
    ledger.set_meta("n", "10")
    ledger.set_meta("n", "20")
    assert ledger.meta("n") == "20"
    assert ledger.meta("m") is None


def test_a_failed_transaction_leaves_nothing(ledger: Ledger, respond: Respond) -> None:
    with pytest.raises(RuntimeError, match="stop"), ledger.transaction() as connection:  # noqa: PT012
        connection.execute("DELETE FROM meta")
        connection.execute("INSERT INTO supplements VALUES ('a', 'b', x'00')")
        raise RuntimeError("stop")
    assert ledger.supplements() == {}
    ledger.record_responses([respond(0)])


def test_recording_costs_little(tmp_path: Path, respond: Respond) -> None:
    """The cost is transactions: 256 rows in one are far from 256 times one row."""
    rows = [respond(index) for index in range(256)]
    transactions = []
    with Ledger.create(tmp_path / "run.db") as ledger:
        ledger._connection.set_trace_callback(lambda said: transactions.append(said) if said == "COMMIT" else None)
        with ledger.grouped() as sink:
            for row in rows:
                sink.add(row)
    assert 1 <= len(transactions) <= 6
