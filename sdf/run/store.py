"""An open run.db: its life, its transactions, and its small tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sdf.errors import RunError
from sdf.files import disk_errors, move_into_place, sha256_hex, temporary_beside
from sdf.run.rows import RecordedFile, Row, Value, file_of, file_row, pack, sealed
from sdf.run.schema import (
    KEYS,
    UNREADABLE,
    connect,
    damaged_rows,
    is_schema_intact,
    make,
    sqlite_errors,
    wrong_totals,
)


class Store:
    """An open run.db. Made by `create` or `open`; close it, or use it as a context."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, immutable: bool) -> None:
        """Takes over the connection; `immutable` says that it reads past SQLite's locks."""
        self.path = path
        self._connection = connection
        self._immutable = immutable

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        meta: Mapping[str, str] | None = None,
        files: Sequence[RecordedFile] = (),
    ) -> Self:
        """A new ledger under `path`, which appears there complete or not at all."""
        if path.exists():
            raise RunError("a ledger is there already", where=str(path), hint="Open it instead.")
        temporary = temporary_beside(path)
        with disk_errors(path):
            try:
                with cls(temporary, make(temporary), immutable=False) as store:
                    for key, value in (meta or {}).items():
                        store.set_meta(key, value)
                    store.record_files(files)
                move_into_place(temporary, path)
            finally:
                for suffix in ("", "-wal", "-shm"):
                    temporary.with_name(temporary.name + suffix).unlink(missing_ok=True)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """An existing ledger; RunError when it is missing, foreign or too new."""
        connection, immutable = connect(path, read_only=read_only)
        return cls(path, connection, immutable=immutable)

    def __enter__(self) -> Self:
        """The ledger itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes it."""
        self.close()

    def close(self) -> None:
        """Close; a writer that closes leaves one file, without a write-ahead log."""
        with sqlite_errors(self.path):
            self._connection.close()

    @property
    def disturbed(self) -> bool:
        """Whether somebody began to write what is being read as unchanging."""
        return self._immutable and self.path.with_name(self.path.name + "-wal").exists()

    def record_files(self, rows: Sequence[RecordedFile]) -> None:
        """Record what files of the run hold; a name that is known is replaced."""
        with self.transaction() as connection:
            for row in rows:
                replace(connection, "files", file_row(row))

    def files(self) -> dict[str, RecordedFile]:
        """The recorded files by name, in order of name."""
        rows = map(file_of, self.rows("SELECT * FROM files ORDER BY name"))
        return {row.name: row for row in rows}

    def add_supplement(self, name: str, body: str) -> None:
        """Record a supplement of briefs once; RunError when the name holds another."""
        with self.transaction() as connection:
            if insert(connection, "supplements", sealed("supplements", name, body)):
                return
            query = "SELECT body FROM supplements WHERE name = ?"
            if connection.execute(query, (name,)).fetchone() != (body,):
                raise RunError(f"the supplement {name} holds other briefs", where=str(self.path))

    def supplements(self) -> dict[str, str]:
        """The recorded supplements by name."""
        return dict(self.rows("SELECT name, body FROM supplements ORDER BY name"))

    def quarantine(self, source: str, request_id: str, reason: str, text: str) -> None:
        """Keep what came and was not asked for, once."""
        digest = sha256_hex(f"{source}\x1f{request_id}\x1f{reason}\x1f{text}".encode())
        with self.transaction() as connection:
            packed = pack(text.encode())
            insert(connection, "quarantine", sealed("quarantine", digest, source, request_id, reason, packed))

    def quarantined(self) -> dict[str, int]:
        """How many texts are kept apart, by reason."""
        return dict(self.rows("SELECT reason, count(*) FROM quarantine GROUP BY reason ORDER BY reason"))

    def set_meta(self, key: str, value: str) -> None:
        """Remember a short text, replacing what was there."""
        with self.transaction() as connection:
            replace(connection, "meta", sealed("meta", key, value))

    def meta(self, key: str) -> str | None:
        """What `set_meta` was given, or None."""
        row = next(self.rows("SELECT value FROM meta WHERE key = ?", key), None)
        return None if row is None else row[0]

    def damage(self) -> Iterator[str]:
        """A message for everything in the file that is not what was written."""
        if not is_schema_intact(self._connection):
            yield "the declarations of the tables are not what was written"
            return
        try:
            for (message,) in self._connection.execute("PRAGMA integrity_check"):
                if message != "ok":
                    yield str(message)
        except UNREADABLE as error:
            yield str(error)
        for table in KEYS:
            yield from damaged_rows(self._connection, table)
        yield from wrong_totals(self._connection)

    def rows(self, query: str, *values: Value) -> Iterator[Row]:
        """The rows of a query, as they are read."""
        with sqlite_errors(self.path):
            yield from self._connection.execute(query, values)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of what is executed inside is on the disk at the end, or none of it."""
        with sqlite_errors(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # A full disk makes SQLite roll back by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def insert(connection: sqlite3.Connection, table: str, row: Row) -> bool:
    """Add a sealed row unless its key is there; whether it was added."""
    marks = ", ".join("?" * len(row))
    query = f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT DO NOTHING"
    return connection.execute(query, row).rowcount == 1


def replace(connection: sqlite3.Connection, table: str, row: Row) -> None:
    """Add a sealed row in place of the one with its key."""
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)
