"""The judge judged: known faults are planted into accepted documents, and it must find them.

Every answer is recorded under the run's `report/` before it is counted, so that an audit
that was stopped goes on, and one that is asked for again sends nothing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from heapq import nsmallest
from pathlib import Path
from typing import Any

from sdf.errors import MismatchError, RunError
from sdf.files import read_shard, readable_json, write_atomic
from sdf.genres.pack import Genre
from sdf.plan.locales import ENGLISH, is_english
from sdf.providers.protocol import Provider
from sdf.recipe import Recipe
from sdf.records import Request, Response, TextDocument
from sdf.run.asking import answers
from sdf.run.audited import AGAIN, Audit, Heard, figures, judge_prompts, judge_stage
from sdf.run.chain import Chain
from sdf.run.defects import HARMLESS, KINDS, Planted, harmless
from sdf.run.directory import RunDirectory, open_run
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedResponse
from sdf.run.setup import Setup, prepare
from sdf.write.judge import judged, parse_judgement
from sdf.write.requests import template_sha256

AUDIT = "judge-audit.json"
ANSWERS = "judge-audit.db"


@dataclass(frozen=True)
class Question:
    """One text before the judge: the kind of its fault, where it stands, and the request."""

    kind: str
    document: TextDocument
    planted: Planted
    request: Request

    @property
    def series(self) -> str:
        """The answer's place in the ledger: its kind and what was asked."""
        return f"audit:{self.kind}:{self.request.id[:12]}"


def setup_of_run(path: Path, *, judge: str | None = None) -> Setup:
    """The setup that a run was made from, out of its own directory; `judge` replaces its judge.

    Raises:
        RunError: there is no run, or its files cannot be read as one.
        MismatchError: they are not what its lock says.
    """
    run = open_run(path)
    lock = json.loads(run.recipe_lock.read_bytes())
    recipe = Recipe.model_validate(lock["recipe"])
    if judge is not None:
        recipe = recipe.model_copy(update={"models": recipe.models.model_copy(update={"judge": judge})})
    setup = prepare(recipe, constitution=run.constitution, folders=[run.genres], genres=list(lock["genres"]))
    refuse_another_corpus(setup, run)
    return setup


def refuse_another_corpus(setup: Setup, run: RunDirectory) -> None:
    """MismatchError unless the setup has the run's constitution and identity: its briefs speak of them."""
    lock = json.loads(run.recipe_lock.read_bytes())
    mine = (setup.lock["constitution_sha256"], setup.lock["recipe"]["identity"])
    if mine != (lock["constitution_sha256"], lock["recipe"]["identity"]):
        hint = "Name the recipe that the run was made with, or none: the run keeps its own."
        raise MismatchError("was made from another constitution or identity", where=str(run.path), hint=hint)


def audit(
    setup: Setup,
    path: Path,
    provider: Provider,
    *,
    documents: int = 40,
    seed: int = 0,
    price: Callable[[Response], int | None] = lambda _: None,
    report: Callable[[int, int], None] = lambda _answered, _asked: None,
) -> Audit:
    """Judge `documents` accepted documents of the run in `path`, clean and spoilt, and count.

    `price` gives an answer's cost in 10^-12 dollars, `report` is told how many answers
    of how many are in.

    Raises:
        RunError: the run has no document in which anything can be planted.
        AwaitingError, HaltedError: as from the provider; the same call goes on.
    """
    run = open_run(path)
    asked = questions(setup, run, documents, seed)
    if not asked:
        hint = "Generate some first. The planted sentences are English, and need a paragraph to stand in."
        raise RunError("has no accepted document that can be spoilt", where=str(path), hint=hint)
    with _answers_of(run) as ledger:
        told = _ask(asked, setup, provider, ledger, price=price, report=report)
    least = setup.recipe.checks.judge_min
    found = Audit(
        judge=setup.recipe.models.judge,
        prompts=judge_prompts(setup.catalogue),
        least=least,
        seed=seed,
        documents=len({question.document.id for question in asked}),
        requests=len(asked),
        figures=figures([_heard(question, told[question.request.id], least) for question in asked]),
    )
    write_atomic(run.report / AUDIT, readable_json(found.model_dump(mode="json")))
    return found


def questions(setup: Setup, run: RunDirectory, documents: int, seed: int) -> list[Question]:
    """Everything to ask about a sample of a run, by genre, so that shared prefixes go out together."""
    asked: list[Question] = []
    chosen = 0
    with Ledger.open(run.db, read_only=True) as ledger:
        for document in _sample(run, setup, documents, seed):
            if chosen == documents:
                break
            about = list(_questions(setup, ledger, document))
            asked += about
            chosen += bool(about)
    return sorted(asked, key=lambda question: question.document.genre)


# --- what is asked ----------------------------------------------------------


