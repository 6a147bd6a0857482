"""Options that several commands share, and how they override the recipe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from sdf.errors import RecipeError
from sdf.genres.load import search_path
from sdf.recipe import Recipe, load_recipe
from sdf.records import Record
from sdf.run.setup import Setup, prepare

F = TypeVar("F", bound=Callable[..., Any])
RECIPE = "sdf.toml"


class Inputs(Record):
    """What `input_options` give a command: where the project is, and what goes before its recipe."""

    config: Path | None = None
    constitution: Path | None = None
    genres: tuple[str, ...] = ()
    model: str | None = None
    seed: int | None = None
    batch: bool | None = None
    budget: float | None = None


def input_options(command: F) -> F:
    """`-c`, `--constitution`, `--genre`, `--model` and `--seed`, for commands that read a project."""
    options = (
        click.option(
            "-c", "--config", type=click.Path(path_type=Path), help="The recipe; sdf.toml is found by itself."
        ),
        click.option(
            "--constitution", type=click.Path(path_type=Path), help="The constitution, in place of the recipe's."
        ),
        click.option("--genre", "genres", multiple=True, metavar="NAME", help="Only this genre; may be given again."),
        click.option("--model", metavar="P:M", help="The writing and judging model, in place of the recipe's."),
        click.option("--seed", type=click.IntRange(0, 2**63), help="The seed, in place of the recipe's."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def batch_option(command: F) -> F:
    """`--batch`: half the price, answers within a day."""
    return click.option(
        "--batch/--no-batch", default=None, help="Send in the provider's batches: half the price, within a day."
    )(command)


def budget_option(command: F) -> F:
    """`--budget`: the most that may be spent."""
    return click.option(
        "--budget",
        type=click.FloatRange(0, min_open=True),
        metavar="USD",
        help="The most that all starts of the run may spend.",
    )(command)


def size_options(command: F) -> F:
    """`-n` and `--tokens`: how much is wanted."""
    command = click.option("--tokens", metavar="T", help="Tokens wanted, such as 250k, 100M or 1.5B.")(command)
    return click.option("-n", "--number", type=click.IntRange(1, 10**9), help="Documents wanted; 1,000 without this.")(
        command
    )


def find_recipe(config: Path | None) -> Path:
    """The recipe to use: the one named, or sdf.toml here.

    Raises:
        RecipeError: there is none.
    """
    if config is None and not Path(RECIPE).is_file():
        raise RecipeError("there is no sdf.toml here", hint="Make one with `sdf init`, or name one with -c.")
    return config or Path(RECIPE)


def read_inputs(inputs: Inputs) -> Setup:
    """The setup that the recipe and these flags describe; flags win."""
    path = find_recipe(inputs.config)
    recipe = overridden(load_recipe(path), inputs)
    source = inputs.constitution or path.parent / recipe.constitution.file
    folders = search_path(path.parent)
    return prepare(recipe, constitution=source, folders=folders, genres=inputs.genres, home=path.parent)


def overridden(recipe: Recipe, inputs: Inputs) -> Recipe:
    """The recipe with what the flags say in place of its own."""
    changes: dict[str, Any] = {}
    if inputs.model is not None:
        changes["models"] = recipe.models.model_copy(update={"writer": inputs.model, "judge": inputs.model})
    if inputs.seed is not None:
        changes["plan"] = recipe.plan.model_copy(update={"seed": inputs.seed})
    run = {key: value for key in ("batch", "budget") if (value := getattr(inputs, key)) is not None}
    if run:
        changes["run"] = recipe.run.model_copy(update=run)
    return recipe.model_copy(update=changes)


def parse_tokens(text: str) -> int:
    """A number of tokens from text such as `250k`, `100M`, `1.5B`.

    Raises:
        RecipeError: it is not one.
    """
    units = {"k": 10**3, "m": 10**6, "b": 10**9}
    digits, unit = (text[:-1], units[text[-1:].lower()]) if text[-1:].lower() in units else (text, 1)
    try:
        tokens = round(float(digits.replace(",", "").replace("_", "")) * unit)
    except (ValueError, OverflowError):
        tokens = 0
    if not 0 < tokens <= 10**12:
        raise RecipeError(f"--tokens {text} is no number of tokens", hint="Write 250k, 100M or 1.5B.")
    return tokens
