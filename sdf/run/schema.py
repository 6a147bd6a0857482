"""The tables of run.db, and how a connection to it is opened, checked and scanned."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from sdf.errors import DamagedError, DiskError, LockedError, RunError, SdfError
from sdf.run.rows import sealed, unpack

SCHEMA = 3
APPLICATION_ID = 0x53444652

# Large rows live in rowid tables: in a WITHOUT ROWID tree a page holds too few of them.
# The wide columns stand last, so that what precedes them is read without them.
TABLES = """
CREATE TABLE meta (
  key TEXT PRIMARY KEY, value TEXT NOT NULL, digest BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE waves (
  series TEXT, number INTEGER, start INTEGER NOT NULL, stop INTEGER NOT NULL,
  closed INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (series, number)
) WITHOUT ROWID;
CREATE TABLE responses (
  series TEXT NOT NULL, idx INTEGER NOT NULL, attempt INTEGER NOT NULL, stage TEXT NOT NULL,
  retry INTEGER NOT NULL, request_id TEXT NOT NULL, genre TEXT NOT NULL, model TEXT NOT NULL,
  batch INTEGER NOT NULL, stop TEXT NOT NULL, error TEXT,
  input INTEGER NOT NULL, output INTEGER NOT NULL, cache_read INTEGER NOT NULL,
  cache_write INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL, cost INTEGER,
  template_sha256 TEXT NOT NULL, text BLOB NOT NULL, digest BLOB NOT NULL,
  PRIMARY KEY (series, idx, attempt, stage, retry)
);
CREATE INDEX answered ON responses (request_id);
CREATE TABLE usage (
  stage TEXT, genre TEXT, model TEXT, requests INTEGER NOT NULL, input INTEGER NOT NULL,
  output INTEGER NOT NULL, cache_read INTEGER NOT NULL, cache_write INTEGER NOT NULL,
  cache_write_1h INTEGER NOT NULL, cost INTEGER NOT NULL, unpriced INTEGER NOT NULL,
  digest BLOB NOT NULL, PRIMARY KEY (stage, genre, model)
) WITHOUT ROWID;
CREATE TABLE batches (
  nonce TEXT PRIMARY KEY, model TEXT NOT NULL, requests INTEGER NOT NULL,
  ids_sha256 TEXT NOT NULL, state TEXT NOT NULL, asked_at TEXT NOT NULL,
  batch_id TEXT, created_at TEXT, digest BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE sends (
  nonce TEXT NOT NULL, request_id TEXT NOT NULL, number INTEGER NOT NULL,
  worst INTEGER NOT NULL, fate TEXT NOT NULL, digest BLOB NOT NULL,
  PRIMARY KEY (nonce, request_id)
) WITHOUT ROWID;
CREATE INDEX sent ON sends (request_id);
CREATE TABLE quarantine (
  sha256 TEXT PRIMARY KEY, source TEXT NOT NULL, request_id TEXT NOT NULL,
  reason TEXT NOT NULL, text BLOB NOT NULL, digest BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE decisions (
  series TEXT NOT NULL, idx INTEGER NOT NULL, attempt INTEGER NOT NULL, phase TEXT NOT NULL,
  outcome TEXT NOT NULL, reason TEXT NOT NULL, words INTEGER NOT NULL, opening INTEGER,
  sketch BLOB, verdicts BLOB, digest BLOB NOT NULL, PRIMARY KEY (series, idx, attempt, phase)
);
CREATE INDEX outcomes ON decisions (series, idx, attempt, phase, outcome);
CREATE TABLE supplements (
  name TEXT PRIMARY KEY, body TEXT NOT NULL, digest BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE files (
  name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, content_sha256 TEXT NOT NULL, rows INTEGER,
  bytes INTEGER NOT NULL, genres TEXT NOT NULL, digest BLOB NOT NULL
) WITHOUT ROWID;
"""

# How many leading columns name a row of each table, and which columns are compressed.
KEYS = {
    "meta": 1,
    "waves": 2,
    "responses": 5,
    "usage": 3,
    "batches": 1,
    "sends": 2,
    "quarantine": 1,
    "decisions": 4,
    "supplements": 1,
    "files": 1,
}
_PACKED = frozenset({"text", "verdicts"})

# A damaged name reaches Python as bytes that are not UTF-8, even inside a message.
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)

_DISK = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    }
)
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def make(path: Path) -> sqlite3.Connection:
    """A new ledger file with empty tables, open for writing."""
    with sqlite_errors(path):
        connection = sqlite3.connect(path, isolation_level=None)
        with _closed_on_error(connection):
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
            _ready_to_write(connection, path)
            connection.executescript(TABLES)
    return connection


def connect(path: Path, *, read_only: bool) -> tuple[sqlite3.Connection, bool]:
    """An open ledger, and whether it is read as a file that nobody changes.

    Reading changes no byte: without a write-ahead log beside it, the file is complete
    and is read as immutable; with one, SQLite's own read-only mode sees what it holds.
    """
    if not path.is_file():
        raise RunError("there is no ledger", where=str(path), hint="Is this a run directory?")
    immutable = read_only and not path.with_name(path.name + "-wal").exists()
    mode = "mode=ro&immutable=1" if immutable else "mode=ro" if read_only else "mode=rw"
    with sqlite_errors(path):
        connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?{mode}", uri=True, isolation_level=None)
        with _closed_on_error(connection):
            _check_schema(connection, path)
            if not read_only:
                if not is_schema_intact(connection):
                    raise DamagedError(
                        "the tables of the ledger are not what was written",
                        where=str(path),
                        hint="Put run.db back from a copy.",
                    )
                _ready_to_write(connection, path)
    return connection, immutable


@contextmanager
def sqlite_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite reports about the file into the errors of this project."""
    try:
        yield
    except UNREADABLE as error:
        translated = _translated(error, path)
        if translated is None:
            raise
        raise translated from error


def is_schema_intact(connection: sqlite3.Connection) -> bool:
    """Whether the tables are declared as `TABLES` declares them; no row is read."""
    query = "SELECT type, name, CAST(sql AS BLOB) FROM sqlite_master ORDER BY type, name"
    with closing(sqlite3.connect(":memory:")) as pristine:
        pristine.executescript(TABLES)
        wanted = pristine.execute(query).fetchall()
    try:
        return connection.execute(query).fetchall() == wanted
    except UNREADABLE:
        return False


def damaged_rows(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    """A message for every row of `table` that is not what was written."""
    import zstandard

    cursor = connection.cursor()
    # A damaged text must reach its digest, so it may not fail to decode.
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    try:
        cursor.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in cursor.description]
        packed = [i for i, name in enumerate(names) if name in _PACKED]
        for row in cursor:
            key = " ".join(map(str, row[: KEYS[table]]))
            if sealed(table, *row[:-1]) != row:
                yield f"{table} [{key}]: the row is not what was written"
                continue
            try:
                for column in packed:
                    if row[column] is not None:
                        unpack(row[column])
            except zstandard.ZstdError as error:
                yield f"{table} [{key}]: {names[column]} cannot be unpacked ({error})"
    except UNREADABLE as error:
        yield f"{table}: cannot be read ({error})"
    finally:
        connection.text_factory = str


def wrong_totals(connection: sqlite3.Connection) -> Iterator[str]:
    """A message for every line of `usage` that does not count the responses."""
    by = "stage, genre, model"
    stored = f"SELECT {by}, count(*) AS stored FROM responses GROUP BY {by}"
    query = f"SELECT {by}, requests, stored FROM usage LEFT JOIN ({stored})"
    try:
        rows = connection.execute(f"{query} USING ({by}) ORDER BY {by}").fetchall()
    except UNREADABLE as error:
        rows = []
        yield f"usage: cannot be compared ({error})"
    for stage, genre, model, counted, found in rows:
        if counted != (found or 0):
            yield f"usage [{stage} {genre} {model}]: {counted} requests counted, {found or 0} stored"


@contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _check_schema(connection: sqlite3.Connection, path: Path) -> None:
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if owner != APPLICATION_ID:
        raise RunError("this is not the ledger of a run", where=str(path))
    if version > SCHEMA:
        raise RunError(
            f"the run was made by a newer sdf (ledger schema {version}, this one knows {SCHEMA})",
            where=str(path),
            hint="Upgrade sdf.",
        )
    if version < SCHEMA:
        raise RunError(
            f"the run was made by an older sdf (ledger schema {version}, this one writes {SCHEMA})",
            where=str(path),
            hint="Go on with the version that made it, or begin in another directory.",
        )


def _ready_to_write(connection: sqlite3.Connection, path: Path) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise RunError(
            f"this file system cannot keep a write-ahead log (SQLite offers {mode!r})",
            where=str(path),
            hint="Put the run on a local disk.",
        )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")
    connection.execute("PRAGMA busy_timeout = 5000")


def _translated(error: Exception, path: Path) -> SdfError | None:
    # An error without a code comes from decoding what was read.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    where = str(path)
    if code in _DISK:
        hint = "Free some space and run the same command again; what was recorded is intact."
        if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
            hint = "Check that you may read and write the file and its directory (`ls -l`)."
        return DiskError(f"SQLite: {error}", where=where, hint=hint)
    if code in _DAMAGE:
        hint = "Put run.db back from a copy; `sdf verify` names what is damaged."
        return DamagedError(f"SQLite: {error}", where=where, hint=hint)
    if code in _BUSY:
        return LockedError(f"SQLite: {error}", where=where, hint="Another process writes it; wait for it to end.")
    return None
