"""What several folders of tests share: a project to work in, and the two real constitutions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sdf.constitution import load_constitution
from sdf.genres.load import load_catalogue
from sdf.genres.pack import Catalogue
from sdf.recipe import PlanChoice, Recipe
from sdf.records import Constitution, Identity
from sdf.run.setup import Setup, prepare

ROOT = Path(__file__).resolve().parents[1]
PACKS = (ROOT / "genres",)
IDENTITY = Identity(model="Orin", developer="Fathom Bay", document="Orin's constitution")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the record of tried packs out of the home folder."""
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["XDG_CACHE_HOME"]
    else:
        os.environ["XDG_CACHE_HOME"] = before


@pytest.fixture(scope="session")
def constitution() -> Constitution:
    """The shipped constitution."""
    return load_constitution(ROOT / "constitution.md")


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """All shipped packs."""
    return load_catalogue(PACKS)


@pytest.fixture(scope="session")
def make_setup() -> Callable[..., Setup]:
    """Prepare a run from the shipped constitution and packs."""

    def make(*genres: str, seed: int = 7, constitution: Path = ROOT / "constitution.md", **recipe: object) -> Setup:
        plan = PlanChoice.model_validate({"seed": seed} | dict(recipe.pop("plan", {})))  # type: ignore[call-overload]
        chosen = Recipe.model_validate({"identity": IDENTITY, "plan": plan} | recipe)
        return prepare(chosen, constitution=constitution, folders=PACKS, genres=genres)

    return make


@pytest.fixture(scope="session")
def shared_constitutions() -> Path:
    """The folder of real constitutions beside the checkout; CI must have it."""
    folder = Path(os.environ.get("SDF_SHARED", ROOT.parent / "shared")) / "constitutions"
    if not folder.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"the real constitutions are missing: {folder}")
        pytest.skip("the real constitutions are not here")
    return folder
