"""One small call to a model, to find out whether it can be reached as the recipe names it."""

from __future__ import annotations

from sdf.errors import SdfError
from sdf.genres.load import load_catalogue, search_path
from sdf.providers.prices import PICO
from sdf.recipe import Recipe
from sdf.records import Block, Record, Request
from sdf.run.asking import answers, opened

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
    # No patience here with a server that does not answer.
    hasty = recipe.run.model_copy(update={"timeout": min(recipe.run.timeout, 60)})
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
        catalogue = load_catalogue(search_path(), ["essay"])
        with opened(model, recipe.model_copy(update={"run": hasty}), catalogue) as (provider, money):
            answer = next(one for came in answers(provider, [asked]) for one in came)
            cost = money.cost(answer)
    except SdfError as known:
        return Probed(model=model, ok=False, told=f"{known.message} {known.hint}".strip())
    if answer.error is not None:
        return Probed(model=model, ok=False, told=answer.error)
    return Probed(model=model, ok=True, told="answers", dollars=None if cost is None else cost / PICO)
