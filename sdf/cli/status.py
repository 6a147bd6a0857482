"""`sdf status`: how far a run is."""

from __future__ import annotations

from pathlib import Path

import click

from sdf.cli import console
from sdf.run.status import RunStatus, run_status

INCOMPLETE = 3


@click.command("status")
@click.argument("directory", type=click.Path(path_type=Path), default=Path("outputs/run"))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(directory: Path, as_json: bool) -> int:
    """Show how far the run in DIRECTORY (outputs/run without it) is. Leaves with 3 while it is unfinished."""
    status = run_status(directory)
    if as_json:
        console.result_json(status.model_dump(mode="json"))
        return 0 if status.finished else INCOMPLETE
    _show(directory, status)
    return 0 if status.finished else INCOMPLETE


def _show(directory: Path, status: RunStatus) -> None:
    state = "finished" if status.finished else "unfinished"
    if status.holder is not None:
        state = f"being written by process {status.holder.pid} on {status.holder.host}"
    console.result(f"{directory}: {state}.")
    console.table(
        ("briefs planned", "accepted", "unfilled", "pending", "waves", "still open"),
        [(status.planned, status.accepted, status.unfilled, status.pending, status.waves, status.open_waves)],
    )
    attempts = ", ".join(f"{count:,} {name}" for name, count in status.outcomes.items() if count)
    console.result(f"Attempts: {attempts or 'none yet'}.")
    cost = f"${status.cost_usd:,.2f}" + (f" and {status.unpriced:,} without a price" if status.unpriced else "")
    console.result(f"Answers recorded: {status.requests:,}; spent: {cost}.")
    if status.in_doubt_usd:
        console.result(f"Up to ${status.in_doubt_usd:,.2f} may have been billed without an answer; a budget counts it.")
    for line in status.batches:
        console.result(f"Batch {line}")
    for reason, count in status.quarantined.items():
        console.result(f"Kept apart: {count:,} answers ({reason}).")
