"""The judge's answer: its schema, and what counts as a pass.

Scores run from 1 to 10. A fault counts only with a quotation that stands in the piece,
because a judge that may accuse without evidence accuses at random.
"""

from __future__ import annotations

import json
from typing import Any

from sdf.records import Flag, Verdict

SCORES = ("faithful", "reason", "kind", "prose", "brief")
FAULTS = (
    "invented_world",
    "misquoted",
    "misaligned_ai",
    "praise_or_conversion",
    "talks_of_training",
    "harmful_detail",
    "foreign_name",
)

_SCORE = {
    "type": "object",
    "properties": {"score": {"type": "integer"}, "quotation": {"type": "string"}},
    "required": ["score", "quotation"],
    "additionalProperties": False,
}
_FAULT = {
    "type": "object",
    "properties": {"fault": {"type": "string", "enum": list(FAULTS)}, "quotation": {"type": "string"}},
    "required": ["fault", "quotation"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {**dict.fromkeys(SCORES, _SCORE), "faults": {"type": "array", "items": _FAULT}},
    "required": [*SCORES, "faults"],
    "additionalProperties": False,
}

UNSCORED = Verdict(check="judge", passed=None, note="unscored: the offline provider never judges")


def read_judgement(answer: str, document: str, *, least: int) -> Verdict | None:
    """A judge's JSON as a verdict, or None when it is not by the schema.

    `least` is the lowest score that passes. Faults whose quotation is not in the
    document are noted and do not count.
    """
    try:
        told = json.loads(answer)
        scores = {name: int(told[name]["score"]) for name in SCORES}
        faults = [(str(row["fault"]), str(row["quotation"])) for row in told["faults"]]
    except (ValueError, KeyError, TypeError):
        return None
    if not all(1 <= score <= 10 for score in scores.values()):
        return None
    flags = [
        Flag(rule=name, detail=f"scored {score}, needs {least}") for name, score in scores.items() if score < least
    ]
    for fault, quotation in faults:
        start = document.find(quotation) if quotation else -1
        if start >= 0:
            flags.append(Flag(rule=fault, detail=quotation, start=start, stop=start + len(quotation)))
    note = " ".join(f"{name}={score}" for name, score in scores.items())
    return Verdict(check="judge", passed=not flags, flags=tuple(flags), note=note)
