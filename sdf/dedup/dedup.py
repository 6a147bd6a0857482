"""`dedup`: a corpus without its near-duplicates, and the reason for everything that is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sdf.corpora import open_corpus
from sdf.corpora.read import Corpus
from sdf.dedup.folder import DedupChoice, DedupFolder
from sdf.dedup.stages import (
    Progress,
    candidate_stage,
    line,
    read_arrays,
    read_members,
    read_sketches,
    sketch_stage,
    verify_stage,
)
from sdf.diversity.pairs import components
from sdf.files import SHARD, write_atomic, write_json, write_shard

ROWS_A_SHARD = 100_000
_DIGITS = re.compile(r"([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class DedupReport:
    """What a dedup found.

    `copies` are left out because another text has the same words, `near` because one is
    alike; of texts with the same words that are all left out, one counts as near.
    """

    documents: int
    kept: int
    copies: int
    near: int
    groups: int
    largest: int
    compared: int
    capped: int
    path: Path

    @property
    def duplicate_rate(self) -> float:
        """The share of documents that are left out."""
        return 1 - self.kept / self.documents if self.documents else 0.0

    def as_json(self) -> dict[str, Any]:
        """What dedup.json holds: no path, so that equal corpora give equal files."""
        return {key: value for key, value in asdict(self).items() if key != "path"}


def dedup(
    corpus: Path | Corpus, out: Path, choice: DedupChoice | None = None, said: Progress = lambda stage, done: None
) -> DedupReport:
    """Write the documents of a corpus to `out`, one of each group of near-duplicates, and the groups.

    Two documents are in one group when their word shingles have a Jaccard similarity of
    the threshold or more, or when a chain of such pairs joins them. Of a group the document
    with the best score stays, of equal ones the one with the smallest id. Stages that are
    whole in `out` are not run again.

    Raises:
        InputError: the corpus cannot be read; file and row are named.
        RunError: `out` holds something else.
        DiskError: the disk is full or refuses; what was whole stays.
    """
    corpus = corpus if isinstance(corpus, Corpus) else open_corpus(corpus)
    choice = choice or DedupChoice()
    folder = DedupFolder(out)
    folder.claim(corpus, choice)
    sketch_stage(corpus, folder, choice, said)
    candidate_stage(folder, choice)
    verify_stage(corpus, folder, choice, said)
    groups = list(_groups(folder))
    write_atomic(folder.groups, (line(group) + b"\n" for group in groups))
    gone = {member["number"] for group in groups for member in group["left_out"]}
    _write_documents(corpus, folder, gone, said)
    report = _report(folder, choice, groups, len(gone))
    write_json(folder.report, report.as_json())
    return report


def _groups(folder: DedupFolder) -> Iterator[Mapping[str, Any]]:
    """Each group with who stays, and everyone else with the most alike of its pairs."""
    copies = [(one, two, 1.0) for one, two in read_arrays(folder.candidates)["copies"].tolist()]
    found = read_arrays(folder.verified)
    similar = [(*pair, s) for pair, s in zip(found["pairs"].tolist(), found["similarities"].tolist(), strict=True)]
    pairs = copies + similar
    nearest: dict[int, tuple[float, int]] = {}
    for one, two, similarity in pairs:
        for here, there in ((one, two), (two, one)):
            nearest[here] = max(nearest.get(here, (0.0, 0)), (similarity, -there))
    first_of = {two: one for one, two, _ in copies}
    members = read_members(folder)
    for group in components(((one, two) for one, two, _ in pairs)).values():
        ranked = sorted((members[number] for number in group), key=_rank)
        kept = ranked[0]["number"]
        same = first_of.get(kept, kept)
        left = [
            {
                **member,
                "jaccard": round(nearest[member["number"]][0], 4),
                "like": members[-nearest[member["number"]][1]]["id"],
                "copy": member["number"] in first_of or member["number"] == same,
            }
            for member in sorted(ranked[1:], key=lambda member: member["number"])
        ]
        yield {"kept": ranked[0], "left_out": left}


def _rank(member: Mapping[str, Any]) -> tuple[float, list[tuple[int, str]], int]:
    # Ids in the order in which people count: d4 before d20004.
    split = _DIGITS.split(member["id"])
    parts = [(int(part), "") if place % 2 else (-1, part) for place, part in enumerate(split)]
    return -(member["score"] or 0.0), parts, member["number"]


def _write_documents(corpus: Corpus, folder: DedupFolder, gone: set[int], said: Progress) -> None:
    kept = ((number, row) for number, row in enumerate(corpus.rows()) if number not in gone)
    for part, rows in groupby(enumerate(kept), key=lambda one: one[0] // ROWS_A_SHARD):
        path = folder.documents / f"part-{part:05d}{SHARD}"
        written = (line(row.source) for _, (_, row) in rows)
        if path.exists():
            said("kept", sum(1 for _ in written))
        else:
            said("kept", write_shard(path, written).rows or 0)


def _report(folder: DedupFolder, choice: DedupChoice, groups: list[Mapping[str, Any]], gone: int) -> DedupReport:
    documents = len(read_sketches(folder, choice).words)
    copies = sum(member["copy"] for group in groups for member in group["left_out"])
    return DedupReport(
        documents=documents,
        kept=documents - gone,
        copies=copies,
        near=gone - copies,
        groups=len(groups),
        largest=max((1 + len(group["left_out"]) for group in groups), default=0),
        compared=int(read_arrays(folder.verified)["compared"]),
        capped=int(read_arrays(folder.candidates)["capped"]),
        path=folder.path,
    )
