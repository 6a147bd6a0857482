"""The functions behind the command line, for programs."""

from __future__ import annotations

from pathlib import Path

from sdf.constitution import load_constitution
from sdf.corpora import open_corpus
from sdf.dedup import DedupChoice, DedupReport
from sdf.dedup import dedup as _dedup
from sdf.genres.load import search_path
from sdf.panel import CheckReport
from sdf.panel import check as _check
from sdf.plan.table import PlanTable, plan_table
from sdf.recipe import load_recipe
from sdf.run.directory import RunDirectory
from sdf.run.generate import generate as _generate
from sdf.run.known import known_of
from sdf.run.setup import Setup, prepare
from sdf.run.status import RunStatus, run_status
from sdf.run.verify import VerifyReport, verify_run

__all__ = ["check", "dedup", "generate", "load_constitution", "plan", "project", "status", "verify"]


def project(recipe: Path = Path("sdf.toml")) -> Setup:
    """Read a project from its recipe: constitution, packs, plan and checks.

    Raises:
        InputError: a file of the project cannot be used; it names file, line and fix.
    """
    chosen = load_recipe(recipe)
    return prepare(chosen, constitution=recipe.parent / chosen.constitution.file, folders=search_path(recipe.parent))


def plan(setup: Setup, n: int) -> PlanTable:
    """Who gets how many of `n` documents. Spends nothing."""
    return plan_table(setup.plan, n)


def generate(setup: Setup, out: Path, n: int) -> RunDirectory:
    """Write `n` documents into `out`, or go on with the run that is there.

    Raises:
        HaltedError: billing, authentication or the budget; the same call goes on.
        AwaitingError: answers have to come from outside.
        RecipeError: a model cannot be reached as the recipe names it.
    """
    return _generate(setup, out, n)


def status(path: Path) -> RunStatus:
    """How far the run in `path` is."""
    return run_status(path)


def verify(path: Path) -> VerifyReport:
    """Whether the run in `path` holds what was written to it."""
    return verify_run(path)


def check(corpus: Path, *, text_field: str | None = None, human: Path | None = None, threads: int = 1) -> CheckReport:
    """How varied a corpus is, beside human prose: a run, a file or a folder of JSONL, Parquet or Arrow.

    `human` is a corpus of texts by people, to ask how easily this one is told from it.

    Raises:
        InputError: it cannot be read, or has too few documents; file and row are named.
    """
    people = open_corpus(Path(human)) if human else None
    opened = open_corpus(Path(corpus), text_field)
    known = known_of(Path(corpus))
    return _check(opened, premise_of=known.premise_of, quotes=known.quotes, people=people, threads=threads)


def dedup(corpus: Path, out: Path, choice: DedupChoice | None = None, *, text_field: str | None = None) -> DedupReport:
    """Write a corpus without its near-duplicates to `out`, with the reason for everything left out.

    Raises:
        InputError: it cannot be read; file and row are named.
        RunError: `out` holds something else.
    """
    return _dedup(open_corpus(Path(corpus), text_field), Path(out), choice)
