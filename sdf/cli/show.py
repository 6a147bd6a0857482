"""`sdf show`: read documents of a run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from sdf.cli import console
from sdf.errors import RunError
from sdf.files import read_shard
from sdf.run.directory import open_run


@click.command("show")
@click.argument("directory", type=click.Path(path_type=Path), default=Path("outputs/run"))
@click.option("-n", "--number", type=click.IntRange(1, 10_000), default=1, show_default=True, help="How many.")
@click.option("--start", type=click.IntRange(0), default=0, show_default=True, help="The first index to show.")
@click.option("--genre", metavar="NAME", help="Only of this genre.")
@click.option("--rejected", is_flag=True, help="Rejected attempts with their reasons, in place of documents.")
@click.option("--json", "as_json", is_flag=True, help="Whole records, one a line.")
def command(directory: Path, number: int, start: int, genre: str | None, rejected: bool, as_json: bool) -> None:
    """Read documents of the run in DIRECTORY (outputs/run without it)."""
    run = open_run(directory)
    shown = 0
    for row in _rows(run.rejected if rejected else run.documents):
        if row["brief"]["index"] < start or (genre is not None and row["genre"] != genre):
            continue
        _show(row, as_json)
        shown += 1
        if shown == number:
            return
    if not shown:
        raise RunError("holds nothing of the kind", where=str(directory), hint="`sdf status` says what is there.")


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    for shard in sorted(folder.glob("*.jsonl.zst")):
        for line in read_shard(shard):
            yield json.loads(line)


def _show(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        console.result(json.dumps(row, ensure_ascii=False))
        return
    console.result(f"{'=' * 78}\n{row['id']}  {row['genre']} / {row['form']}  {', '.join(row['principle_ids'])}")
    console.result("  ".join(f"{name}={value}" for name, value in row["brief"]["axes"].items()))
    if "reason" in row:
        console.result(f"{row['outcome']} at its {row['phase']}: {row['reason']}")
    text = row.get("text") or next(reversed(list(row.get("answers", {}).values())), "")
    console.result(f"\n{text}\n")
