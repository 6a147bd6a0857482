"""`sdf verify`: proves that a run holds what was written to it."""

from __future__ import annotations

from pathlib import Path

import click

from sdf.cli import console
from sdf.run.verify import verify_run


@click.command("verify")
@click.argument("directory", type=click.Path(path_type=Path), default=Path("outputs/run"))
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(directory: Path, as_json: bool) -> int:
    """Check every file, stored row and count of the run in DIRECTORY (outputs/run without it); changes nothing."""
    report = verify_run(directory)
    if as_json:
        console.result_json(report.model_dump(mode="json") | {"ok": report.ok})
        return 0 if report.ok else 1
    for problem in report.problems:
        console.result(f"{problem.where}: {problem.what}")
        if problem.hint:
            console.result(f"    {problem.hint}")
    if report.ok:
        console.result(f"{directory}: everything is as it was written.")
    return 0 if report.ok else 1
