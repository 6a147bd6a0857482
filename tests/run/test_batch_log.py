"""The journal of batches in run.db."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from sdf.errors import RunError
from sdf.providers.anthropic.journal import Batch, Fate, Send, State, described, moment
from sdf.run.batch_log import BatchLog
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedResponse

Respond = Callable[..., RecordedResponse]
ASKED, CREATED = "2026-11-22T10:00:00+00:00", "2026-11-22T10:00:07+00:00"
SENDS = [Send("a" * 40, 1, 500), Send("b" * 40, 1, 700)]


@pytest.fixture
def log(ledger: Ledger) -> BatchLog:
    made = BatchLog(ledger)
    made.intend("nonce-one", "anthropic:m", SENDS, ASKED)
    return made


def test_a_batch_from_intent_to_end(log: BatchLog, ledger: Ledger) -> None:
    asked = Batch("nonce-one", "anthropic:m", 2, State.asked, ASKED)
    assert log.open_batches() == [asked]
    log.submitted("nonce-one", "msgbatch_1", CREATED)
    assert log.open_batches() == [asked._replace(state=State.submitted, batch_id="msgbatch_1", created_at=CREATED)]
    assert log.knows("msgbatch_1")
    assert not log.knows("msgbatch_2")
    log.fates("nonce-one", {"a" * 40: Fate.recorded, "b" * 40: Fate.expired, "c" * 40: Fate.lost})
    assert [send.fate for send in log.sends("nonce-one")] == [Fate.recorded, Fate.expired]
    log.closed("nonce-one")
    assert log.open_batches() == []
    assert [batch.state for batch in log.batches()] == [State.closed]
    assert log.knows("msgbatch_1")
    assert list(ledger.damage()) == []


def test_what_was_void_does_not_count_as_sent(log: BatchLog, ledger: Ledger) -> None:
    assert log.number("a" * 40) == 2
    log.void("nonce-one")
    assert log.open_batches() == []
    assert log.number("a" * 40) == 1
    assert log.fate_counts() == {Fate.void: 2}
    assert list(ledger.damage()) == []


def test_a_nonce_names_one_batch(log: BatchLog) -> None:
    with pytest.raises(RunError, match="names another batch"):
        log.intend("nonce-one", "anthropic:m", [Send("d" * 40, 1, 1)], ASKED)
    assert len(list(log.sends("nonce-one"))) == 2


def test_what_may_have_been_billed_is_counted(log: BatchLog) -> None:
    assert log.suspected() == 0
    log.fates("nonce-one", {"a" * 40: Fate.missing})
    assert log.suspected() == 500
    log.fates("nonce-one", {"b" * 40: Fate.lost})
    assert log.suspected() == 1200


def test_an_answer_recorded_before_a_kill_is_settled(log: BatchLog, ledger: Ledger, respond: Respond) -> None:
    row = respond(0, request_id="a" * 40, cost=None)
    ledger.record_responses([row])
    log.settle_recorded()
    log.settle_recorded()
    assert [send.fate for send in log.sends("nonce-one")] == [Fate.recorded, Fate.sent]


def test_the_same_stray_text_is_kept_once(log: BatchLog, ledger: Ledger) -> None:
    for _ in range(2):
        log.quarantine("msgbatch_1", "", "no JSON", "<html>\udcff".encode("utf-8", "backslashreplace").decode())
    assert ledger.quarantined() == {"no JSON": 1}


def test_a_batch_in_one_line() -> None:
    batch = Batch("n", "anthropic:m", 1200, State.submitted, ASKED, "msgbatch_1", CREATED)
    lines = [described([batch], moment(CREATED) + timedelta(hours=h))[0] for h in (3, 30, 29 * 24 + 1)]
    assert "msgbatch_1  1,200 requests" in lines[0]
    assert "3 h 00 min old; expires in 21 h 00 min" in lines[0]
    assert "results are kept for 27 days" in lines[1]
    assert "no longer kept" in lines[2]
    (line,) = described([batch._replace(batch_id=None, created_at=None)], moment(ASKED) + timedelta(minutes=4))
    assert "asked 4 min ago" in line
