"""From the models in the recipe to the providers that speak to them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sdf.errors import RecipeError
from sdf.genres.pack import Catalogue
from sdf.providers.clock import SystemClock
from sdf.providers.files import FilesProvider
from sdf.providers.lane import Lane, Rates, Template
from sdf.providers.money import Money
from sdf.providers.offline.provider import MODEL as OFFLINE
from sdf.providers.offline.provider import OfflineProvider
from sdf.providers.protocol import Provider, Sender
from sdf.providers.purse import Purse
from sdf.providers.runner import Runner
from sdf.providers.settings import ModelSettings
from sdf.recipe import Endpoint, Recipe
from sdf.records import Request

if TYPE_CHECKING:
    from sdf.providers.anthropic.batches import BatchLane
    from sdf.providers.anthropic.journal import Journal

__all__ = ["OFFLINE", "Means", "check_models", "provider_for", "providers_for"]


@dataclass(frozen=True)
class Means:
    """What the live providers of a run work with.

    `proven` are the templates that have been answered in this run before; `stay` says
    whether to wait for batches; `warn` is told what a person must know.
    """

    recipe: Recipe
    catalogue: Catalogue
    purse: Purse
    money: Money
    journal: Journal | None = None
    proven: Collection[Template] = ()
    stay: bool = True
    warn: Callable[[str], None] = lambda _: None


def check_models(recipe: Recipe, money: Money, *, allow_tracing: bool = False) -> None:
    """Find out before anything is written what would stop a run later.

    Raises:
        RecipeError: an unknown provider, a missing package or key, a budget over a
            model without a price, tracing that would send prompts to a third party.
    """
    models = recipe.models
    used = {"writer": models.writer, "judge": models.judge}
    used |= {"fallback": models.fallback} if models.fallback else {}
    for model in used.values():
        _check(model, recipe, allow_tracing=allow_tracing)
    if recipe.run.batch and not any(kind_of(model) == "anthropic" for model in used.values()):
        raise RecipeError(
            f"{models.writer} has no batches", where="[run] batch", hint="Only anthropic:... models do; leave it out."
        )
    if recipe.run.budget is not None:
        money.require({role: model for role, model in used.items() if kind_of(model) not in {OFFLINE, "files"}})


def kind_of(model: str) -> str:
    """The part of a model's name that says which provider it is."""
    return model.partition(":")[0]


def provider_for(model: str, means: Means) -> Provider:
    """The provider of one model alone."""
    return providers_for([model], means)[model]


def providers_for(models: Sequence[str], means: Means) -> dict[str, Provider]:
    """The providers of models; all live ones share a runner.

    Raises:
        RecipeError: as `check_models`.
    """
    found: dict[str, Provider] = {}
    live = []
    for model in models:
        kind, _, rest = model.partition(":")
        if model == OFFLINE:
            found[model] = OfflineProvider(means.catalogue)
        elif kind == "files" and rest:
            folder, _, name = rest.partition("@")
            found[model] = FilesProvider(Path(folder), name or "model")
        else:
            live.append(model)
    if live:
        found |= dict.fromkeys(live, _runner(live, means))
    return found


def _runner(models: Sequence[str], means: Means) -> Runner:
    runner = Runner(means.purse, means.money.settled, answered_before=bool(means.proven))
    anthropic = any(kind_of(model) == "anthropic" for model in models)
    batches = _open_batches(runner, means) if anthropic else None
    for model in models:
        runner.add_lane(model, _lane(runner, model, means, batches if kind_of(model) == "anthropic" else None))
    return runner


def _check(model: str, recipe: Recipe, *, allow_tracing: bool) -> None:
    kind, _, rest = model.partition(":")
    if model == OFFLINE or (kind == "files" and rest):
        return
    if not rest:
        raise RecipeError(
            f"no provider for the model `{model}`",
            where="[models]",
            hint="Write `offline`, `files:DIR`, `anthropic:MODEL` or `PROVIDER:MODEL`.",
        )
    endpoint = recipe.endpoints.get(kind, Endpoint())
    if kind == "anthropic":
        from sdf.providers.anthropic.client import require_key

        require_key(endpoint)
        return
    from sdf.providers.langchain import require_provider, tracing_switched_on

    require_provider(model, endpoint)
    if not allow_tracing and (name := tracing_switched_on(os.environ)):
        raise RecipeError(
            f"{name} sends every prompt to a tracing service",
            where="the environment",
            hint=f"Unset {name}, or say --allow-tracing if that is meant.",
        )


def _lane(runner: Runner, model: str, means: Means, batches: BatchLane | None) -> Lane:
    run, capped = means.recipe.run, means.purse.cap is not None

    def claimed(request: Request) -> bool:
        if batches is None or not batches.holds(request.id):
            return False
        batches.take(request)
        return True

    return Lane(
        _sender(model, means.recipe),
        Rates(run.concurrency, run.requests_per_minute, run.input_tokens_per_minute, run.output_tokens_per_minute),
        runner,
        purse=means.purse,
        worst=lambda request: means.money.worst(request, batch=False) if capped else None,
        clock=SystemClock(),
        proven=means.proven,
        claimed=claimed,
        beyond=batches.take if batches and run.batch else None,
    )


def _sender(model: str, recipe: Recipe) -> Sender:
    kind = kind_of(model)
    endpoint = recipe.endpoints.get(kind, Endpoint())
    if kind == "anthropic":
        from sdf.providers.anthropic.client import key_variable, open_client
        from sdf.providers.anthropic.sender import AnthropicSender

        client = open_client(endpoint, recipe.run.timeout, recipe.run.concurrency)
        return AnthropicSender(client, _settings(recipe), key_variable(endpoint))
    from sdf.providers.langchain import LangChainSender

    return LangChainSender(model, endpoint, _settings(recipe))


def _settings(recipe: Recipe, *, batch: bool = False) -> ModelSettings:
    models = recipe.models
    return ModelSettings(thinking=models.thinking, effort=models.effort, timeout=recipe.run.timeout, batch=batch)


def _open_batches(runner: Runner, means: Means) -> BatchLane | None:
    """The batches of a run: to send in, or only to wait for those that an earlier start sent."""
    journal, recipe = means.journal, means.recipe
    if journal is None or not (recipe.run.batch or journal.open_batches()):
        return None
    from sdf.providers.anthropic.batches import BatchLane
    from sdf.providers.anthropic.client import key_variable, open_client

    endpoint = recipe.endpoints.get("anthropic", Endpoint())
    lane = BatchLane(
        open_client(endpoint, recipe.run.timeout),
        _settings(recipe, batch=True),
        journal,
        runner,
        purse=means.purse,
        clock=SystemClock(),
        worst=lambda request: means.money.worst(request, batch=True),
        warn=means.warn,
        key_env=key_variable(endpoint),
        submit_only=not means.stay,
    )
    runner.add_batches(lane)
    return lane
