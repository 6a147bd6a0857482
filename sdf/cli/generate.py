"""`sdf generate`: write a corpus, or go on with the one that is there."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import Any

import click

from sdf.cli import console
from sdf.cli.inputs import Inputs, batch_option, budget_option, input_options, read_inputs, size_options
from sdf.cli.plan import wanted
from sdf.cli.progress import shown
from sdf.run.generate import Going, generate
from sdf.run.rewrites import RewriteFigures
from sdf.run.summary import RunSummary, summarise

INCOMPLETE = 3


@click.command("generate")
@size_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("outputs/run"),
    show_default=True,
    help="The run's directory.",
)
@input_options
@budget_option
@batch_option
@click.option("--submit", is_flag=True, help="With --batch: send what can be sent, and leave; run again to collect.")
@click.option("--allow-tracing", is_flag=True, help="Let a tracing service that the environment names see all prompts.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    number: int | None,
    tokens: str | None,
    output: Path,
    submit: bool,
    allow_tracing: bool,
    as_json: bool,
    quiet: bool,
    **inputs: Any,
) -> int:
    """Write a corpus, or go on with one.

    The same command again goes on where the last one stopped and sends nothing for
    what is recorded. A larger -n adds documents and leaves the first ones as they are.
    Leaves with 3 when briefs stayed without a document or answers are still awaited,
    with 4 when the budget or the provider's billing stops it.
    """
    setup = read_inputs(Inputs(**inputs))
    if submit and not setup.recipe.run.batch:
        raise click.UsageError("--submit goes with --batch")
    n = wanted(setup, number, tokens)
    # A run makes millions of short-lived objects beside a setup that stays: collecting
    # seldom, and never among the setup, saves a tenth of the time.
    gc.freeze()
    gc.set_threshold(400_000, 50, 1000)
    began = time.monotonic()
    with shown(n, quiet or as_json) as report:
        going = Going(stay=not submit, allow_tracing=allow_tracing)
        run = generate(setup, output, n, report=report, warn=console.say, going=going)
    summary = summarise(run.path, setup)
    if as_json:
        console.result_json(summary.model_dump(mode="json"))
    else:
        _show(output, summary, time.monotonic() - began)
    return INCOMPLETE if summary.unfilled else 0


def _show(output: Path, summary: RunSummary, seconds: float) -> None:
    console.table(
        ("genre", "documents", "words", "tokens (about)"),
        [(row.genre, row.documents, row.words, row.tokens) for row in summary.genres]
        + [("all", summary.documents, sum(r.words for r in summary.genres), sum(r.tokens for r in summary.genres))],
    )
    rejected = sum(summary.rejections.values())
    why = ", ".join(f"{count} {reason}" for reason, count in summary.rejections.items())
    console.result(
        f"\nPrinciples reached: {summary.principles_reached} of {summary.principles}. "
        f"Attempts rejected: {rejected}{f' ({why})' if why else ''}. "
        f"Near-duplicates among them: {summary.near_duplicates}. Unfilled: {summary.unfilled}. "
        f"Time: {seconds:.0f} s."
    )
    if summary.unscored:
        console.result("The offline provider never judges: no document has been scored by a model.")
    if summary.rewrites is not None and summary.rewrites.all.compared:
        console.result(_rewrite_line(summary.rewrites.all))
    if summary.spent or summary.unpriced:
        rest = f", and {summary.unpriced:,} answers without a price" if summary.unpriced else ""
        console.result(f"Spent: ${summary.spent:,.2f}{rest}.")
    console.result(f"Documents: {output}/documents/*.jsonl.zst   Everything else: {output}/manifest.json")
    console.result(f"Look closer: sdf show {output}   sdf status {output}   sdf verify {output}")


def _rewrite_line(figures: RewriteFigures) -> str:
    middle = figures.similarity[len(figures.similarity) // 2]
    told = [f"{sum(kinds.values())} {name}" for name, kinds in (("mended", figures.mended), ("broken", figures.broken))]
    return (
        f"The rewrite left {figures.untouched:,} of {figures.compared:,} drafts as they were; "
        f"median word similarity {middle:.2f}; checks {', '.join(told)}."
    )
