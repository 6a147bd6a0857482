"""`sdf plan`: the principle × genre table before anything is spent."""

from __future__ import annotations

from pathlib import Path

import click

from sdf.cli import console
from sdf.cli.inputs import input_options, parse_tokens, read_inputs, size_options
from sdf.plan.table import PlanTable, documents_for_tokens, plan_table
from sdf.run.setup import Setup

DEFAULT_N = 1000


@click.command("plan")
@size_options
@input_options
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(
    number: int | None,
    tokens: str | None,
    config: Path | None,
    constitution: Path | None,
    genres: tuple[str, ...],
    model: str | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """Show who gets how many documents and tokens. Spends nothing."""
    setup = read_inputs(config, constitution, genres, model, seed)
    counted = plan_table(setup.plan, wanted(setup, number, tokens))
    if as_json:
        console.result_json(counted.model_dump(mode="json"))
    else:
        show(setup, counted)


def wanted(setup: Setup, number: int | None, tokens: str | None, default: int = DEFAULT_N) -> int:
    """The number of documents that `-n` or `--tokens` asks for."""
    if number is not None and tokens is not None:
        raise click.UsageError("give -n or --tokens, not both")
    if tokens is not None:
        return documents_for_tokens(setup.plan, parse_tokens(tokens))
    return number or default


def show(setup: Setup, counted: PlanTable) -> None:
    """Print the principle × genre table and the genres' shares."""
    names = [row.genre for row in counted.genres]
    grid: dict[str, dict[str, int]] = {p.id: dict.fromkeys(names, 0) for p in setup.teachable}
    pairs = dict.fromkeys(names, 0)
    for key, documents in counted.cells.items():
        ids, _, genre = key.rpartition("/")
        if "+" in ids:
            pairs[genre] += documents
        else:
            grid[ids][genre] += documents
    rows = [(pid, *by_genre.values(), sum(by_genre.values())) for pid, by_genre in grid.items()]
    if any(pairs.values()):
        rows.append(("(two in tension)", *pairs.values(), sum(pairs.values())))
    rows.append(("all", *(row.documents for row in counted.genres), counted.n))
    console.table(("documents", *names, "all"), rows)
    console.result()
    console.table(
        ("genre", "documents", "tokens", "share of tokens"),
        [(row.genre, row.documents, row.tokens, f"{row.share:.1%}") for row in counted.genres],
    )
    console.result(
        f"\n{counted.n:,} documents, about {counted.tokens:,} tokens, written by {setup.recipe.models.writer}. "
        f"{counted.per_premise:.1f} documents fall on each principle and form."
    )
    if setup.recipe.models.writer == "offline":
        console.result("Offline writing costs nothing.")
