"""Tensions that a reviewer accepted: planned, told to the writer, and kept by the run."""

from __future__ import annotations

from pathlib import Path

from sdf.constitution import identify, load_constitution
from sdf.genres.load import load_catalogue
from sdf.recipe import Recipe
from sdf.run.ledger import Ledger
from sdf.run.setup import Setup, prepare
from sdf.run.tensions import Reader, propose
from tests.conftest import IDENTITY, PACKS, ROOT
from tests.run.proposers import MODEL, Proposer
from tests.run.test_tensions import desk, told


def accepted(folder: Path) -> None:
    """Propose tensions between six principles, and accept the first."""
    identified = identify(load_constitution(ROOT / "constitution.md"), IDENTITY)
    principles = [p for p in identified.principles if p.kind == "principle"][:6]
    reader = Reader(principles, IDENTITY, load_catalogue(PACKS, ["essay"]).genres[0], model=MODEL)
    path = folder / "tensions.toml"
    with Ledger.create(folder / "answers.db") as ledger:
        propose(reader, desk(ledger, Proposer(told)), path, most=99)
    path.write_text(path.read_text().replace("accepted = false", "accepted = true", 1))


def made(recipe: Recipe, home: Path) -> Setup:
    return prepare(recipe, constitution=ROOT / "constitution.md", folders=PACKS, genres=["essay"], home=home)


def test_what_was_accepted_is_planned_and_told_and_needs_its_file_no_more(tmp_path: Path) -> None:
    accepted(tmp_path)
    recipe = Recipe.model_validate(
        {"identity": IDENTITY, "constitution": {"tensions": "tensions.toml"}, "plan": {"tension_share": 0.5}}
    )
    setup = made(recipe, tmp_path)
    (key,) = setup.recipe.tensions
    brief = next(one for one in setup.plan.briefs(0, 4000) if "+".join(one.cell.principle_ids) == key)
    task = setup.requests.request(brief, setup.catalogue.genre("essay").stages[0], {}).blocks[-1].text
    assert setup.recipe.tensions[key] in task
    again = made(Recipe.model_validate(setup.lock["recipe"]), tmp_path / "nowhere")
    assert again.fingerprint == setup.fingerprint
    assert again.plan.cells == setup.plan.cells
