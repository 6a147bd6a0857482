"""Small corpora with planted copies, and what a dedup of them left."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sdf.diversity import words
from sdf.files import read_shard
from tests.diversity.conftest import edited, random_text

Json = dict[str, Any]


def planted_rows() -> list[Json]:
    """30 documents: 10 texts, of each a copy in other letters and marks, and one with a word changed."""
    source = random.Random(3)  # noqa: S311  planted texts, not secrets
    rows = []
    for number in range(10):
        text = random_text(source)
        for kind, version in (("a", text), ("b", text.upper() + "!"), ("c", edited(text, 1, source))):
            rows.append({"id": f"{kind}{number}", "text": version, "meta": {"quality": ord(kind) + number}})
    return rows


def write(path: Path, rows: Sequence[Json]) -> Path:
    """The rows as JSONL."""
    path.write_bytes(b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows))
    return path


def kept(out: Path) -> list[Json]:
    """The documents that a dedup kept."""
    return [json.loads(row) for shard in sorted((out / "documents").glob("*")) for row in read_shard(shard)]


def groups(out: Path) -> list[Json]:
    """The groups that a dedup found."""
    return [json.loads(row) for row in (out / "groups.jsonl").read_bytes().splitlines()]


def result(out: Path) -> dict[str, bytes]:
    """All that somebody reads of a dedup, byte for byte."""
    found = [out / "groups.jsonl", out / "dedup.json", *(out / "documents").glob("*")]
    return {path.name: path.read_bytes() for path in found}


def plain_jaccard(one: str, two: str, k: int) -> float:
    """The Jaccard similarity of two texts by the sets of their runs of k words."""
    left, right = _runs(words(one), k), _runs(words(two), k)
    return len(left & right) / len(left | right) if left | right else 0.0


def _runs(sequence: list[str], k: int) -> set[tuple[str, ...]]:
    k = min(k, len(sequence))
    return {tuple(sequence[at : at + k]) for at in range(len(sequence) - k + 1)} if k else set()
