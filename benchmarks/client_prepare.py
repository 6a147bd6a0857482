"""What a request costs this side of the wire: `python -m benchmarks.client_prepare BRIEFS [SHARED]`.

Every stage of so many briefs is rendered from the shipped packs, packed into batches,
written down before it is sent, and its answer recorded. The answers are there before,
and cost nothing here; nothing is sent. Where SHARED is given, the shared prefix is
made so many characters long before it is packed. Prints the figures as JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from benchmarks.client_work import MODEL
from sdf.genres.load import search_path
from sdf.providers.anthropic.journal import Fate, Send
from sdf.providers.anthropic.packing import Limits, Packed, body, pack
from sdf.providers.money import Money
from sdf.providers.settings import ModelSettings
from sdf.recipe import load_recipe
from sdf.records import Brief, Request, Response, StopReason, Usage
from sdf.run.batch_log import BatchLog
from sdf.run.chain import Chain
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedResponse
from sdf.run.setup import Setup, prepare
from tests.run.ghost import Ghost

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = ModelSettings(batch=True)
USAGE = Usage(input=500, output=900, cache_read=5_000)
GROUP = 256


class Watch:
    """CPU seconds by what they went to."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def on(self, part: str) -> Iterator[None]:
        """Count what happens within."""
        before = time.process_time()
        yield
        self.seconds[part] = self.seconds.get(part, 0.0) + time.process_time() - before


def real_setup() -> Setup:
    """The project's own recipe, with a model for every stage."""
    model = f"anthropic:{MODEL}"
    recipe = load_recipe(ROOT / "sdf.toml")
    models = recipe.models.model_copy(update={"writer": model, "judge": model})
    return prepare(
        recipe.model_copy(update={"models": models}),
        constitution=ROOT / recipe.constitution.file,
        folders=search_path(ROOT),
    )


def rendered(setup: Setup, ghost: Ghost, briefs: int, watch: Watch) -> list[tuple[Request, Response]]:
    """Every request of the briefs, with the answer that leads to the next."""
    asked = []
    for index in range(briefs):
        with watch.on("render"):
            brief: Brief = setup.plan.brief(index)
            chain = Chain(brief, setup.catalogue.genre(brief.cell.genre))
        while (stage := chain.stage) is not None:
            with watch.on("render"):
                request = setup.requests.request(brief, stage, chain.outputs)
            answer = Response(
                request_id=request.id,
                text=ghost.by_task[request.blocks[-1].text],
                stop=StopReason.end,
                model=request.model,
                usage=USAGE,
                batch=True,
            )
            asked.append((request, answer))
            with watch.on("render"):
                chain.take(answer, least_score=1)
            chain.held = False
    return asked


def resized(request: Request, shared: int) -> Request:
    """The request with so many characters of shared prefix, from each of its blocks in proportion."""
    *prefix, task = request.blocks
    factor = shared / sum(len(block.text) for block in prefix)
    texts = [(block.text * max(1, round(factor + 1)))[: round(len(block.text) * factor)] for block in prefix]
    blocks = (block.model_copy(update={"text": text}) for block, text in zip(prefix, texts, strict=True))
    return request.model_copy(update={"blocks": (*blocks, task)})


def packed(requests: list[Request], log: BatchLog, money: Money) -> int:
    """Pack, write the intents down, and make the bodies; gives their bytes."""
    batches, failures = pack(requests, log.number, SETTINGS, Limits(requests=4_000))
    assert not failures  # noqa: S101
    return sum(_posted(batch, f"{place:012d}", log, money) for place, batch in enumerate(batches))


def _posted(batch: list[Packed], nonce: str, log: BatchLog, money: Money) -> int:
    sends = [Send(one.request.id, one.number, money.worst(one.request, batch=True) or 0) for one in batch]
    log.intend(nonce, batch[0].request.model, sends, "2026-11-22T10:00:00+00:00")
    log.submitted(nonce, f"msgbatch_{nonce}", "2026-11-22T10:00:07+00:00")
    return sum(len(piece) for piece in body(batch, nonce, SETTINGS))


def recorded(asked: list[tuple[Request, Response]], ledger: Ledger, log: BatchLog, money: Money) -> None:
    """Record the answers in groups, and the fates of their requests."""
    nonce_of = {send.request_id: batch.nonce for batch in log.open_batches() for send in log.sends(batch.nonce)}
    for start in range(0, len(asked), GROUP):
        group = asked[start : start + GROUP]
        ledger.record_responses([_row(request, answer, money) for request, answer in group])
        for nonce in sorted({nonce_of[request.id] for request, _ in group}):
            log.fates(nonce, {one.id: Fate.recorded for one, _ in group if nonce_of[one.id] == nonce})


def _row(request: Request, answer: Response, money: Money) -> RecordedResponse:
    return RecordedResponse(
        series=request.series,
        index=request.index,
        attempt=request.attempt,
        stage=request.stage,
        genre=request.genre,
        template_sha256="b" * 64,
        cost=money.cost(answer),
        response=answer,
    )


def main(briefs: int, shared: int) -> None:
    # The answers are made with another setup: what this one remembers it must have learnt itself.
    ghost = Ghost(real_setup(), briefs)
    setup, watch, money = real_setup(), Watch(), Money({}, date(2026, 11, 22))
    asked = rendered(setup, ghost, briefs, watch)
    requests = [resized(request, shared) if shared else request for request, _ in asked]
    with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder) / "run.db") as ledger:
        log = BatchLog(ledger)
        with watch.on("pack"):
            size = packed(requests, log, money)
        with watch.on("record"):
            recorded(asked, ledger, log, money)
    prefixes = [len(block.text.encode()) for request in requests for block in request.blocks if block.cache]
    figures = {"requests": len(asked), "shared": sum(prefixes) / len(asked), "bytes": size / len(asked)}
    print(json.dumps(figures | watch.seconds))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
