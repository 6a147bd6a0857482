"""Verdicts of checks, outcomes of attempts, and the decisions that record them."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from sdf.records.base import Record


class Flag(Record):
    """One thing a check found; `start` and `stop` are character offsets in the text."""

    rule: str
    detail: str
    start: int = 0
    stop: int = 0


class Verdict(Record):
    """A check's answer about one document. `passed` is None when it could not run."""

    check: str
    passed: bool | None
    flags: tuple[Flag, ...] = ()
    note: str = ""


class Outcome(StrEnum):
    """What became of one attempt."""

    accepted = "accepted"
    rejected = "rejected"
    refused = "refused"
    truncated = "truncated"
    invalid = "invalid"
    failed = "failed"
    pending = "pending"


class Decision(Record):
    """The recorded end of an attempt, at its premise or at its document."""

    series: str
    index: int
    attempt: int
    phase: Literal["premise", "document"]
    outcome: Outcome
    reason: str = ""
    verdicts: tuple[Verdict, ...] = ()
