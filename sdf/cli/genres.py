"""`sdf genres`: list packs, make one from another, check them."""

from __future__ import annotations

import re
from pathlib import Path

import click

from sdf.cli import console
from sdf.errors import GenreError
from sdf.files import write_atomic
from sdf.genres.load import find_packs, load_catalogue, search_path

GATE_FAILED = 2


@click.group("genres", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """List the genre packs, or make and check them."""
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