def _sample(run: RunDirectory, setup: Setup, wanted: int, seed: int) -> list[TextDocument]:
    """Accepted documents by a seeded draw, one of each genre in turn, some more than wanted."""
    known = {genre.name for genre in setup.catalogue.genres if judge_stage(genre) is not None}
    drawn: defaultdict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for shard in sorted(run.documents.glob("*.jsonl.zst")):
        for line in read_shard(shard):
            row = json.loads(line)
            # What is planted is English.
            english = is_english(row["brief"]["axes"].get("language", ENGLISH))
            if row["kind"] == "document" and row["genre"] in known and english:
                lot = blake2b(f"{seed}\x1f{row['id']}".encode(), digest_size=8).hexdigest()
                drawn[row["genre"]].append((lot, line))
                if len(drawn[row["genre"]]) > 8 * wanted + 64:
                    drawn[row["genre"]] = nsmallest(2 * wanted, drawn[row["genre"]])
    ranked = [(rank, genre, line) for genre in sorted(drawn) for rank, (_, line) in enumerate(sorted(drawn[genre]))]
    # Some forms have no place to plant in; twice as many as wanted stand ready.
    return [TextDocument.model_validate_json(line) for _, _, line in sorted(ranked)[: 2 * wanted]]


def _questions(setup: Setup, ledger: Ledger, document: TextDocument) -> Iterator[Question]:
    """The clean twin, the twin again, and every defect that can be planted."""
    clean = harmless(document.text, document, setup)
    if clean is None:
        return
    genre = setup.catalogue.genre(document.genre)
    outputs = _outputs(document, genre, ledger)
    first = _request(setup, genre, document, outputs, clean.text)
    yield Question(HARMLESS, document, clean, first)
    yield Question(AGAIN, document, clean, once_more(first))
    for kind in KINDS.values():
        spoilt = kind.plant(document.text, document, setup)
        if spoilt is not None:
            yield Question(kind.name, document, spoilt, _request(setup, genre, document, outputs, spoilt.text))


def once_more(request: Request) -> Request:
    """The same question under another id, its fence the one thing that differs in the task."""
    fence = str(request.variables["fence"])
    *prefix, task = request.blocks
    other = blake2b(f"{fence}\x1fonce more".encode(), digest_size=4).hexdigest()
    text = task.text.replace(fence, other)
    request_id = blake2b(f"{request.id}\x1f{other}".encode(), digest_size=20).hexdigest()
    return request.model_copy(update={"id": request_id, "blocks": (*prefix, task.model_copy(update={"text": text}))})


def _outputs(document: TextDocument, genre: Genre, ledger: Ledger) -> dict[str, Any]:
    """What the stages before the judge had given, as its template may name it."""
    brief = document.brief
    rows = {row.stage: row for row in ledger.responses_of(brief.series, brief.index) if row.attempt == brief.attempt}
    chain = Chain(brief, genre)
    while (stage := chain.stage) is not None and stage.role != "judge" and stage.name in rows:
        chain.take(rows[stage.name].response, 1)
    return chain.outputs


def _request(setup: Setup, genre: Genre, document: TextDocument, outputs: Mapping[str, Any], text: str) -> Request:
    stage = judge_stage(genre)
    if stage is None:
        raise RunError(f"the genre {genre.name} has no judge")
    written = [stage.name for stage in genre.stages if "document" in stage.tags]
    changed = {"document": text} | ({written[-1]: text} if written else {})
    return setup.requests.request(document.brief, stage, {**outputs, **changed})


# --- what is answered -------------------------------------------------------


def _answers_of(run: RunDirectory) -> Ledger:
    path = run.report / ANSWERS
    path.parent.mkdir(exist_ok=True)
    return Ledger.open(path) if path.exists() else Ledger.create(path)


def _ask(
    asked: Sequence[Question],
    setup: Setup,
    provider: Provider,
    ledger: Ledger,
    *,
    price: Callable[[Response], int | None],
    report: Callable[[int, int], None],
) -> dict[str, Response]:
    """Every question's answer: those that are recorded, and the rest from the provider."""
    waiting = {question.request.id: question for question in asked}
    found = {row.response.request_id: row.response for row in _recorded(asked, ledger)}
    for given in answers(provider, [question.request for key, question in waiting.items() if key not in found]):
        came = [one for one in given if one.request_id in waiting and one.request_id not in found]
        kept = [one for one in came if one.error is None]
        ledger.record_responses([_row(waiting[one.request_id], one, setup, price) for one in kept])
        provider.recorded(came)
        found |= {one.request_id: one for one in came}
        report(len(found), len(waiting))
    return found


def _recorded(asked: Sequence[Question], ledger: Ledger) -> Iterator[RecordedResponse]:
    for question in asked:
        for row in ledger.responses_of(question.series, question.document.brief.index):
            if row.response.request_id == question.request.id:
                yield row


def _row(
    question: Question, answer: Response, setup: Setup, price: Callable[[Response], int | None]
) -> RecordedResponse:
    request = question.request
    genre = setup.catalogue.genre(question.document.genre)
    stage = next(stage for stage in genre.stages if stage.name == request.stage)
    return RecordedResponse(
        series=question.series,
        index=request.index,
        attempt=request.attempt,
        stage=request.stage,
        genre=request.genre,
        template_sha256=template_sha256(genre, stage),
        cost=price(answer),
        response=answer,
    )


def _heard(question: Question, answer: Response, least: int) -> Heard:
    document, planted = question.document, question.planted
    told, _ = parse_judgement(answer.text)
    return Heard(
        kind=question.kind,
        document=document.id,
        verdict=judged(answer, planted.text, least=least, expects=document.brief.expects),
        scores=told.scores() if told else {},
        start=planted.start,
        stop=planted.stop,
    )
