"""A corpus as rows in order, whatever it is kept in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sdf.corpora.columns import arrow_rows, parquet_rows
from sdf.corpora.fields import Facts, TextField, choose_field, facts_of
from sdf.corpora.lines import lines
from sdf.corpora.locate import Shard, shards_of
from sdf.errors import InputError

__all__ = ["Corpus", "Facts", "Row", "open_corpus"]


class Row(NamedTuple):
    """A document of a corpus. `where` names its file and row; `source` is the row as it stood."""

    id: str
    text: str
    facts: Facts
    where: str
    source: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents in files. Every pass over it reads them anew, in the same order."""

    path: Path
    shards: tuple[Shard, ...]
    field: TextField | None

    def rows(self) -> Iterator[Row]:
        """All documents.

        Raises:
            InputError: a file is damaged, or a row has no text; it names file and row.
        """
        field = self.field
        for shard in self.shards:
            for number, source in _READERS[shard.kind](shard):
                where = f"{shard.path}:{number}"
                field = field or choose_field(source, where)
                own = source.get("id")
                name = str(own) if isinstance(own, str | int) else f"{shard.name}:{number}"
                yield Row(name, field.text_of(source, where), facts_of(source), where, source)

    def batches(self, size: int = 4096) -> Iterator[list[Row]]:
        """The rows, so many at a time."""
        rows = self.rows()
        while batch := list(islice(rows, size)):
            yield batch


def open_corpus(path: Path, text_field: str | None = None) -> Corpus:
    """A corpus at a path: a file, a folder or a run.

    Raises:
        InputError: there is none.
    """
    return Corpus(path, tuple(shards_of(path)), TextField(text_field) if text_field else None)


def _jsonl_rows(shard: Shard) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in lines(shard.path):
        where = f"{shard.path}:{number}"
        try:
            source = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
        except UnicodeDecodeError as error:
            raise InputError(f"byte {error.start + 1} of the row is no UTF-8", where=where) from None
        except (ValueError, RecursionError) as error:
            told = str(error).split(":", maxsplit=1)[0].lower()
            raise InputError(f"the row is no JSON ({told})", where=where, hint="One JSON object a line.") from None
        if not isinstance(source, dict):
            raise InputError("the row is no JSON object", where=where, hint="One JSON object a line.")
        yield number, source


_READERS = {"jsonl": _jsonl_rows, "parquet": parquet_rows, "arrow": arrow_rows}
