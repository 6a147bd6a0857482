"""A run directory: where everything of a run lies, how it begins and goes on.

The ledger is made last: a directory without one holds nothing that was paid for, and
starting again completes it. No file that differs is ever overwritten.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sdf.errors import DamagedError, MismatchError, RunError
from sdf.files import SHARD, digest_file, is_leftover, readable_json, remove, write_atomic
from sdf.run.ledger import Ledger
from sdf.run.lock import LOCK_NAME
from sdf.run.rows import RecordedFile

_SERIES = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_GENRE_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
_HASH = re.compile(r'"[0-9a-f]{40,128}"')
_ABSENT = "(absent)"
_SHOWN = 60


@dataclass(frozen=True)
class RunDirectory:
    """The paths of one run."""

    path: Path

    @property
    def db(self) -> Path:
        """The ledger, the truth about the run."""
        return self.path / "run.db"

    @property
    def lock_file(self) -> Path:
        """What the one writer holds."""
        return self.path / LOCK_NAME

    @property
    def recipe_lock(self) -> Path:
        """What the run is made from, with every default filled in."""
        return self.path / "recipe.lock.json"

    @property
    def constitution(self) -> Path:
        """The exact bytes of the constitution."""
        return self.path / "constitution.md"

    @property
    def genres(self) -> Path:
        """The exact bytes of the genre packs."""
        return self.path / "genres"

    @property
    def documents(self) -> Path:
        """The accepted documents, a shard a wave."""
        return self.path / "documents"

    @property
    def rejected(self) -> Path:
        """What was not accepted, a shard a wave."""
        return self.path / "rejected"

    @property
    def report(self) -> Path:
        """What reviewers read; derived."""
        return self.path / "report"

    @property
    def manifest(self) -> Path:
        """What the run holds, written last."""
        return self.path / "manifest.json"

    def name_of(self, path: Path) -> str:
        """A file's name inside the run, as the manifest lists it."""
        return path.relative_to(self.path).as_posix()

    def inputs(self) -> list[Path]:
        """The files that the run is made from, in order of name."""
        return sorted(p for p in (self.recipe_lock, self.constitution) if p.exists()) + _files(self.genres)

    def shards(self) -> list[Path]:
        """Everything in documents/ and rejected/, in order of name."""
        return _files(self.documents) + _files(self.rejected)

    def sweep(self) -> None:
        """Remove what interrupted writes left behind; only for who holds the lock."""
        for path in (*self.path.glob(".*"), *self.inputs(), *self.shards()):
            if is_leftover(path):
                remove(path)


def shard_name(series: str, wave: int) -> str:
    """The name of a wave's shard, in documents/ and in rejected/."""
    if not _SERIES.fullmatch(series):
        raise RunError(f"a series is named with a-z, 0-9 and -, not {series[:_SHOWN]!r}")
    return f"{series}-{wave:05d}{SHARD}"


def create_run(
    path: Path,
    lock: Mapping[str, Any],
    constitution: bytes,
    genre_files: Mapping[str, bytes],
    *,
    version: str = "",
) -> RunDirectory:
    """Begin a run, or complete one that stopped before its ledger was made.

    `lock` is everything that the run depends on, with its `fingerprint`; the keys of
    `genre_files` are paths below genres/; `version` is that of sdf. Call it while
    holding the lock. RunError when the directory holds anything else.
    """
    run = RunDirectory(path)
    if run.db.exists():
        raise RunError("a run is here already", where=str(path), hint="Open it to go on.")
    _refuse_lost_ledger(run)
    wanted = {"recipe.lock.json": readable_json(lock), "constitution.md": constitution}
    wanted |= {f"genres/{_safe(name)}": genre_files[name] for name in sorted(genre_files)}
    _refuse_foreign(run, wanted)
    for name, content in wanted.items():
        if not (path / name).exists():
            write_atomic(path / name, content)
    run.sweep()
    files = [recorded_file(run, path / name) for name in wanted]
    meta = {"fingerprint": str(lock.get("fingerprint", "")), "sdf": version}
    Ledger.create(run.db, meta=meta, files=files).close()
    return run


def refuse_occupied(path: Path) -> None:
    """RunError when a directory holds what no run begins with; leaves nothing there."""
    run = RunDirectory(path)
    if not path.is_dir() or run.db.exists():
        return
    _refuse_lost_ledger(run)
    ours = {LOCK_NAME, run.recipe_lock.name, run.constitution.name, run.genres.name}
    for there in sorted(path.glob("*")):
        if there.name not in ours and not there.name.startswith(run.db.name) and not is_leftover(there):
            raise _foreign(run, there)


def is_whole(path: Path, recorded: RecordedFile | None) -> bool:
    """Whether a file has the size that was recorded; `verify` reads what is in it."""
    return recorded is None or (path.is_file() and path.stat().st_size == recorded.bytes)


