"""The folder of a dedup: one file a stage, each under its final name only when it is whole."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sdf.corpora import Corpus
from sdf.errors import RunError
from sdf.files import is_leftover, remove, write_json


@dataclass(frozen=True, slots=True)
class DedupChoice:
    """How alike two texts have to be, and how pairs are looked for.

    `score` names a field with a number: of a group the document with the highest stays.
    """

    threshold: float = 0.8
    bands: int = 25
    rows: int = 5
    shingle: int = 5
    score: str | None = None


class DedupFolder:
    """What lies where."""

    def __init__(self, path: Path) -> None:
        self.path = path
        stages = path / "stages"
        self.input = stages / "input.json"
        self.signatures = stages / "signatures.sig"
        self.lengths = stages / "words.npy"
        self.candidates = stages / "candidates.npz"
        self.members = stages / "members.jsonl"
        self.verified = stages / "verified.npz"
        self.groups = path / "groups.jsonl"
        self.documents = path / "documents"
        self.report = path / "dedup.json"

    def claim(self, corpus: Corpus, choice: DedupChoice) -> None:
        """Take the folder for this corpus and these choices, or go on where it was left.

        Raises:
            RunError: it holds something else; nothing in it is touched.
        """
        field = corpus.field.path if corpus.field else None
        wanted: dict[str, object] = {"choice": asdict(choice), "field": field, "files": _files(corpus)}
        if self.input.exists():
            try:
                held = json.loads(self.input.read_bytes())
            except ValueError:
                held = None
            if held == wanted:
                for leftover in filter(is_leftover, [*self.path.rglob("*")]):
                    remove(leftover)
                return
            if not self.signatures.exists():
                # Nothing came of it: it stopped while the corpus was read.
                write_json(self.input, wanted)
                return
            raise RunError(
                f"this folder holds the dedup of another corpus or other choices: {_difference(held, wanted)}",
                where=str(self.path),
                hint="Write to another folder, or remove this one.",
            )
        if self.path.exists() and any(self.path.iterdir()):
            raise RunError(
                "this folder holds something else", where=str(self.path), hint="Name a new or an empty folder."
            )
        write_json(self.input, wanted)


def _files(corpus: Corpus) -> list[dict[str, object]]:
    # A file is known by name, size and when it was written: reading all of it would take as long as the work.
    stats = [(shard.name, shard.path.stat()) for shard in corpus.shards]
    return [{"name": name, "bytes": stat.st_size, "written": stat.st_mtime_ns} for name, stat in stats]


def _difference(held: object, wanted: dict[str, object]) -> str:
    if not isinstance(held, dict):
        return "its input.json is damaged"
    return ", ".join(f"`{key}` differs" for key in sorted(wanted) if held.get(key) != wanted[key])
