"""The shards of a wave, read back: which attempt each row is, and what they amount to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from sdf.errors import DamagedError
from sdf.files import read_shard
from sdf.records import Record
from sdf.run.directory import RunDirectory, recorded_file
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedFile


class ShardRow(Record):
    """Whose attempt a row of a shard is, and its genre ("" when the row names none)."""

    series: str
    index: int
    attempt: int
    genre: str = ""

    @property
    def key(self) -> tuple[str, int, int]:
        """Series, index and attempt."""
        return (self.series, self.index, self.attempt)


def shard_rows(path: Path) -> Iterator[ShardRow]:
    """The rows of a shard; each names its attempt in `brief`, or by fields of its own."""
    for number, row in enumerate(read_shard(path), start=1):
        try:
            value = json.loads(row)
            brief = value.get("brief") or value
            yield ShardRow(
                series=brief["series"],
                index=brief["index"],
                attempt=brief["attempt"],
                genre=value.get("genre") or "",
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"the row names no attempt ({error!r})"
            raise DamagedError(message, where=f"{path}:{number}") from error


def scan_shard(run: RunDirectory, path: Path) -> RecordedFile:
    """The digest of a shard with its number of rows by genre."""
    genres = Counter(row.genre for row in shard_rows(path))
    counted = {genre: genres[genre] for genre in sorted(genres) if genre}
    return recorded_file(run, path).model_copy(update={"genres": counted})


def record_shards(run: RunDirectory, ledger: Ledger) -> None:
    """Record the shards that nobody recorded when their wave was closed."""
    known = ledger.files()
    ledger.record_files([scan_shard(run, path) for path in run.shards() if run.name_of(path) not in known])