def open_run(path: Path) -> RunDirectory:
    """An existing run; RunError says what is missing and what can be done."""
    run = RunDirectory(path)
    if run.db.is_file():
        return run
    _refuse_lost_ledger(run)
    if not path.is_dir():
        raise RunError("there is no such directory", where=str(path))
    hint = "Start it again with the same command: nothing was paid for yet."
    if not run.recipe_lock.exists():
        hint = "Name the directory that `sdf generate -o` wrote."
    raise RunError("this is not a run: it has no run.db", where=str(path), hint=hint)


def read_lock(run: RunDirectory) -> dict[str, Any]:
    """The recipe.lock.json of a run; DamagedError when it is not one."""
    where = str(run.recipe_lock)
    try:
        lock = json.loads(run.recipe_lock.read_bytes())
    except (OSError, ValueError) as error:
        raise DamagedError(f"cannot be read ({error})", where=where) from error
    if not isinstance(lock, dict):
        raise DamagedError("is not a JSON object", where=where)
    return lock


def check_same(path: Path, lock: Mapping[str, Any]) -> None:
    """MismatchError unless the run in `path` was made from `lock`; lists every change."""
    run = RunDirectory(path)
    before = dict(_flat(read_lock(run)))
    after = dict(_flat(json.loads(readable_json(lock))))
    changes = [
        f"  {key}: {_change(before.get(key, _ABSENT), after.get(key, _ABSENT))}"
        for key in sorted(before.keys() | after.keys())
        if before.get(key, _ABSENT) != after.get(key, _ABSENT)
    ]
    if changes:
        raise MismatchError(
            "\n".join(["the run was made from other inputs:", *changes]),
            where=str(path),
            hint="Use another -o for a new run, or put these back as they were.",
        )


def recorded_file(run: RunDirectory, path: Path) -> RecordedFile:
    """The digest of a file under its name in the run."""
    return RecordedFile(**digest_file(path, run.name_of(path)).model_dump())


def _files(directory: Path) -> list[Path]:
    return sorted(p for p in directory.rglob("*") if p.is_symlink() or not p.is_dir())


def _refuse_lost_ledger(run: RunDirectory) -> None:
    left = [p for p in (run.documents, run.rejected, run.manifest) if p.exists()]
    if left and not run.db.exists():
        raise RunError(
            f"the ledger was deleted: {left[0].name} is here, run.db is not",
            where=str(run.path),
            hint="Put run.db back from a copy. Without it the run cannot go on; its documents "
            "can still be read with `sdf check`, and a new run needs another -o.",
        )


def _refuse_foreign(run: RunDirectory, wanted: Mapping[str, bytes]) -> None:
    ours = {LOCK_NAME, *(name.split("/")[0] for name in wanted)}
    # The top first: a home directory is refused without being walked.
    for path in sorted(run.path.glob("*")):
        if path.name not in ours and not is_leftover(path):
            raise _foreign(run, path)
    for path in _files(run.path):
        name = run.name_of(path)
        if name == LOCK_NAME or is_leftover(path):
            continue
        if path.is_symlink() or name not in wanted:
            raise _foreign(run, path)
        if path.read_bytes() != wanted[name]:
            raise RunError(
                f"the directory holds another {name} than this run begins with",
                where=str(run.path),
                hint="Use another -o, or remove the directory: it has no ledger yet.",
            )


def _foreign(run: RunDirectory, path: Path) -> RunError:
    return RunError(
        f"the directory holds something that is not of this run: {run.name_of(path)}",
        where=str(run.path),
        hint="Use another -o: a run begins in an empty or a new directory.",
    )


def _safe(name: str) -> str:
    parts = name.split("/")
    if not all(_GENRE_FILE.fullmatch(part) for part in parts):
        raise RunError(f"a genre file cannot be named {name[:_SHOWN]!r}", where="genres/")
    return name


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every leaf as JSON under its dotted key; empty containers are leaves."""
    if value and isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key else name)
    elif value and isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _flat(inner, f"{key}[{position}]")
    else:
        yield key, json.dumps(value, ensure_ascii=False, sort_keys=True)


def _change(before: str, after: str) -> str:
    if _HASH.fullmatch(before) and _HASH.fullmatch(after):
        return f"hash {before[1:13]}… -> {after[1:13]}…"
    if max(len(before), len(after)) <= _SHOWN:
        return f"{before} -> {after}"
    # Long values are shown from shortly before the place where they part.
    pairs = enumerate(zip(before, after, strict=False))
    parts = next((i for i, (a, b) in pairs if a != b), min(len(before), len(after)))
    at = max(0, parts - _SHOWN // 3)
    return f"{_window(before, at)} -> {_window(after, at)}"


def _window(text: str, at: int) -> str:
    shown = text[at : at + _SHOWN]
    return ("…" if at else "") + shown + ("…" if at + _SHOWN < len(text) else "")
