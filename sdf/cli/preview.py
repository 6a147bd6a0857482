"""`sdf preview`: the exact prompts of a few briefs, and the documents of them."""

from __future__ import annotations

from typing import Any

import click

from sdf.cli import console
from sdf.cli.inputs import Inputs, input_options, read_inputs
from sdf.run.preview import Previewed, preview


@click.command("preview")
@click.option("-n", "--number", type=click.IntRange(1, 50), default=3, show_default=True, help="How many briefs.")
@click.option("--start", type=click.IntRange(0, 10**12), default=0, show_default=True, help="The first brief's index.")
@click.option("--prompts", is_flag=True, help="Show every stage's prompt whole.")
@input_options
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(number: int, start: int, prompts: bool, as_json: bool, **inputs: Any) -> None:
    """Show briefs, their prompts and documents. Nothing is kept."""
    setup = read_inputs(Inputs(**inputs))
    shown = [preview(setup, index) for index in range(start, start + number)]
    if as_json:
        console.result_json([one.model_dump(mode="json") for one in shown])
        return
    for one in shown:
        _show(one, prompts)


def _show(one: Previewed, prompts: bool) -> None:
    brief = one.brief
    console.result(f"{'=' * 78}\n{brief.id}  {brief.cell.genre} / {brief.form}  {', '.join(brief.cell.principle_ids)}")
    console.result("  ".join(f"{name}={value}" for name, value in brief.axes.items()))
    for stage in one.stages:
        if prompts:
            console.result(f"\n----- prompt: {stage.stage} -----\n")
            console.result("\n\n".join(stage.blocks))
        else:
            size = sum(len(block.split()) for block in stage.blocks)
            console.result(
                f"prompt for {stage.stage}: {size:,} words in {len(stage.blocks)} blocks (--prompts shows them)"
            )
    console.result(f"\npremise: {one.premise}\n\n{one.text}\n")
    for verdict in one.verdicts:
        if verdict.passed is False:
            console.result(
                f"[{verdict.check}] " + "; ".join(f"{flag.rule}: {flag.detail}" for flag in verdict.flags[:3])
            )
