"""One brief taken through its stages without a run: prompts, answers, checks. Nothing is recorded."""

from __future__ import annotations

from sdf.check.document import check_document
from sdf.errors import RunError
from sdf.records import Brief, Record, Request, Response, Verdict
from sdf.run.asking import answers, opened
from sdf.run.chain import Chain
from sdf.run.decide import check_context
from sdf.run.setup import Setup


class PreviewedStage(Record):
    """A stage's prompt, block by block, and its answer ("" for the judge's, offline)."""

    stage: str
    model: str
    blocks: tuple[str, ...]
    answer: str


class Previewed(Record):
    """A brief, what was asked for it and what came of it."""

    brief: Brief
    stages: tuple[PreviewedStage, ...]
    premise: str
    text: str
    verdicts: tuple[Verdict, ...]


def preview(setup: Setup, index: int) -> Previewed:
    """Write the brief at `index` once.

    Raises:
        RunError: the model gave no document.
    """
    brief = setup.plan.brief(index)
    chain = Chain(brief, setup.catalogue.genre(brief.cell.genre))
    stages = []
    while (stage := chain.stage) is not None:
        request = setup.requests.request(brief, stage, chain.outputs, again=chain.again)
        blocks = tuple(block.text for block in request.blocks)
        if stage.role == "judge" and request.model == "offline":
            stages.append(PreviewedStage(stage=stage.name, model=request.model, blocks=blocks, answer=""))
            chain.skip_judging()
            continue
        answer = _asked(request, setup)
        chain.take(answer, setup.recipe.checks.judge_min, fallback=setup.recipe.models.fallback is not None)
        stages.append(PreviewedStage(stage=stage.name, model=request.model, blocks=blocks, answer=answer.text))
    if not chain.text:
        raise RunError(f"{brief.id} got no document: {chain.reason}")
    told = chain.outputs["premise"]
    return Previewed(
        brief=brief,
        stages=tuple(stages),
        premise=str(told["line"]),
        text=chain.text,
        verdicts=check_document(chain.text, check_context(chain, setup.rules)),
    )


def _asked(request: Request, setup: Setup) -> Response:
    """The answer to one request, sent by itself."""
    recipe = setup.recipe
    with opened(request.model, recipe, setup.catalogue, budget=recipe.run.budget) as (provider, _):
        return next(one for came in answers(provider, [request]) for one in came)
