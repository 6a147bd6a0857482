"""`sdf constitution`: the outline as it was recognised, and the lint."""

from __future__ import annotations

from pathlib import Path

import click

from sdf.cli import console
from sdf.cli.inputs import RECIPE
from sdf.constitution import Finding, OutlineRow, lint, load_constitution, outline
from sdf.recipe import Recipe, load_recipe
from sdf.run.setup import corrections

LINT_FAILED = 2


@click.command("constitution")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "-c", "--config", type=click.Path(path_type=Path), help="The recipe whose corrections and identity apply."
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--strict", is_flag=True, help="Leave with 2 when there is any warning.")
def command(file: Path | None, config: Path | None, as_json: bool, strict: bool) -> int:
    """Show how FILE (or the recipe's constitution) is read.

    Correct what was recognised in the recipe's [constitution]: include, exclude,
    headings, not_headings, style.
    """
    recipe, folder = _recipe(config)
    path = file or folder / recipe.constitution.file
    parsed = load_constitution(path, rules=corrections(recipe.constitution))
    rows, findings = outline(parsed), lint(parsed, recipe.identity)
    if as_json:
        console.result_json(
            {
                "file": str(path),
                "sha256": parsed.source_sha256,
                "style": parsed.heading_style,
                "parts": [row.model_dump(mode="json") for row in rows],
                "findings": [finding.model_dump(mode="json") for finding in findings],
            }
        )
    else:
        _show(path, parsed.heading_style, rows, findings)
    serious = any(finding.severity == "error" or (strict and finding.severity == "warning") for finding in findings)
    return LINT_FAILED if serious else 0


def _recipe(config: Path | None) -> tuple[Recipe, Path]:
    if config is not None or Path(RECIPE).is_file():
        path = config or Path(RECIPE)
        return load_recipe(path), path.parent
    return Recipe(), Path()


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
