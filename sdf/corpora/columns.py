"""Rows from files that keep columns: Parquet, and the Arrow files of a saved data set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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


def _rows(shard: Shard, batches: Iterable[Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    first = 1
    for batch in batches:
        for piece in range(0, batch.num_rows, _ROWS_AT_ONCE):
            part = _dates_as_text(batch.slice(piece, _ROWS_AT_ONCE))
            try:
                rows = part.to_pylist()
            except (ValueError, OverflowError):
                rows = _one_by_one(shard, part, first + piece)
            yield from enumerate(rows, first + piece)
        first += batch.num_rows


def _dates_as_text(batch: Any) -> Any:
    """A batch whose dates and times are texts: Python's have no nanoseconds, and end with the year 9999."""
    import pyarrow as pa

    kinds = pa.types
    for place, field in enumerate(batch.schema):
        if kinds.is_timestamp(field.type) or kinds.is_date(field.type) or kinds.is_time(field.type):
            batch = batch.set_column(place, field.name, batch.column(place).cast(pa.string()))
    return batch


def _one_by_one(shard: Shard, batch: Any, first: int) -> list[Any]:
    """The rows of a batch, to find the one that cannot be read."""
    rows = []
    for place in range(batch.num_rows):
        where = f"{shard.path}:{first + place}"
        try:
            rows += batch.slice(place, 1).to_pylist()
        except UnicodeDecodeError as error:
            raise InputError(f"byte {error.start + 1} of a text is no UTF-8", where=where) from None
        except (ValueError, OverflowError) as error:
            raise InputError(f"a value of the row cannot be read: {_told(error)}", where=where) from None
    return rows


def _unreadable(shard: Shard, error: Exception) -> InputError:
    return InputError(f"the file cannot be read as {shard.kind.capitalize()}: {_told(error)}", where=str(shard.path))


def _told(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
