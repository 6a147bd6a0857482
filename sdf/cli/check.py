"""`sdf check`: how varied a corpus is."""

from __future__ import annotations

from pathlib import Path

import click

from sdf.cli import console
from sdf.errors import InputError
from sdf.panel import CheckReport, Finding
from sdf.panel.verdicts import AS_HUMAN

_MARKS = {"bad": "BAD", "watch": "watch", AS_HUMAN: "", "": ""}
_IN_GROUPS = ("zstd", "distinct-2", "self-repetition", "same opening", "same sentence frame", "distinct topics")
_GATE_FAILED = 2


@click.command("check")
@click.argument("corpus", type=click.Path(path_type=Path))
@click.option("--text-field", metavar="FIELD", help="Where the text stands, if not in `text` or chat turns.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="The file of all figures; a run keeps report/check.json."
)
@click.option("--human", type=click.Path(path_type=Path), help="Texts by people: how easily is CORPUS told from them?")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--strict", is_flag=True, help="End with 2 when a measure is far from human prose.")
def command(
    corpus: Path, text_field: str | None, out: Path | None, human: Path | None, as_json: bool, strict: bool
) -> int:
    """Measure how varied CORPUS is, beside human prose.

    CORPUS is a run, a JSONL file (plain, .gz or .zst), a Parquet or Arrow file, or a folder
    of them. Duplicates and counts are taken from all documents, the rest from samples.
    """
    from sdf.api import check
    from sdf.corpora.locate import is_run
    from sdf.files import write_json

    target = out or (corpus / "report" / "check.json" if is_run(corpus) else None)
    if target is not None:
        _refuse_another_file(target)
    report = check(corpus, text_field=text_field, human=human)
    if target is not None:
        write_json(target, report.as_json())
    if as_json:
        console.result_json(report.as_json())
    else:
        _print(report)
        if target is not None:
            console.result(f"\nAll figures, by genre, principle and language, with document ids: {target}")
    return _GATE_FAILED if strict and report.bad else 0


def _refuse_another_file(path: Path) -> None:
    """Only an earlier report is written over: a corpus in its place would be lost."""
    if path.is_dir():
        raise InputError("this is a folder", where=str(path), hint=f"Name a file in it: {path / 'check.json'}")
    if path.is_file():
        with path.open("rb") as file:
            begins = file.read(200)
        if not begins.lstrip().startswith(b'{\n  "apart"'):
            raise InputError(
                "a file that is no report of sdf check stands there", where=str(path), hint="Name another."
            )


def _print(report: CheckReport) -> None:
    lengths = report.lengths
    console.result(
        f"{report.documents:,} documents, {report.words:,} words; half have {lengths['p50']:,} or fewer, "
        f"nine of ten {lengths['p5']:,} to {lengths['p95']:,}, the longest {lengths['most']:,}; "
        f"{lengths['without words']:,} without a word."
    )
    whole = report.of()
    size = max((finding.size for finding in whole.values() if finding.human), default=0)
    console.result(f"Beside {report.reference}, in samples of {size:,} documents:\n")
    rows = [_row(finding) for finding in whole.values()]
    console.table(["measure", "here", "human, from", "to", ""], rows)
    shown = [finding for finding in whole.values() if finding.verdict not in ("", AS_HUMAN) and finding.evidence]
    if shown:
        console.result("\nWhat shows it:")
    for finding in shown:
        for said, texts, ids in finding.evidence[:3]:
            where = f"   {', '.join(ids)}" if ids else ""
            console.result(f"  {finding.measure}: {said!r} in {texts:,}{where}")
    _print_apart(report)
    _print_groups(report)


def _row(finding: Finding) -> list[object]:
    low, _, high = finding.human or (None, None, None)
    return [finding.measure, finding.value, low, high, _MARKS[finding.verdict]]


def _print_apart(report: CheckReport) -> None:
    if not report.apart:
        return
    console.result("\nTold apart by words and marks alone (0.5: not at all, 1: always):\n")
    rows = [
        [one.what, one.first, one.second, one.texts, one.found.auc, one.found.error, _MARKS[one.verdict]]
        for one in report.apart
    ]
    console.table(["", "one", "other", "of each", "area", "error", ""], rows)
    for one in report.apart:
        if _MARKS[one.verdict]:
            console.result(
                f"  {one.first} by {', '.join(one.found.first)}; {one.second} by {', '.join(one.found.second)}"
            )


def _print_groups(report: CheckReport) -> None:
    rows: list[list[object]] = []
    for group in report.groups:
        found = report.of(group)
        if group[0] == "all" or _IN_GROUPS[0] not in found:
            continue
        marks = [name for name, finding in found.items() if finding.verdict not in ("", AS_HUMAN)]
        rows.append(
            [" ".join(group), report.groups[group], *(found[name].value for name in _IN_GROUPS), ", ".join(marks)]
        )
    if rows:
        console.result("\nBy group (samples of at most 300, so compare rows of one size):\n")
        console.table(["group", "documents", *_IN_GROUPS, "to watch"], rows)
    small = sum(_IN_GROUPS[0] not in report.of(group) for group in report.groups)
    if small:
        console.result(f"\n{small} groups have too few documents to be measured.")
    if report.groups_left_out:
        console.result(f"More kinds of group than are followed: {report.groups_left_out:,} documents' were left out.")
