"""The folder of a dedup: one file a stage, each under its final name only when it is whole."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sdf.corpora import Corpus
from sdf.corpora.locate import is_run
from sdf.diversity.signature import DOCUMENT_PERMS
from sdf.errors import InputError, RunError
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

    def __post_init__(self) -> None:
        """Refuse what no corpus could be compared with."""
        if not 0 < self.threshold <= 1:
            raise InputError(f"the threshold {self.threshold} is no similarity", hint="It lies above 0, up to 1.")
        if min(self.bands, self.rows, self.shingle) < 1 or self.bands * self.rows > DOCUMENT_PERMS:
            asked = f"{self.bands} bands of {self.rows} values, shingles of {self.shingle} words"
            raise InputError(f"no text can be sketched so: {asked}", hint=f"A signature has {DOCUMENT_PERMS} values.")


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
            InputError: it lies in the corpus, of which the result would become a part.
            RunError: it holds something else; nothing in it is touched.
        """
        if (
            corpus.path.is_dir()
            and not is_run(corpus.path)
            and self.path.resolve().is_relative_to(corpus.path.resolve())
        ):
            hint = f"Write to a folder outside of {corpus.path}."
            raise InputError("what is written here would become a part of the corpus", where=str(self.path), hint=hint)
        field = corpus.field.path if corpus.field else None
        wanted: dict[str, object] = {"choice": asdict(choice), "field": field, "files": _files(corpus)}
        held = self._held()
        if self.input.exists():
            # Without signatures nothing came of it: it stopped while the corpus was read.
            if held != wanted and self.signatures.exists():
                raise RunError(
                    f"this folder holds the dedup of another corpus or other choices: {_difference(held, wanted)}",
                    where=str(self.path),
                    hint="Write to another folder, or remove this one.",
                )
        elif self._is_taken():
            raise RunError(
                "this folder holds something else", where=str(self.path), hint="Name a new or an empty folder."
            )
        for leftover in filter(is_leftover, [*self.path.rglob("*")]):
            remove(leftover)
        if held != wanted:
            write_json(self.input, wanted)

    def _is_taken(self) -> bool:
        if not self.path.is_dir():
            return self.path.exists()
        return any(not (one.is_dir() or is_leftover(one)) for one in self.path.rglob("*"))

    def _held(self) -> object:
        try:
            return json.loads(self.input.read_bytes())
        except (OSError, ValueError):
            return None


def _files(corpus: Corpus) -> list[dict[str, object]]:
    # A file is known by name, size and when it was written: reading all of it would take as long as the work.
    stats = [(shard.name, shard.path.stat()) for shard in corpus.shards]
    return [{"name": name, "bytes": stat.st_size, "written": stat.st_mtime_ns} for name, stat in stats]


def _difference(held: object, wanted: dict[str, object]) -> str:
    if not isinstance(held, dict):
        return "its input.json is damaged"
    return ", ".join(f"`{key}` differs" for key in sorted(wanted) if held.get(key) != wanted[key])
