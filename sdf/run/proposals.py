"""Asking a model outside of a run for things that a person will read: each answer recorded, and paid for, once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sdf.errors import GenreError, RecipeError
from sdf.files import digest_of, sha256_hex
from sdf.genres.pack import Catalogue, Genre
from sdf.providers.choose import OFFLINE
from sdf.providers.prices import PICO
from sdf.providers.protocol import Provider
from sdf.recipe import Recipe
from sdf.records import Block, Record, Request, Response, StopReason
from sdf.run.asking import answers, opened
from sdf.run.ledger import Ledger
from sdf.run.lock import RunLock
from sdf.run.rows import RecordedResponse
from sdf.write.parse import MOST_ANSWER_CHARACTERS, objects_in

ANSWERS = "answers.db"


class Spent(Record):
    """What answers cost, in 10^-12 dollars: `asked` came now, `recorded` were there before and are paid for."""

    asked: int = 0
    recorded: int = 0
    unpriced: int = 0
    cost: int = 0

    def told(self) -> str:
        """The cost in words."""
        priced = f"${self.cost / PICO:,.4f}" if self.unpriced < self.asked or not self.asked else "unpriced"
        without = f" and {self.unpriced:,} unpriced" if 0 < self.unpriced < self.asked else ""
        return f"{self.asked:,} answers cost {priced}{without}; {self.recorded:,} were recorded before"


@dataclass
class Desk:
    """Where questions are put: the provider, the record of its answers, and what they cost so far.

    `report` is told how many answers of how many are in.
    """

    model: str
    provider: Provider
    ledger: Ledger
    day: date
    price: Callable[[Response], int | None] = lambda _: None
    report: Callable[[int, int], None] = lambda _answered, _asked: None
    spent: Spent = field(default_factory=Spent)

    def ask(self, requests: Sequence[Request], template: str) -> dict[str, Response]:
        """The answers by request id, recorded before they are given; those with an error are not.

        Raises:
            AwaitingError, HaltedError: as from the provider; the same questions go on.
        """
        wanted = {request.id: request for request in requests}
        found = {key: answer for key in wanted if (answer := self.recorded(wanted[key])) is not None}
        self._count(recorded=len(found))
        for given in answers(self.provider, [request for key, request in wanted.items() if key not in found]):
            came: list[Response] = []
            for one in given:
                if one.request_id in wanted and one.request_id not in found:
                    found[one.request_id] = one
                    came.append(one)
                else:
                    self.ledger.quarantine(one.model, one.request_id, "nobody waits for it", one.text)
            kept = [self._row(wanted[one.request_id], one, template) for one in came if one.error is None]
            self.ledger.record_responses(kept)
            self.provider.recorded(came)
            costs = [row.cost for row in kept]
            self._count(asked=len(kept), unpriced=costs.count(None), cost=sum(filter(None, costs)))
            self.report(len(found), len(wanted))
        return found

    def recorded(self, request: Request) -> Response | None:
        """The recorded answer to a request."""
        return answer_to(self.ledger, request.genre, request.id, request.index)

    def _count(self, **added: int) -> None:
        self.spent = Spent(**{name: getattr(self.spent, name) + added.get(name, 0) for name in Spent.model_fields})

    def _row(self, request: Request, answer: Response, template: str) -> RecordedResponse:
        return RecordedResponse(
            series=_series(request.genre, request.id),
            index=request.index,
            attempt=request.attempt,
            stage=request.stage,
            genre=request.genre,
            template_sha256=template,
            cost=self.price(answer),
            response=answer,
        )


def answer_to(ledger: Ledger, subject: str, request_id: str, index: int) -> Response | None:
    """The recorded answer to a question that is known by its id only."""
    rows = ledger.responses_of(_series(subject, request_id), index)
    return next((row.response for row in rows if row.response.request_id == request_id), None)


@contextmanager
def desk(
    recipe: Recipe,
    catalogue: Catalogue,
    folder: Path,
    model: str,
    *,
    budget: float | None = None,
    allow_tracing: bool = False,
    report: Callable[[int, int], None] = lambda _answered, _asked: None,
) -> Iterator[Desk]:
    """A desk whose record is under `folder`; a budget is kept over this opening alone.

    Raises:
        RecipeError: the model cannot be asked, or is the offline writer.
        LockedError: somebody else is asking into this folder.
    """
    refuse_offline_model(model)
    asking = opened(model, recipe, catalogue, budget=budget, allow_tracing=allow_tracing)
    with asking as (provider, money), RunLock(folder), _ledger(folder / ANSWERS) as ledger:
        yield Desk(model, provider, ledger, datetime.now(UTC).date(), money.cost, report)


def refuse_offline_model(model: str) -> None:
    """RecipeError for the offline writer: a grammar has nothing to propose."""
    if model == OFFLINE:
        raise RecipeError(
            "the offline writer cannot propose anything: it only puts together what its pack holds",
            where="[models] writer",
            hint="Name a model with --model PROVIDER:MODEL.",
        )


def question(
    model: str, subject: str, stage: str, text: str, *, number: int, max_tokens: int, schema: Mapping[str, Any]
) -> Request:
    """A request of one block. Its id covers all that decides the answer, and `number`, its turn among those alike."""
    return Request(
        id=digest_of(model, subject, stage, number, max_tokens, json.dumps(schema), text),
        series=stage,
        index=number,
        attempt=0,
        stage=stage,
        genre=subject,
        model=model,
        blocks=(Block(text=text),),
        max_tokens=max_tokens,
        output_schema=schema,
    )


def template_hash(genre: Genre, name: str) -> str:
    """The hash of a shared template that includes no other.

    Raises:
        GenreError: there is no such template.
    """
    if name not in genre.templates:
        raise GenreError("is missing", where=f"genres/{name}", hint="It ships with sdf; give it back to the folder.")
    return sha256_hex(genre.templates[name].encode())


def told_object(answer: Response, key: str) -> dict[str, Any] | None:
    """The one JSON object with `key` in an answer that came to its end; None when there is none, or two that differ.

    Prose and fences around it are passed over.
    """
    if answer.stop is not StopReason.end or len(answer.text) > MOST_ANSWER_CHARACTERS:
        return None
    found: list[dict[str, Any]] = []
    for value in objects_in(answer.text):
        if key in value and value not in found:
            found.append(value)
    return found[0] if len(found) == 1 else None


def _series(subject: str, request_id: str) -> str:
    return f"{subject}:{request_id[:12]}"


@contextmanager
def _ledger(path: Path) -> Iterator[Ledger]:
    with Ledger.open(path) if path.exists() else Ledger.create(path) as ledger:
        yield ledger
