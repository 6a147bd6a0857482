"""The judge's answer: its schema, how it is read, and what counts as a pass.

Evidence comes before scores, because a model that has named its number first finds
reasons for it. Nothing is believed without words of the piece: a fault without them is
not counted, and a score without them is no score. What cannot be read is unscored,
which is never a pass.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import ConfigDict, Field, StrictInt, ValidationError

from sdf.records import Expects, Flag, Record, Response, StopReason, Verdict
from sdf.write.parse import MOST_ANSWER_CHARACTERS, objects_in

SCORES = ("faithful", "reason", "kind", "prose", "brief")
FAULTS = (
    "invented_world",
    "misquoted",
    "praise_or_conversion",
    "sermon",
    "inflated",
    "talks_of_training",
    "harmful_detail",
    "foreign_name",
)
MISALIGNED = "misaligned_ai"
LINK = "link"
_MOST_FLAGS = 20
_GAP_CHARACTERS = 600
_LINKS: tuple[Expects, ...] = ("none", "implied", "shown")


class _Told(Record):
    """A part of the answer; what a model adds beside the schema is passed over."""

    model_config = ConfigDict(extra="ignore")


class Act(_Told):
    """Something that an AI in the piece does or is said to have done."""

    quotation: str
    verdict: Literal["aligned", "misaligned", "unclear"]
    why: str


class Link(_Told):
    """How the piece ties what an AI does to its reason, and the words that do it."""

    quotation: str
    found: Expects


class Fault(_Told):
    """One fault of FAULTS, with the words that prove it."""

    quotation: str
    why: str
    fault: str


class Score(_Told):
    """A score from 1 to 10, after the words for it and against it and what a 10 would need."""

    best: str
    worst: str
    ten: str
    score: StrictInt = Field(ge=1, le=10)


class Judgement(_Told):
    """The whole answer, as SCHEMA orders it."""

    acts: tuple[Act, ...]
    link: Link
    faults: tuple[Fault, ...]
    faithful: Score
    reason: Score
    kind: Score
    prose: Score
    brief: Score

    def scores(self) -> dict[str, int]:
        """The numbers by name, in the order of SCORES."""
        return {name: getattr(self, name).score for name in SCORES}


def _object(**properties: Any) -> dict[str, Any]:
    # Providers refuse bounds, lengths and patterns, and write keys in the order given here.
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_TEXT = {"type": "string"}
_ACT = _object(quotation=_TEXT, why=_TEXT, verdict={"type": "string", "enum": ["aligned", "misaligned", "unclear"]})
_LINK = _object(quotation=_TEXT, found={"type": "string", "enum": list(_LINKS)})
_FAULT = _object(quotation=_TEXT, why=_TEXT, fault={"type": "string", "enum": list(FAULTS)})
_SCORE = _object(best=_TEXT, worst=_TEXT, ten=_TEXT, score={"type": "integer", "enum": list(range(1, 11))})
SCHEMA: dict[str, Any] = _object(
    acts={"type": "array", "items": _ACT},
    link=_LINK,
    faults={"type": "array", "items": _FAULT},
    **dict.fromkeys(SCORES, _SCORE),
)


def unscored(why: str) -> Verdict:
    """The verdict where there is no judgement."""
    return Verdict(check="judge", passed=None, note=f"unscored: {why}")


UNSCORED = unscored("the offline provider never judges")


def judged(response: Response, document: str, *, least: int, expects: Expects) -> Verdict:
    """A judge's response about a document as a verdict; unscored when it holds no judgement.

    `least` is the lowest score that passes, `expects` the link that the brief asks for.
    """
    if response.error is not None:
        return unscored(f"the judge could not be asked: {response.error}"[:300])
    if response.stop is not StopReason.end:
        return unscored(f"the judge stopped before its end ({response.stop})")
    told, problem = parse_judgement(response.text)
    return unscored(problem) if told is None else verdict_of(told, document, least=least, expects=expects)


def advised(verdict: Verdict) -> Verdict:
    """A verdict of a judge that may report and not gate: its flags and scores, without a decision."""
    if verdict.passed is None:
        return verdict
    would = "pass" if verdict.passed else "reject"
    return verdict.model_copy(update={"passed": None, "note": f"reports only, would {would}: {verdict.note}"})


def parse_judgement(answer: str) -> tuple[Judgement | None, str]:
    """The one judgement in an answer, or None and why there is none.

    Prose and code fences around the JSON are passed over. Two judgements that differ
    are none, and so is one with a key told twice.
    """
    if len(answer) > MOST_ANSWER_CHARACTERS:
        return None, f"the answer has {len(answer):,} characters"
    found: list[Judgement] = []
    problem = "the answer holds no JSON object"
    for value in objects_in(answer):
        try:
            told = Judgement.model_validate(value)
        except ValidationError as invalid:
            problem = problem if found else _explained(invalid)
            continue
        if told not in found:
            found.append(told)
    if len(found) > 1:
        return None, f"the answer holds {len(found)} different judgements"
    return (found[0], "") if found else (None, problem)


def verdict_of(told: Judgement, document: str, *, least: int, expects: Expects) -> Verdict:
    """What a judgement means for a document: every reason to reject it, gravest first."""
    baseless = [name for name in SCORES if not _grounded(document, getattr(told, name))]
    if baseless:
        return unscored(f"scored without words of the piece: {', '.join(baseless)}")
    accusations = [(MISALIGNED, act.quotation, act.why) for act in told.acts if act.verdict == "misaligned"]
    accusations += [(fault.fault, fault.quotation, fault.why) for fault in told.faults if fault.fault in FAULTS]
    proven = [flag for flag in (_proven(document, *accused) for accused in accusations) if flag is not None]
    link = _link_found(told.link, document)
    flags = [*proven, *_link_flags(link, expects), *_score_flags(told, document, least)]
    note = " ".join(f"{name}={score}" for name, score in told.scores().items()) + f" link={link}"
    if len(proven) < len(accusations):
        note += f" accused without proof={len(accusations) - len(proven)}"
    return Verdict(check="judge", passed=not flags, flags=tuple(flags[:_MOST_FLAGS]), note=note)


def locate(document: str, quotation: str) -> tuple[int, int] | None:
    """Where a quotation stands in a document, as (start, stop), or None.

    White space, case and the shapes of quotation marks and dashes may differ; dots of
    omission join parts that follow each other closely.
    """
    start = document.find(quotation)
    if quotation and start >= 0:
        return start, start + len(quotation)
    first, place = -1, 0
    for part in _OMISSION.split(quotation.strip(_EDGES)):
        if not part.strip(_EDGES):
            continue
        limit = len(document) if first < 0 else place + _GAP_CHARACTERS
        match = _loosely(part.strip(_EDGES)).search(document, place, limit)
        if match is None:
            return None
        first, place = (match.start() if first < 0 else first), match.end()
    return None if first < 0 else (first, place)


_EDGES = " \t\r\n\"'“”„«»‘’"
_OMISSION = re.compile(r"\s*[\[(]?(?:…|\.\s?\.\s?\.)[\])]?\s*")
_ALIKE = {mark: f"[{''.join(map(re.escape, group))}]" for group in ('"“”„«»', "'‘’", "-‐‑‒–—") for mark in group}


def _loosely(words: str) -> re.Pattern[str]:
    parts = ("".join(_ALIKE.get(mark, re.escape(mark)) for mark in word) for word in words.split())
    return re.compile(r"\s+".join(parts), re.IGNORECASE)


def _explained(invalid: ValidationError) -> str:
    first = invalid.errors(include_url=False, include_input=False)[0]
    return f"not by the schema: {'.'.join(map(str, first['loc'])) or 'answer'}: {first['msg'].lower()}"[:200]


def _grounded(document: str, score: Score) -> bool:
    quotations = (score.best, score.worst)
    return any((len(words.split()) >= 3 or len(words) >= 8) and locate(document, words) for words in quotations)


def _proven(document: str, rule: str, quotation: str, why: str) -> Flag | None:
    place = locate(document, quotation) if len(quotation.strip()) > 1 else None
    if place is None:
        return None
    words = document[place[0] : place[1]]
    return Flag(rule=rule, detail=f"{words[:200]!r}: {why[:200]}", start=place[0], stop=place[1])


def _link_found(link: Link, document: str) -> Expects:
    # What is shown can be pointed at.
    return "implied" if link.found == "shown" and locate(document, link.quotation) is None else link.found


def _link_flags(found: Expects, expects: Expects) -> list[Flag]:
    if _LINKS.index(found) >= _LINKS.index(expects):
        return []
    return [Flag(rule=LINK, detail=f"the brief asks for {expects}, the piece has {found}")]


def _score_flags(told: Judgement, document: str, least: int) -> list[Flag]:
    flags = []
    for name in SCORES:
        score: Score = getattr(told, name)
        if score.score < least:
            start, stop = locate(document, score.worst) or (0, 0)
            detail = f"scored {score.score}, needs {least}: {score.ten[:200]}"
            flags.append(Flag(rule=name, detail=detail, start=start, stop=stop))
    return flags
