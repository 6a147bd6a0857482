"""A figure beside human prose: as human, to watch, or bad."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from sdf.panel.rows import SIZES

AS_HUMAN, WATCH, BAD = "as human", "watch", "bad"


class Range(NamedTuple):
    """The 5th, 50th and 95th of a hundred samples of human prose."""

    low: float
    middle: float
    high: float


class Limit(BaseModel):
    """See verdicts.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    worse: Literal["high", "low"]
    watch: float
    bad: float
    says: str
    floor: float = 0.0
    least_documents: int = 0
    beside: str = ""
    """The measure of human prose that it is held against, where that has another name."""


@dataclass(frozen=True, slots=True)
class Human:
    """The reference of human prose, by size of sample and measure."""

    source: str
    ranges: dict[int, dict[str, Range]]

    def range_of(self, measure: str, size: int) -> Range | None:
        """What the measure is for human prose in samples of the largest size up to this one, or None.

        A sample smaller than all sizes is held against the smallest.
        """
        limit = limits().get(measure)
        nearest = next((one for one in SIZES if one <= size), SIZES[-1])
        return self.ranges[nearest].get(limit.beside or measure if limit else measure)


@cache
def human() -> Human:
    """The reference that ships with the project."""
    told = tomllib.loads((files("sdf.panel") / "human.toml").read_text())
    ranges = {size: {name: Range(*value) for name, value in told[str(size)].items()} for size in SIZES}
    return Human(f"{told['source']['name']} ({told['source']['licence']})", ranges)


@cache
def limits() -> dict[str, Limit]:
    """How far each measure may lie from human prose."""
    told = tomllib.loads((files("sdf.panel") / "verdicts.toml").read_text())
    return {name: Limit.model_validate(limit) for name, limit in told.items()}


def verdict(measure: str, value: float, size: int) -> str:
    """The verdict on a measure of a sample of this size; empty for one that is shown and not judged."""
    limit = limits().get(measure)
    if limit is None:
        return ""
    if value * size < limit.least_documents:
        return AS_HUMAN
    known = human().range_of(measure, size)
    if limit.worse == "high":
        edge = max(known.high if known else 0.0, limit.floor)
        distance = value / edge if edge else 0.0
    else:
        edge = known.low if known else limit.floor
        distance = edge / value if value > 0 else float("inf")
    if distance <= limit.watch:
        return AS_HUMAN
    return WATCH if distance <= limit.bad else BAD
