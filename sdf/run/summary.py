"""A finished run in a few numbers, read from its shards."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from sdf.files import read_shard
from sdf.plan.table import TOKENS_PER_WORD
from sdf.records import Record
from sdf.run.directory import open_run
from sdf.run.ledger import Ledger
from sdf.run.tally import tally


class GenreSummary(Record):
    """A genre's documents; `tokens` is an estimate from its words."""

    genre: str
    documents: int
    words: int
    tokens: int


class RunSummary(Record):
    """Counts of what a run wrote. `rejections` are attempts by the check that refused them."""

    documents: int
    unfilled: int
    genres: tuple[GenreSummary, ...]
    principles: int
    principles_reached: int
    rejections: Mapping[str, int]
    near_duplicates: int
    unscored: bool


def summarise(path: Path, principles: int) -> RunSummary:
    """Read a run's shards once; `principles` is how many the constitution teaches."""
    run = open_run(path)
    documents, words = Counter[str](), Counter[str]()
    reached: set[str] = set()
    unscored = False
    for shard in sorted(run.documents.glob("*.jsonl.zst")):
        for line in read_shard(shard):
            row = json.loads(line)
            documents[row["genre"]] += 1
            words[row["genre"]] += row["n_words"]
            reached.update(row["principle_ids"])
            unscored = unscored or any(v["check"] == "judge" and v["passed"] is None for v in row["verdicts"])
    reasons = Counter[str]()
    for shard in sorted(run.rejected.glob("*.jsonl.zst")):
        for line in read_shard(shard):
            row = json.loads(line)
            reasons[row["reason"].split(":")[0] if row["outcome"] == "rejected" else row["outcome"]] += 1
    with Ledger.open(run.db, read_only=True) as ledger:
        unfilled = tally(ledger).unfilled
    return RunSummary(
        documents=documents.total(),
        unfilled=unfilled,
        genres=tuple(
            GenreSummary(
                genre=name, documents=documents[name], words=words[name], tokens=round(words[name] * TOKENS_PER_WORD)
            )
            for name in sorted(documents)
        ),
        principles=principles,
        principles_reached=len(reached),
        rejections=dict(reasons.most_common()),
        near_duplicates=reasons["near_duplicate"],
        unscored=unscored,
    )
