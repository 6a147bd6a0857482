"""Rows from files that keep columns: Parquet, and the Arrow files of a saved data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sdf.corpora.locate import Shard
from sdf.errors import InputError

_ROWS_AT_ONCE = 1024


def parquet_rows(shard: Shard) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(row, fields) of a Parquet file, rows from 1.

    Raises:
        InputError: it is no Parquet file, or a text in it is no UTF-8.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(shard.path) as file:
            yield from _rows(shard, file.iter_batches(_ROWS_AT_ONCE))
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(shard, error) from None


def arrow_rows(shard: Shard) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(row, fields) of an Arrow stream or file, rows from 1.

    Raises:
        InputError: it is neither, or a text in it is no UTF-8.
    """
    import pyarrow as pa

    try:
        with pa.memory_map(str(shard.path)) as source:
            try:
                batches: Any = pa.ipc.open_stream(source)
            except pa.ArrowInvalid:
                file = pa.ipc.open_file(source)
                batches = (file.get_batch(place) for place in range(file.num_record_batches))
            yield from _rows(shard, batches)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(shard, error) from None


def _rows(shard: Shard, batches: Iterator[Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    first = 1
    for batch in batches:
        for piece in range(0, batch.num_rows, _ROWS_AT_ONCE):
            part = batch.slice(piece, _ROWS_AT_ONCE)
            try:
                rows = part.to_pylist()
            except UnicodeDecodeError:
                rows = _one_by_one(shard, part, first + piece)
            yield from enumerate(rows, first + piece)
        first += batch.num_rows


def _one_by_one(shard: Shard, batch: Any, first: int) -> list[Any]:
    """The rows of a batch, to find the one that cannot be read."""
    rows = []
    for place in range(batch.num_rows):
        try:
            rows += batch.slice(place, 1).to_pylist()
        except UnicodeDecodeError as error:
            where = f"{shard.path}:{first + place}"
            raise InputError(f"byte {error.start + 1} of a text is no UTF-8", where=where) from None
    return rows


def _unreadable(shard: Shard, error: Exception) -> InputError:
    told = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return InputError(f"the file cannot be read as {shard.kind.capitalize()}: {told}", where=str(shard.path))
