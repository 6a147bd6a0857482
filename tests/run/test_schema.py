"""SQLite's own errors become the errors of this project."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sdf.errors import DamagedError, DiskError, LockedError
from sdf.run.schema import KEYS, TABLES, sqlite_errors

CASES = [
    (sqlite3.SQLITE_FULL, DiskError, 74),
    (sqlite3.SQLITE_IOERR | 3 << 8, DiskError, 74),
    (sqlite3.SQLITE_CORRUPT, DamagedError, 1),
    (sqlite3.SQLITE_BUSY, LockedError, 75),
]


@pytest.mark.parametrize(("code", "expected", "exit_code"), CASES)
def test_codes_are_translated(code: int, expected: type[Exception], exit_code: int) -> None:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = code
    with pytest.raises(expected) as caught, sqlite_errors(Path("run.db")):
        raise error
    assert caught.value.exit_code == exit_code  # type: ignore[attr-defined]
    assert "run.db" in str(caught.value)


def test_a_mistake_in_a_query_stays_a_mistake() -> None:
    with (
        closing(sqlite3.connect(":memory:")) as connection,
        pytest.raises(sqlite3.OperationalError),
        sqlite_errors(Path("run.db")),
    ):
        connection.execute("SELEKT")


def test_every_table_ends_in_a_digest() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(TABLES)
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        assert {table for (table,) in tables} == set(KEYS)
        for table in KEYS:
            columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
            assert columns[-1][1] == "digest", table
