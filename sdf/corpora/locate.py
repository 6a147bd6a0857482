"""Which files a corpus is made of, in which order, and of what kind each is."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sdf.errors import InputError

_KINDS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".jsonl.gz": "jsonl",
    ".json.gz": "jsonl",
    ".jsonl.zst": "jsonl",
    ".json.zst": "jsonl",
    ".parquet": "parquet",
    ".arrow": "arrow",
}
KNOWN = "JSONL (plain, .gz or .zst), Parquet or Arrow"


class Shard(NamedTuple):
    """One file of a corpus. `name` is its path below the corpus, the same on every machine."""

    path: Path
    name: str
    kind: str


def shards_of(path: Path) -> list[Shard]:
    """The files of a corpus by name: a file, a run's documents, or all readable files of a folder.

    Raises:
        InputError: there is nothing at `path`, or nothing that can be read as a corpus.
    """
    if not path.exists():
        raise InputError("there is nothing here", where=str(path), hint=f"Name a run, {KNOWN}, or a folder of them.")
    if path.is_file():
        kind = kind_of(path)
        if kind is None:
            raise InputError("this kind of file cannot be read as a corpus", where=str(path), hint=f"It reads {KNOWN}.")
        return [Shard(path, path.name, kind)]
    folder = path / "documents" if is_run(path) or is_deduplicated(path) else path
    found = sorted(
        (one.relative_to(path).as_posix(), one)
        for one in folder.rglob("*")
        if one.is_file() and not any(part.startswith(".") for part in one.relative_to(path).parts)
    )
    shards = [Shard(one, name, kind) for name, one in found if (kind := kind_of(one)) is not None]
    if not shards:
        raise InputError("no file in this folder can be read as a corpus", where=str(folder), hint=f"It reads {KNOWN}.")
    return shards


def is_run(path: Path) -> bool:
    """Whether a folder is a run of ours, whose rejected documents are no part of the corpus."""
    return (path / "documents").is_dir() and ((path / "run.db").exists() or (path / "recipe.lock.json").exists())


def is_deduplicated(path: Path) -> bool:
    """Whether a folder is what `sdf dedup` wrote: what was kept lies beside why the rest was not."""
    return (path / "documents").is_dir() and (path / "groups.jsonl").is_file()


def kind_of(path: Path) -> str | None:
    """What a file's name says that it is."""
    name = path.name.lower()
    return next((kind for ending, kind in _KINDS.items() if name.endswith(ending)), None)
