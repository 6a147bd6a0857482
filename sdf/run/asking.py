"""Asking one model outside of a run: how its provider is opened, and how answers are waited for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sdf.errors import AwaitingError
from sdf.genres.pack import Catalogue
from sdf.providers.choose import Means, check_models, provider_for
from sdf.providers.money import Money
from sdf.providers.prices import PICO
from sdf.providers.protocol import Provider
from sdf.providers.purse import Purse
from sdf.recipe import Models, Recipe
from sdf.records import Request, Response


@contextmanager
def opened(
    model: str, recipe: Recipe, catalogue: Catalogue, *, budget: float | None = None, allow_tracing: bool = False
) -> Iterator[tuple[Provider, Money]]:
    """A model's provider and its prices, one call at a time; `budget` in dollars holds for this opening alone.

    Raises:
        RecipeError: the model cannot be asked as the recipe names it.
    """
    chosen = recipe.models
    models = Models(writer=model, judge=model, thinking=chosen.thinking, effort=chosen.effort)
    run = recipe.run.model_copy(update={"batch": False, "budget": budget})
    alone = recipe.model_copy(update={"models": models, "run": run})
    money = Money(alone.prices, datetime.now(UTC).date())
    check_models(alone, money, allow_tracing=allow_tracing)
    purse = Purse(None if budget is None else round(budget * PICO))
    provider = provider_for(model, Means(recipe=alone, catalogue=catalogue, purse=purse, money=money))
    try:
        yield provider, money
    finally:
        provider.close()


def answers(provider: Provider, requests: Sequence[Request]) -> Iterator[Sequence[Response]]:
    """Submit, and give answers as they come until every request has one; what nobody asked for comes too.

    The caller records what it is given, and tells the provider, before it goes on.

    Raises:
        AwaitingError, HaltedError: no more will come by itself.
    """
    missing = {request.id for request in requests}
    provider.submit(requests)
    while missing:
        came = provider.collect()
        missing -= {one.request_id for one in came}
        yield came
        if not came and not provider.busy():
            told = provider.waiting() or "answers are missing"
            raise AwaitingError(told, hint="Then run the same command again.")
