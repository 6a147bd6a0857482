"""The results of a batch: a bag of lines in which rows may err, expire, double, vanish or be somebody else's."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.standin.faults import ERROR_TYPES, Fault, Faults, draw, pick
from tests.standin.limits import Refusal


@dataclass(slots=True)
class Row:
    """What became of one request, and the lines that the results hold for it."""

    place: int
    outcome: str
    lines: list[bytes]


Write = Callable[[Mapping[str, Any], str, Fault | None, bool], dict[str, Any]]  # params, key, fault, cold -> Message


def error_body(status: int, message: str, code: str, name: str, kind: str = "") -> dict[str, Any]:
    """An error as the API says it."""
    error: dict[str, Any] = {"type": kind or ERROR_TYPES.get(status, "api_error"), "message": message}
    if code:
        error["details"] = {"error_code": code}
    return {"type": "error", "error": error, "request_id": name}


def worked(
    rows: list[tuple[str, dict[str, Any]]], outcome: Callable[[int], str], faults: Faults, number: int, write: Write
) -> list[Row]:
    """All rows of a batch that has ended, in the order of its results."""
    done = []
    for place, (custom_id, params) in enumerate(rows):
        fate = _fate(custom_id, outcome(place), faults, number)
        key = f"{number}:{custom_id}"
        result, known = _result(params, fate, faults, key, write)
        lines = [] if draw(faults.seed, "missing", key) < faults.missing else [_line(custom_id, result)]
        if lines and draw(faults.seed, "doubled", key) < faults.doubled:
            lines.append(_line(custom_id, _other(result)))
        if draw(faults.seed, "foreign", key) < faults.foreign:
            lines.append(_line(f"foreign-{place}-{number}", _other(result)))
        done.append(Row(place, known, lines))
    if faults.shuffled:
        done.sort(key=lambda row: draw(faults.seed, "shuffle", number, row.place))
    return done


def _fate(custom_id: str, outcome: str, faults: Faults, number: int) -> str:
    if outcome != "succeeded":
        return outcome
    share = draw(faults.seed, "fate", number, custom_id)
    for fate in ("errored", "expired", "canceled", "unknown_type"):
        rate = getattr(faults, fate)
        if share < rate:
            return fate
        share -= rate
    return "succeeded"


def _result(params: Mapping[str, Any], fate: str, faults: Faults, key: str, write: Write) -> tuple[dict[str, Any], str]:
    """The result object, and under which count it stands. A result of unknown type was worked, and is billed."""
    if fate in ("expired", "canceled"):
        return {"type": fate}, fate
    if fate == "errored":
        error = error_body(faults.error_status, "Internal server error", "", f"req_{key}")
        return {"type": "errored", "error": error}, fate
    try:
        bent = pick(faults.rows, draw(faults.seed, "rows", key)) if faults.rows else None
        written = write(params, key, bent, draw(faults.seed, "cold", key) < faults.cold)
    except Refusal as refusal:
        error = error_body(refusal.status, refusal.message, refusal.code, f"req_{key}")
        return {"type": "errored", "error": error}, "errored"
    return {"type": "succeeded" if fate == "succeeded" else "postponed", "message": written}, "succeeded"


def _other(result: dict[str, Any]) -> dict[str, Any]:
    """A result that is told apart from the true one by its text."""
    if "message" not in result:
        return result
    return {**result, "message": {**result["message"], "content": [{"type": "text", "text": "another's text"}]}}


def _line(custom_id: str, result: dict[str, Any]) -> bytes:
    return json.dumps({"custom_id": custom_id, "result": result}, separators=(",", ":")).encode() + b"\n"
