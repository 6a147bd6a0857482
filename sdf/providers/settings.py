"""How models are asked, beyond the words of the prompt."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sdf.records import Record

MAX_TEXT_BYTES = 2_000_000
"""No document is that long: an answer beyond it is a fault of the server's."""


class ModelSettings(Record):
    """What `[models]` and `[run]` of the recipe say to a sender.

    `timeout` is in seconds for one call. `batch` says that requests go out in batches,
    where a cached prefix is kept for an hour and answers are billed at the price of
    batches. There is no temperature: the models of 2026 refuse it, and variety comes
    from the plan.
    """

    thinking: Literal["off", "adaptive"] = "off"
    effort: Literal["low", "medium", "high", "max"] | None = None
    timeout: float = Field(default=600, gt=0)
    batch: bool = False
