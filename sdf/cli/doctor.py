"""`sdf doctor`: what is installed, and which keys are set (never their text)."""

from __future__ import annotations

import os
import platform
import sqlite3
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sdf import __version__
from sdf.cli import console
from sdf.cli.inputs import RECIPE, find_recipe
from sdf.genres.load import find_packs, packaged_root, search_path
from sdf.recipe import load_recipe

if TYPE_CHECKING:
    from sdf.run.probe import Probed

PACKAGES = ("anthropic", "click", "jinja2", "langchain", "numpy", "pydantic", "rich", "zstandard")
KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY")


@click.command("doctor")
@click.option("--probe", is_flag=True, help="Send one small call to each model of the recipe.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(probe: bool, as_json: bool) -> int:
    """Show what is installed, where packs are found and which keys are set."""
    versions = {name: _version(name) for name in PACKAGES}
    found: dict[str, object] = {
        "sdf": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "sqlite": sqlite3.sqlite_version,
        "packages": versions,
        "keys": {name: bool(os.environ.get(name)) for name in KEYS},
        "recipe": str(Path(RECIPE).resolve()) if Path(RECIPE).is_file() else None,
        "packaged": str(packaged_root()),
        "genres": list(find_packs(search_path())),
    }
    probed = _probed() if probe else []
    if probed:
        found["models"] = {one.model: one.told for one in probed}
    if as_json:
        console.result_json(found)
    else:
        _show(found)
    missing = [name for name, version in versions.items() if version is None]
    if missing:
        console.say(f"error: not installed: {', '.join(missing)}\n  pip install constitution-sdf")
    return 1 if missing or not all(one.ok for one in probed) else 0


def _probed() -> list[Probed]:
    from sdf.run.probe import probe

    recipe = load_recipe(find_recipe(None))
    models = recipe.models
    return [probe(model, recipe) for model in dict.fromkeys((models.writer, models.judge, models.fallback)) if model]


def _show(found: dict[str, object]) -> None:
    for name, value in found.items():
        if isinstance(value, dict):
            shown = ", ".join(f"{key} {_said(inner)}" for key, inner in value.items())
        elif isinstance(value, list):
            shown = ", ".join(map(str, value))
        else:
            shown = str(value) if value is not None else "none here; `sdf init` makes one"
        console.result(f"{name:10} {shown}")
    console.result("The offline writer needs no key.")


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "is set" if value else "is not set"
    return "missing" if value is None else str(value)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
