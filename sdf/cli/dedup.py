"""`sdf dedup`: a corpus without its near-duplicates."""

from __future__ import annotations

import time
from pathlib import Path

import click

from sdf.cli import console
from sdf.dedup import DedupChoice, DedupReport, Progress, dedup

LINE_EVERY_SECONDS = 10.0


@click.command("dedup")
@click.argument("corpus", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="Where the result goes.")
@click.option(
    "--threshold",
    type=click.FloatRange(0.5, 1.0),
    default=0.8,
    show_default=True,
    help="Jaccard similarity of word shingles from which two documents are near-duplicates.",
)
@click.option("--shingle", type=click.IntRange(1, 20), default=5, show_default=True, help="Words in a shingle.")
@click.option("--score", metavar="FIELD", help="Of a group keep the document with the highest number in this field.")
@click.option("--text-field", metavar="FIELD", help="Where the text stands, if not in `text` or chat turns.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(
    corpus: Path, out: Path, threshold: float, shingle: int, score: str | None, text_field: str | None, as_json: bool
) -> int:
    """Write CORPUS without its near-duplicates.

    CORPUS is a run, a JSONL file (plain, .gz or .zst), a Parquet or Arrow file, or a folder
    of them. OUT/documents/*.jsonl.zst are kept, OUT/groups.jsonl says why the rest is not.
    Run it again after a stop: stages that are whole are not repeated.
    """
    from sdf.corpora import open_corpus

    choice = DedupChoice(threshold=threshold, shingle=shingle, score=score)
    report = dedup(open_corpus(corpus, text_field), out, choice, _said())
    if as_json:
        console.result_json({**report.as_json(), "path": str(report.path)})
    else:
        _print(report)
    return 0


def _print(report: DedupReport) -> None:
    left = report.documents - report.kept
    console.result(
        f"{report.documents:,} documents, {report.kept:,} kept, {left:,} left out "
        f"({100 * report.duplicate_rate:.2f} %): {report.copies:,} with the same words as another, "
        f"{report.near:,} near-duplicates."
    )
    if report.groups:
        console.result(f"Groups: {report.groups:,}, the largest of {report.largest:,} documents.")
    console.result(f"Compared exactly: {report.compared:,} pairs.")
    if report.capped:
        console.result(
            f"Not compared with all of their kind: {report.capped:,} documents. Much of this corpus is nearly alike; "
            "run it again on what was kept."
        )
    console.result(f"Documents: {report.path}/documents/*.jsonl.zst   Why the rest is not: {report.path}/groups.jsonl")


def _said() -> Progress:
    counts: dict[str, int] = {}
    last = time.monotonic()

    def said(stage: str, done: int) -> None:
        nonlocal last
        counts[stage] = counts.get(stage, 0) + done
        if time.monotonic() - last >= LINE_EVERY_SECONDS:
            last = time.monotonic()
            console.say(f"{stage}: {counts[stage]:,}")

    return said
