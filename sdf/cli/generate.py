"""`sdf generate`: write a corpus, or go on with the one that is there."""

from __future__ import annotations

import gc
import time
from pathlib import Path

import click

from sdf.cli import console
from sdf.cli.inputs import input_options, read_inputs, size_options
from sdf.cli.plan import wanted
from sdf.cli.progress import shown
from sdf.run.generate import generate
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
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(
    number: int | None,
    tokens: str | None,
    output: Path,
    config: Path | None,
    constitution: Path | None,
    genres: tuple[str, ...],
    model: str | None,
    seed: int | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Write a corpus, or go on with one.

    The same command again goes on where the last one stopped and sends nothing for
    what is recorded. A larger -n adds documents and leaves the first ones as they are.
    Leaves with 3 when briefs stayed without a document.
    """
    setup = read_inputs(config, constitution, genres, model, seed)
    n = wanted(setup, number, tokens)
    # A run makes millions of short-lived objects beside a setup that stays: collecting
    # seldom, and never among the setup, saves a tenth of the time.
    gc.freeze()
    gc.set_threshold(400_000, 50, 1000)
    began = time.monotonic()
    with shown(n, quiet or as_json) as report:
        run = generate(setup, output, n, report=report)
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
    console.result(f"Documents: {output}/documents/*.jsonl.zst   Everything else: {output}/manifest.json")
    console.result(f"Look closer: sdf show {output}   sdf status {output}   sdf verify {output}")
