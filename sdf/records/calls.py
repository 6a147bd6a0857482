"""Model calls: what is asked, what comes back, and what it used."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field

from sdf.records.base import Record


class Block(Record):
    """A piece of prompt text; `cache` marks the end of a prefix worth caching."""

    text: str
    cache: bool = False


class Request(Record):
    """One model call. `id` is the digest of everything that decides the answer.

    `retry` is 1 for the second question after a truncated or refused answer.
    `variables` is the mapping that the template was rendered from; the offline
    provider writes from it, and it is left out of the digest because `blocks`
    already carries what a model sees of it.
    """

    id: str
    series: str
    index: int
    attempt: int
    stage: str
    genre: str
    model: str
    blocks: tuple[Block, ...]
    max_tokens: int
    retry: int = 0
    output_schema: Mapping[str, Any] | None = None
    variables: Mapping[str, Any] = Field(default_factory=dict, repr=False, exclude=True)


class StopReason(StrEnum):
    """Why a model stopped. Only `end` can become a document."""

    end = "end"
    refusal = "refusal"
    length = "length"
    unknown = "unknown"


class Usage(Record):
    """Tokens as the provider billed them; the four kinds of input are apart from each other.

    `cache_write` are those kept for five minutes, `cache_write_1h` those kept for an hour.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0


class Response(Record):
    """What came back for a request. `error` is set when no text could be had.

    `model` is what the request asked for, as the recipe writes it (`anthropic:...`);
    `batch` says that it was billed at the price of batches.
    """

    request_id: str
    text: str
    stop: StopReason
    model: str
    usage: Usage = Usage()
    batch: bool = False
    error: str | None = None
