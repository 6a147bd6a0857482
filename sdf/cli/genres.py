"""`sdf genres`: list packs, make one from another, check them, divide their forms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sdf.cli import console
from sdf.cli.constitution import optional_recipe
from sdf.errors import GenreError
from sdf.files import write_atomic
from sdf.genres.load import find_packs, load_catalogue, search_path

if TYPE_CHECKING:
    from sdf.run.expand import Expansion, Pack
    from sdf.run.proposals import Spent

GATE_FAILED = 2
SAID_EVERY = 10
INCOMPLETE = 3
RECORDS = Path("outputs/expand")


@click.group("genres", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List the genre packs, or make, check and divide them."""
    if context.invoked_subcommand is None:
        _list(as_json)


@command.command("new")
@click.argument("name")
@click.option("--from", "source", required=True, metavar="GENRE", help="The pack to begin from.")
def new(name: str, source: str) -> None:
    """Make a working pack NAME in ./genres from another one, to change."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise GenreError(f"`{name}` is no name for a pack", hint="Use small letters, digits and _.")
    packs = find_packs(search_path())
    if source not in packs:
        raise GenreError(f"there is no genre `{source}`", hint=f"Known: {', '.join(packs)}.")
    target = Path("genres") / name
    if target.exists() or name in packs:
        raise GenreError(
            "there is a pack of this name", where=str(packs.get(name, target)), hint="Choose another name."
        )
    files = load_catalogue(search_path(), [source]).genre(source).files
    for file, body in files.items():
        write_atomic(target / file, body)
    console.result(f"Made {target} from {source}. Change genre.toml first, then `sdf genres check {name}`.")


@command.command("check")
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(names: tuple[str, ...], as_json: bool) -> int:
    """Try every form, axis value and stage of packs; leaves with 2 when one is broken."""
    from sdf.run.vet import rehearse_bounded

    folders = search_path()
    catalogue = load_catalogue(folders, names)
    findings = {genre.name: rehearse_bounded(genre.name, folders) for genre in catalogue.genres}
    if as_json:
        console.result_json({name: [f.model_dump(mode="json") for f in rows] for name, rows in findings.items()})
    else:
        for name, rows in findings.items():
            genre = catalogue.genre(name)
            state = f"{len(rows)} findings" if rows else "ok"
            console.result(f"{name}: {len(genre.forms)} forms, {len(genre.axes)} axes, {state}")
            for row in rows:
                console.result(f"  {row.where}: {row.severity}: {row.message}")
    return GATE_FAILED if any(row.severity == "error" for rows in findings.values() for row in rows) else 0


@command.command("expand")
@click.argument("names", nargs=-1, metavar="[GENRE]...")
@click.option("--model", metavar="P:M", help="The model that proposes; the recipe's writer without this.")
@click.option("--each", type=click.IntRange(1, 100), default=30, show_default=True, help="Subtypes wanted a form.")
@click.option("--budget", type=click.FloatRange(0, min_open=True), metavar="USD", help="Spend no more than this.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("genres"), show_default=True, help="Where to write."
)
@click.option("-c", "--config", type=click.Path(path_type=Path), help="The recipe with endpoints and prices.")
@click.option("--dry-run", is_flag=True, help="Show the prompts of the next round, and ask nobody.")
@click.option("--allow-tracing", is_flag=True, help="Let prompts go to a tracing service that is switched on.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def expand(
    names: tuple[str, ...],
    model: str | None,
    each: int,
    budget: float | None,
    output: Path,
    config: Path | None,
    dry_run: bool,
    allow_tracing: bool,
    as_json: bool,
) -> int:
    """Let a model divide every form of GENRE (all packs without one) into subtypes.

    They are written to genres/GENRE/subtypes.toml for you to read: delete a line and the
    rest stays. From then on plans draw one for every brief of the form. Answers are
    recorded in outputs/expand, so that the same command goes on where it was stopped.
    """
    from sdf.run.expand import expand as run_expansion
    from sdf.run.expand import open_packs
    from sdf.run.proposals import desk

    recipe, _ = optional_recipe(config)
    catalogue = load_catalogue(search_path(), names)
    model = model or recipe.models.writer
    packs = open_packs(catalogue, names, output, each=each, model=model)
    if dry_run:
        _show_prompts(packs, as_json)
        return 0
    opened = desk(recipe, catalogue, RECORDS, model, budget=budget, allow_tracing=allow_tracing, report=_said)
    with opened as asking:
        done = run_expansion(packs, asking)
        return _show_expansion(done, asking.spent, as_json)


def _said(answered: int, asked: int) -> None:
    if answered and answered % SAID_EVERY == 0:
        console.say(f"{answered:,} of {asked:,} answers of this round")


def _show_prompts(packs: Sequence[Pack], as_json: bool) -> None:
    from sdf.run.expand import round_of

    shown = [(pack.genre.name, form.id, request) for pack in packs for form, request in round_of(pack)]
    if as_json:
        console.result_json(
            [{"genre": name, "form": form, "prompt": request.blocks[0].text} for name, form, request in shown]
        )
        return
    for name, form, request in shown:
        console.result(f"{'=' * 78}\n{name} / {form}\n{'=' * 78}\n{request.blocks[0].text}\n")
    console.result(f"{len(shown):,} prompts of the next round; nobody was asked.")


def _show_expansion(done: Sequence[Expansion], spent: Spent, as_json: bool) -> int:
    unanswered = sum(one.unanswered for one in done)
    if as_json:
        console.result_json({"genres": [one.model_dump(mode="json") for one in done], "spent": spent.model_dump()})
        return INCOMPLETE if unanswered else 0
    heads = ("genre", "subtypes", "new", "too near", "broken", "unanswered", "written to")
    rows = [(o.genre, o.subtypes, o.added, o.near, o.broken, o.unanswered, o.path) for o in done]
    console.table(heads, rows)
    for one in done:
        if one.short:
            told = ", ".join(f"{form} {number}" for form, number in one.short.items())
            console.result(f"{one.genre} has fewer than wanted of: {told}")
    console.result(f"\n{spent.told()}.")
    console.result("Read the files and delete what you do not want; plans use what is left.")
    return INCOMPLETE if unanswered else 0


def _list(as_json: bool) -> None:
    catalogue = load_catalogue(search_path())
    if as_json:
        console.result_json(
            [
                genre.model_dump(
                    mode="json", include={"name", "title", "about", "kind", "share", "forms", "sha256", "folder"}
                )
                for genre in catalogue.genres
            ]
        )
        return
    rows = [(g.name, g.kind, len(g.forms), round(g.expected_words), f"{g.share:g}", g.folder) for g in catalogue.genres]
    console.table(("genre", "kind", "forms", "mean words", "share", "folder"), rows)
    total = sum(len(genre.forms) for genre in catalogue.genres)
    console.result(f"\n{len(rows)} packs, {total} forms. `sdf genres new NAME --from essay` makes another.")
