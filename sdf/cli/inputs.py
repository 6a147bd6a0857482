"""Options that several commands share, and how they override the recipe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from sdf.errors import RecipeError
from sdf.genres.load import search_path
from sdf.recipe import Recipe, load_recipe
from sdf.run.setup import Setup, prepare

F = TypeVar("F", bound=Callable[..., Any])
RECIPE = "sdf.toml"


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


def read_inputs(
    config: Path | None,
    constitution: Path | None,
    genres: tuple[str, ...],
    model: str | None,
    seed: int | None,
) -> Setup:
    """The setup that the recipe and these flags describe; flags win."""
    path = find_recipe(config)
    recipe = overridden(load_recipe(path), model, seed)
    source = constitution or path.parent / recipe.constitution.file
    return prepare(recipe, constitution=source, folders=search_path(path.parent), genres=genres, home=path.parent)


def overridden(recipe: Recipe, model: str | None, seed: int | None) -> Recipe:
    """The recipe with a flag's model and seed in place of its own."""
    changes: dict[str, Any] = {}
    if model is not None:
        changes["models"] = recipe.models.model_copy(update={"writer": model, "judge": model})
    if seed is not None:
        changes["plan"] = recipe.plan.model_copy(update={"seed": seed})
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
