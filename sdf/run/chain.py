"""One attempt at one brief, from its first request to a text that can be decided.

A chain asks for one answer at a time. It never guesses: an answer that cannot be read
ends it with the outcome that says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from sdf.genres.pack import Genre, Stage
from sdf.records import Brief, Outcome, Response, StopReason, Verdict
from sdf.write.judge import UNSCORED, judged
from sdf.write.parse import parse_tags

PREMISE = "premise"

Again = Literal["longer", "fallback"]
"""Why a stage is asked a second time: its answer was cut off, or the writer declined."""


@dataclass
class Chain:
    """The progress of one attempt. `outputs` are what earlier stages gave, by name."""

    brief: Brief
    genre: Genre
    outputs: dict[str, Any] = field(default_factory=dict)
    stage_number: int = 0
    outcome: Outcome = Outcome.pending
    reason: str = ""
    judgement: Verdict = UNSCORED
    held: bool = False
    again: Again | None = None

    @property
    def text(self) -> str:
        """The document as it stands: the last draft or rewrite."""
        return str(self.outputs.get("document", ""))

    @property
    def premise(self) -> str:
        """The line and description that premises are compared by."""
        told = self.outputs.get(PREMISE)
        return f"{told['line']} {told['description']}" if told else ""

    @property
    def stage(self) -> Stage | None:
        """The stage whose answer is wanted next; None when the chain has come to its end."""
        if self.outcome is not Outcome.pending or self.stage_number >= len(self.genre.stages):
            return None
        return self.genre.stages[self.stage_number]

    def ready(self) -> bool:
        """Whether every answer is in, or the chain ended before."""
        return self.stage is None

    def skip_judging(self) -> None:
        """Pass over judge stages: nobody judges, or there is nothing worth judging."""
        while (stage := self.stage) is not None and stage.role == "judge":
            self.stage_number += 1

    def take(self, response: Response, least_score: int, *, fallback: bool = False) -> None:
        """Read the answer to the current stage, and move on, ask once more, or end with an outcome.

        `fallback` says that there is another model for what the writer declines.
        """
        stage = self.stage
        if stage is None:
            return
        first, self.again = self.again is None, None
        if first and (why := _worth_asking_again(response, fallback and stage.role != "judge")):
            self.again = why
            return
        ended = _ended(response)
        if stage.role == "judge":
            # Nothing that becomes of a judge's call is the document's fault.
            self.judgement = judged(response, self.text, least=least_score, expects=self.brief.expects)
        elif ended is not None:
            self.outcome, self.reason = ended
        else:
            self._take_text(stage, response.text)
        self.stage_number += 1
        self.held = stage.name == PREMISE and self.outcome is Outcome.pending

    def _take_text(self, stage: Stage, answer: str) -> None:
        parsed = parse_tags(answer, stage.tags)
        if parsed.incoherent:
            self.outcome, self.reason = Outcome.rejected, f"incoherent: {parsed.problem}"
        elif parsed.problem:
            self.outcome, self.reason = Outcome.invalid, f"{stage.name}: {parsed.problem}"
        elif stage.name == PREMISE:
            self.outputs[PREMISE] = {"line": parsed.outputs[PREMISE], "description": parsed.outputs["description"]}
        else:
            self.outputs |= parsed.outputs
            self.outputs[stage.name] = parsed.outputs[stage.tags[0]]


def _worth_asking_again(response: Response, fallback: bool) -> Again | None:
    if response.error is not None:
        return None
    if response.stop is StopReason.length:
        return "longer"
    return "fallback" if response.stop is StopReason.refusal and fallback else None


def _ended(response: Response) -> tuple[Outcome, str] | None:
    if response.error is not None:
        return Outcome.failed, response.error
    if response.stop is StopReason.refusal:
        return Outcome.refused, "the model declined"
    if response.stop is StopReason.length:
        return Outcome.truncated, "the answer hit its token limit"
    if response.stop is not StopReason.end:
        return Outcome.failed, f"the model stopped for an unknown reason: {response.stop}"
    return None
