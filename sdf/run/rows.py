"""What the ledger stores, as frozen records, and how each becomes a row and comes back.

A row ends in a digest over its table's name and every other column as stored, so that
a changed byte is found without knowing what the column means.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from sdf.files import FileDigest, canonical_json, digest_of
from sdf.providers.prices import PICO
from sdf.records import Decision, Record, Response, StageLineage, Usage, Verdict

Value = bytes | str | int | float | None
Row = tuple[Any, ...]
Phase = Literal["premise", "document"]


class RecordedResponse(Record):
    """A response and the place it answers for.

    `cost` is in 10^-12 dollars, None without a price.
    """

    series: str
    index: int
    attempt: int
    stage: str
    retry: int = 0
    genre: str
    template_sha256: str
    cost: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    response: Response

    @property
    def key(self) -> tuple[str, int, int, str, int]:
        """Series, index, attempt, stage and retry: one response each."""
        return (self.series, self.index, self.attempt, self.stage, self.retry)


class RecordedDecision(Record):
    """A decision and what the next waves compare against.

    `sketch` is the MinHash signature, `opening` the unsigned 64-bit hash of the first
    words, `words` the length of the document.
    """

    decision: Decision
    sketch: bytes | None = None
    opening: Annotated[int, Field(ge=0, lt=2**64)] | None = None
    words: int = 0


class Accepted(Record):
    """What is remembered of an accepted document, without its verdicts."""

    series: str
    index: int
    attempt: int
    sketch: bytes | None
    opening: int | None
    words: int


class Wave(Record):
    """Consecutive indices `start` to `stop` (exclusive) that are decided together."""

    series: str
    number: int
    start: int
    stop: int
    closed: bool = False


class RecordedFile(FileDigest):
    """A file of the run; `genres` counts the rows of each when it is a shard."""

    genres: Mapping[str, int] = Field(default_factory=dict)


class UsageTotal(Record):
    """Everything one model used for one stage of one genre.

    `cost_usd` adds up the calls with a price, `unpriced` counts those without.
    """

    stage: str
    genre: str
    model: str
    requests: int
    usage: Usage
    cost_usd: float
    unpriced: int


class _Zstd(threading.local):
    """A compressor a thread: zstandard's contexts must not be shared."""

    def __init__(self) -> None:
        import zstandard

        self.compressor = zstandard.ZstdCompressor(level=1)
        self.decompressor = zstandard.ZstdDecompressor()


_TOKENS = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
_VERDICTS = TypeAdapter(tuple[Verdict, ...])


def pack(content: bytes) -> bytes:
    """Compress for a blob column."""
    return _contexts().compressor.compress(content)


def unpack(blob: bytes) -> bytes:
    """What `pack` was given; zstandard.ZstdError when the blob is damaged."""
    return _contexts().decompressor.decompress(blob)


def sealed(table: str, *values: Value) -> Row:
    """The row with its digest as last column."""
    return (*values, bytes.fromhex(digest_of(table, *values)))


def response_row(row: RecordedResponse) -> Row:
    """The columns of `responses`."""
    response, usage = row.response, row.response.usage
    return sealed(
        "responses",
        *row.key,
        response.request_id,
        row.genre,
        response.model,
        int(response.batch),
        str(response.stop),
        response.error,
        *tokens_of(usage),
        row.cost,
        row.template_sha256,
        pack(response.text.encode()),
    )


def response_of(row: Row) -> RecordedResponse:
    """The record that `response_row` was made from."""
    series, index, attempt, stage, retry, request_id, genre, model, batch, stop, error = row[:11]
    tokens, cost, template, text = row[11:16], row[16], row[17], row[18]
    response = {
        "request_id": request_id,
        "text": unpack(text).decode(),
        "stop": stop,
        "model": model,
        "usage": dict(zip(_TOKENS, tokens, strict=True)),
        "batch": bool(batch),
        "error": error,
    }
    return RecordedResponse.model_validate(
        {
            "series": series,
            "index": index,
            "attempt": attempt,
            "stage": stage,
            "retry": retry,
            "genre": genre,
            "template_sha256": template,
            "cost": cost,
            "response": response,
        }
    )


def lineage_of(row: Row) -> StageLineage:
    """From (stage, request id, model, template hash, five counts of tokens, cost)."""
    stage, request_id, model, template, *tokens, cost = row
    return StageLineage.model_validate(
        {
            "stage": stage,
            "request_id": request_id,
            "model": model,
            "template_sha256": template,
            "usage": dict(zip(_TOKENS, tokens, strict=True)),
            "cost_usd": None if cost is None else cost / PICO,
        }
    )


def tokens_of(usage: Usage) -> tuple[int, ...]:
    """The counts of a usage in the order of the columns."""
    return (usage.input, usage.output, usage.cache_read, usage.cache_write, usage.cache_write_1h)


def decision_row(row: RecordedDecision) -> Row:
    """The columns of `decisions`."""
    decision = row.decision
    return sealed(
        "decisions",
        decision.series,
        decision.index,
        decision.attempt,
        decision.phase,
        str(decision.outcome),
        decision.reason,
        row.words,
        signed(row.opening),
        row.sketch,
        pack(canonical_json(decision.verdicts)) if decision.verdicts else None,
    )


def decision_of(row: Row) -> RecordedDecision:
    """The record that `decision_row` was made from."""
    series, index, attempt, phase, outcome, reason, words, opening, sketch, verdicts = row[:10]
    decision = {
        "series": series,
        "index": index,
        "attempt": attempt,
        "phase": phase,
        "outcome": outcome,
        "reason": reason,
        "verdicts": _VERDICTS.validate_json(unpack(verdicts)) if verdicts else (),
    }
    return RecordedDecision.model_validate(
        {"decision": decision, "sketch": sketch, "opening": unsigned(opening), "words": words}
    )


def usage_of(row: Row) -> UsageTotal:
    """The record of a row of `usage`."""
    stage, genre, model, requests, *tokens, cost, unpriced = row[:11]
    return UsageTotal(
        stage=stage,
        genre=genre,
        model=model,
        requests=requests,
        usage=Usage(**dict(zip(_TOKENS, tokens, strict=True))),
        cost_usd=cost / PICO,
        unpriced=unpriced,
    )


def file_row(row: RecordedFile) -> Row:
    """The columns of `files`."""
    genres = canonical_json(row.genres).decode()
    return sealed("files", row.name, row.sha256, row.content_sha256, row.rows, row.bytes, genres)


def file_of(row: Row) -> RecordedFile:
    """The record that `file_row` was made from."""
    names = ("name", "sha256", "content_sha256", "rows", "bytes")
    genres = json.loads(row[5])
    return RecordedFile.model_validate(dict(zip(names, row[:5], strict=True)) | {"genres": genres})


def signed(value: int | None) -> int | None:
    """SQLite has signed 64-bit integers only."""
    return value - 2**64 if value is not None and value >= 2**63 else value


def unsigned(value: int | None) -> int | None:
    """What `signed` was given."""
    return None if value is None else value % 2**64


@cache
def _contexts() -> _Zstd:
    return _Zstd()
