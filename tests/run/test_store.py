"""A ledger opens when it is one, and says plainly when it is not."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from sdf.errors import DamagedError, DiskError, LockedError, RunError
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedDecision, RecordedResponse
from sdf.run.schema import SCHEMA

Respond = Callable[..., RecordedResponse]
Decide = Callable[..., RecordedDecision]


def sql(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_it_is_created_whole_and_alone(tmp_path: Path) -> None:
    Ledger.create(tmp_path / "run.db", meta={"sdf": "1.0"}).close()
    assert os.listdir(tmp_path) == ["run.db"]
    with Ledger.open(tmp_path / "run.db") as ledger:
        assert ledger.meta("sdf") == "1.0"
    with pytest.raises(RunError, match="already"):
        Ledger.create(tmp_path / "run.db")


def test_commits_are_synced_and_logged_ahead(ledger: Ledger) -> None:
    assert list(ledger.rows("PRAGMA journal_mode")) == [("wal",)]
    assert list(ledger.rows("PRAGMA synchronous")) == [(2,)]


def test_a_missing_ledger_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no ledger"):
        Ledger.open(tmp_path / "run.db")
    assert os.listdir(tmp_path) == []


def test_a_newer_schema_asks_for_an_upgrade(ledger: Ledger) -> None:
    ledger.close()
    sql(ledger.path, f"PRAGMA user_version = {SCHEMA + 1}")
    with pytest.raises(RunError, match="newer sdf") as caught:
        Ledger.open(ledger.path)
    assert caught.value.hint == "Upgrade sdf."


def test_what_is_not_sqlite_is_named(tmp_path: Path) -> None:
    (tmp_path / "run.db").write_bytes(b"not a database, but long enough to look at" * 100)
    with pytest.raises(DamagedError, match="not a database") as caught:
        Ledger.open(tmp_path / "run.db")
    assert caught.value.where == str(tmp_path / "run.db")


def test_a_database_of_something_else_is_refused(tmp_path: Path) -> None:
    sql(tmp_path / "run.db", "CREATE TABLE t (a)")
    before = (tmp_path / "run.db").read_bytes()
    with pytest.raises(RunError, match="not the ledger of a run"):
        Ledger.open(tmp_path / "run.db")
    assert (tmp_path / "run.db").read_bytes() == before


def test_a_reader_cannot_write_and_changes_nothing(ledger: Ledger, respond: Respond) -> None:
    ledger.record_responses([respond(0)])
    ledger.close()
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in ledger.path.parent.iterdir()}
    with Ledger.open(ledger.path, read_only=True) as reader:
        assert reader.responses_of("base", 0) == [respond(0)]
        with pytest.raises(DiskError):
            reader.set_meta("a", "b")
        assert not reader.disturbed
    after = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in ledger.path.parent.iterdir()}
    assert after == before


def test_a_reader_notices_a_writer(ledger: Ledger, respond: Respond) -> None:
    ledger.close()
    with Ledger.open(ledger.path, read_only=True) as reader, Ledger.open(ledger.path) as writer:
        writer.record_responses([respond(0)])
        assert reader.disturbed


def test_two_writers_do_not_mix(ledger: Ledger, respond: Respond) -> None:
    with Ledger.open(ledger.path) as other, ledger.transaction():
        other._connection.execute("PRAGMA busy_timeout = 1")
        with pytest.raises(LockedError):
            other.record_responses([respond(0)])


CHANGES = [
    ("UPDATE responses SET cost = 0.26", "responses [base 0 0 draft 0]"),
    ("UPDATE responses SET model = 'Offline'", "responses [base 0 0 draft 0]"),
    ("UPDATE responses SET idx = 1", "responses [base 1 0 draft 0]"),
    ("UPDATE responses SET text = substr(text, 1, 9)", "responses [base 0 0 draft 0]"),
    ("UPDATE responses SET stage = CAST(x'ff' AS TEXT)", "responses [base 0 0 \ufffd 0]"),
    ("UPDATE responses SET digest = x'00'", "responses [base 0 0 draft 0]"),
    ("UPDATE decisions SET verdicts = NULL", "decisions [base 0 0 document]"),
    ("UPDATE decisions SET outcome = 'rejected'", "decisions [base 0 0 document]"),
    ("UPDATE decisions SET opening = opening + 1", "decisions [base 0 0 document]"),
    ("UPDATE waves SET closed = 1", "waves [base 0]"),
    ("UPDATE usage SET cost = 0", "usage [draft essay offline]"),
    ("UPDATE supplements SET body = ''", "supplements [gap]"),
    ("UPDATE meta SET value = 'other'", "meta [sdf]"),
]


@pytest.mark.parametrize(("change", "named"), CHANGES)
def test_a_changed_column_is_named(tmp_path: Path, respond: Respond, decide: Decide, change: str, named: str) -> None:
    with Ledger.create(tmp_path / "run.db", meta={"sdf": "1.0"}) as ledger:
        ledger.open_wave("base", 0, 0, 1)
        ledger.record_responses([respond(0)])
        ledger.record_decisions([decide(0)])
        ledger.add_supplement("gap", "{}")
        assert list(ledger.damage()) == []
    sql(tmp_path / "run.db", change)
    with Ledger.open(tmp_path / "run.db", read_only=True) as ledger:
        assert next(ledger.damage()) == f"{named}: the row is not what was written"


def test_totals_that_lost_a_response_are_named(ledger: Ledger, respond: Respond) -> None:
    ledger.record_responses([respond(0), respond(1)])
    ledger.close()
    sql(ledger.path, "DELETE FROM responses WHERE idx = 0")
    with Ledger.open(ledger.path, read_only=True) as reader:
        (message,) = reader.damage()
    assert message == "usage [draft essay offline]: 2 requests counted, 1 stored"
