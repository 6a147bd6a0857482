"""`sdf constitution`: the outline as it was recognised, the lint, and tensions that a model proposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sdf.cli import console
from sdf.cli.inputs import RECIPE
from sdf.constitution import Finding, OutlineRow, identify, lint, load_constitution, outline
from sdf.recipe import Recipe, load_recipe
from sdf.records import Constitution, Identity
from sdf.run.setup import corrections

if TYPE_CHECKING:
    from sdf.run.tensions import Reader

LINT_FAILED = 2
INCOMPLETE = 3
RECORDS = Path("outputs/tensions")


@click.command("constitution")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), help="The recipe whose corrections and identity apply."
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--strict", is_flag=True, help="Leave with 2 when there is any warning.")
@click.option("--propose-tensions", "propose", is_flag=True, help="Let a model look for tensions between principles.")
@click.option("--model", metavar="P:M", help="The model that proposes; the recipe's writer without this.")
@click.option(
    "--pairs", type=click.IntRange(1, 5000), default=60, show_default=True, help="Read at most so many pairs."
)
@click.option("--budget", type=click.FloatRange(0, min_open=True), metavar="USD", help="Spend no more than this.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Where to write; tensions.toml beside the recipe."
)
@click.option("--dry-run", is_flag=True, help="Show the prompts, and ask nobody.")
@click.option("--allow-tracing", is_flag=True, help="Let prompts go to a tracing service that is switched on.")
def command(
    file: Path | None,
    config: Path | None,
    as_json: bool,
    strict: bool,
    propose: bool,
    **asking: Any,
) -> int:
    """Show how FILE (or the recipe's constitution) is read.

    Correct what was recognised in the recipe's [constitution]: include, exclude,
    headings, not_headings, style.

    With --propose-tensions a model reads pairs of principles and writes what it finds to
    tensions.toml. Nothing is planned from an entry before you set `accepted = true` there.
    Answers are recorded in outputs/tensions, so that the same command goes on.
    """
    recipe, folder = optional_recipe(config)
    path = file or folder / recipe.constitution.file
    parsed = load_constitution(path, rules=corrections(recipe.constitution))
    if propose:
        return _propose(parsed, recipe, folder, _Asking(**asking), as_json=as_json)
    rows, findings = outline(parsed), lint(parsed, recipe.identity)
    if as_json:
        console.result_json(_document(path, parsed, rows, findings))
    else:
        _show(path, parsed.heading_style, rows, findings)
    serious = any(finding.severity == "error" or (strict and finding.severity == "warning") for finding in findings)
    return LINT_FAILED if serious else 0


def _document(
    path: Path, parsed: Constitution, rows: Sequence[OutlineRow], findings: Sequence[Finding]
) -> dict[str, Any]:
    return {
        "file": str(path),
        "sha256": parsed.source_sha256,
        "style": parsed.heading_style,
        "parts": [row.model_dump(mode="json") for row in rows],
        "findings": [finding.model_dump(mode="json") for finding in findings],
    }


def optional_recipe(config: Path | None) -> tuple[Recipe, Path]:
    """The recipe that is named or lies here, and its folder; an empty one where there is none."""
    if config is not None or Path(RECIPE).is_file():
        path = config or Path(RECIPE)
        return load_recipe(path), path.parent
    return Recipe(), Path()


@dataclass(frozen=True)
class _Asking:
    """How tensions are asked for: the options that only this has."""

    model: str | None
    pairs: int
    budget: float | None
    output: Path | None
    dry_run: bool
    allow_tracing: bool


def _propose(parsed: Constitution, recipe: Recipe, folder: Path, asking: _Asking, *, as_json: bool) -> int:
    from sdf.genres.load import find_packs, load_catalogue, search_path
    from sdf.run.proposals import desk
    from sdf.run.setup import priorities_of
    from sdf.run.tensions import Reader, propose

    model = asking.model or recipe.models.writer
    catalogue = load_catalogue(search_path(), list(find_packs(search_path()))[:1])
    parts = identify(parsed, recipe.identity).principles if recipe.identity else parsed.principles
    reader = Reader(
        [one for one in parts if one.kind == "principle"],
        recipe.identity or Identity(model="", developer="", document=""),
        catalogue.genres[0],
        model=model,
        priorities=priorities_of(parts),
    )
    if asking.dry_run:
        return _show_prompts(reader, asking.pairs, as_json)
    budget, allowed = asking.budget, asking.allow_tracing
    with desk(recipe, catalogue, RECORDS, model, budget=budget, allow_tracing=allowed, report=_said) as opened:
        done = propose(reader, opened, asking.output or folder / "tensions.toml", most=asking.pairs)
        spent = opened.spent
    if as_json:
        console.result_json({**done.model_dump(mode="json"), "spent": spent.model_dump()})
    else:
        console.result(
            f"{done.read:,} pairs read: {done.tensions:,} tensions, {done.none:,} without one, "
            f"{done.unreadable:,} answers of no use, {done.unanswered:,} unanswered."
        )
        console.result(f"{done.path} holds {done.held:,} tensions, {done.accepted:,} accepted.")
        console.result(f"{spent.told()}.")
    return INCOMPLETE if done.unanswered else 0


def _show_prompts(reader: Reader, most: int, as_json: bool) -> int:
    every = reader.every_pair()
    requests = [reader.about(pair) for pair in every] if len(every) <= most else [reader.choice(most)]
    if as_json:
        console.result_json([{"about": one.genre, "prompt": one.blocks[0].text} for one in requests])
        return 0
    for one in requests:
        console.result(f"{'=' * 78}\n{one.genre}\n{'=' * 78}\n{one.blocks[0].text}\n")
    console.result(f"{len(every):,} pairs, at most {most:,} to read; nobody was asked.")
    return 0


def _said(answered: int, asked: int) -> None:
    if answered and answered % 10 == 0:
        console.say(f"{answered:,} of {asked:,} answers")


def _show(path: Path, style: str, rows: list[OutlineRow], findings: tuple[Finding, ...]) -> None:
    heads = ("lines", "kind", "authority", "words", "id", "title")
    console.table(
        heads,
        [
            (f"{r.lines[0]}-{r.lines[1]}", r.kind, r.authority, r.words, r.id, "  " * (r.level - 1) + r.title)
            for r in rows
        ],
    )
    principles = sum(1 for row in rows if row.kind == "principle")
    console.result(f"\n{path}: {principles} principles, {len(rows) - principles} parts of context, read as {style}.")
    for finding in findings:
        console.result(f"{path}:{finding.line}: {finding.severity}: {finding.message}  [{finding.rule}]")
        if finding.hint:
            console.result(f"    {finding.hint}")
