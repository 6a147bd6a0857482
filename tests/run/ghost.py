"""A ghost behind a stand-in: knows every prompt of a plan, and answers as the offline provider would write.

So that runs can be driven through real SDKs and loopback servers and come out as whole
corpora: with premises, drafts, rewrites and a judge's scores.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sdf.providers.offline.provider import OfflineProvider
from sdf.records import Request, Response, StopReason
from sdf.run.chain import Chain
from sdf.run.setup import Setup
from sdf.write.judge import SCORES

MODEL = "anthropic:claude-haiku-5-5"


class Ghost:
    """Answers by the text of the task; `asked` is every prompt of briefs 0 to n - 1, over `attempts`."""

    def __init__(self, setup: Setup, n: int, attempts: int = 1) -> None:
        self._writer = OfflineProvider(setup.catalogue)
        self.by_task: dict[str, str] = {}
        self.task_of: dict[str, str] = {}
        for index in range(n):
            for attempt in range(attempts):
                self._learn(setup, index, attempt)

    def __call__(self, params: Mapping[str, Any]) -> str:
        """The answer to what a server was sent."""
        return self.by_task[self.task(params)]

    @staticmethod
    def task(params: Mapping[str, Any]) -> str:
        """The text of the task in what a server was sent."""
        told = params["messages"][-1]["content"]
        return told if isinstance(told, str) else str(told[-1]["text"])

    def _learn(self, setup: Setup, index: int, attempt: int) -> None:
        brief = setup.plan.brief(index, attempt)
        chain = Chain(brief, setup.catalogue.genre(brief.cell.genre))
        while (stage := chain.stage) is not None:
            request = setup.requests.request(brief, stage, chain.outputs)
            text = self._text(request)
            self.by_task[request.blocks[-1].text] = text
            self.task_of[request.id] = request.blocks[-1].text
            chain.take(
                Response(request_id=request.id, text=text, stop=StopReason.end, model=request.model), least_score=1
            )
            chain.held = False

    def _text(self, request: Request) -> str:
        if request.output_schema is not None:
            return json.dumps(content(str(request.variables["document"])))
        return self._writer.answer(request).text


def content(document: str) -> dict[str, Any]:
    """A judgement that finds nothing wrong, with words of the document."""
    words = document.strip().splitlines()[0][:60]
    score = {"best": words, "worst": words, "ten": "more of the same", "score": 8}
    link = {"quotation": words, "found": "shown"}
    return {"acts": [], "link": link, "faults": [], **dict.fromkeys(SCORES, score)}
