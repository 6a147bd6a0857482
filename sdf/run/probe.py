"""One small call to a model, to find out whether it can be reached as the recipe names it."""

from __future__ import annotations

from datetime import UTC, datetime

from sdf.errors import SdfError
from sdf.genres.load import load_catalogue, search_path
from sdf.providers.choose import Means, check_models, provider_for
from sdf.providers.money import Money
from sdf.providers.purse import Purse
from sdf.recipe import Models, Recipe
from sdf.records import Block, Record, Request

_TOKENS = 1024


class Probed(Record):
    """What a model answered: `ok`, or the error and its hint. `dollars` is None without a price."""

    model: str
    ok: bool
    told: str
    dollars: float | None = None


def probe(model: str, recipe: Recipe) -> Probed:
    """Ask a model for one word; offline and files are not asked."""
    if model == "offline" or model.startswith("files:"):
        return Probed(model=model, ok=True, told="sends nothing", dollars=0.0)
    # One call by itself: no batch, and no patience with a server that does not answer.
    run = recipe.run.model_copy(update={"batch": False, "budget": None, "timeout": min(recipe.run.timeout, 60)})
    alone = recipe.model_copy(update={"models": Models(writer=model, judge="offline"), "run": run})
    money = Money(recipe.prices, datetime.now(UTC).date())
    asked = Request(
        id="probe",
        series="probe",
        index=0,
        attempt=0,
        stage="probe",
        genre="",
        model=model,
        blocks=(Block(text="Answer with the one word: ready"),),
        max_tokens=_TOKENS,
    )
    try:
        check_models(alone, money)
        catalogue = load_catalogue(search_path(), ["essay"])
        provider = provider_for(model, Means(recipe=alone, catalogue=catalogue, purse=Purse(None), money=money))
        try:
            provider.submit([asked])
            while not (answers := provider.collect()) and provider.busy():
                pass
        finally:
            provider.close()
    except SdfError as known:
        return Probed(model=model, ok=False, told=f"{known.message} {known.hint}".strip())
    (answer,) = answers
    if answer.error is not None:
        return Probed(model=model, ok=False, told=answer.error)
    cost = money.cost(answer)
    return Probed(model=model, ok=True, told="answers", dollars=None if cost is None else cost / 10**12)
