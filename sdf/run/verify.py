"""Whether a run is still exactly what was written; reading only, changing no byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sdf.errors import DamagedError, LockedError, RunError
from sdf.files import is_leftover, readable_json
from sdf.records import Record
from sdf.run.directory import RunDirectory, open_run, recorded_file, shard_name
from sdf.run.ledger import Ledger
from sdf.run.manifest import build_manifest
from sdf.run.rows import Wave
from sdf.run.shards import shard_rows
from sdf.run.tally import tally

Key = tuple[str, int, int]

_RESTORE = "Put it back from a copy."
_MAY_GO = "Remove it, or move it out of the run."


class Problem(Record):
    """One thing that is not as it was written: in which file, what, and what to do."""

    where: str
    what: str
    hint: str = ""


class VerifyReport(Record):
    """What `verify_run` found. A run may be fine and not finished."""

    finished: bool
    problems: tuple[Problem, ...]
    files: int
    documents: int

    @property
    def ok(self) -> bool:
        """Whether nothing is damaged, missing or left over."""
        return not self.problems


def verify_run(path: Path) -> VerifyReport:
    """Check every file, stored row and count of a run against what was recorded.

    RunError when the directory holds no run, LockedError when a writer starts meanwhile.
    """
    run = open_run(path)
    try:
        with Ledger.open(run.db, read_only=True) as ledger:
            report = _verified(run, ledger)
            if ledger.disturbed:
                raise LockedError("the run went on while it was verified", where=str(path))
            return report
    except LockedError:
        raise
    except RunError as error:
        broken = Problem(where=run.db.name, what=error.message, hint=error.hint or _RESTORE)
        return VerifyReport(finished=False, problems=(broken,), files=0, documents=0)


def _verified(run: RunDirectory, ledger: Ledger) -> VerifyReport:
    damage = [Problem(where=run.db.name, what=m, hint=_RESTORE) for m in ledger.damage()]
    if damage:
        return VerifyReport(finished=False, problems=tuple(damage), files=0, documents=0)
    counted = tally(ledger)
    problems = [Problem(where=run.db.name, what=what) for what in counted.problems]
    on_disk = {run.name_of(p): p for p in (*run.inputs(), *run.shards())}
    problems += _file_problems(run, ledger, on_disk)
    bad = {problem.where for problem in problems}
    for wave in ledger.waves():
        problems += _wave_problems(run, ledger, wave, bad)
    finished = ledger.sealed_with is not None
    if finished:
        problems += _manifest_problems(run, ledger)
    return VerifyReport(
        finished=finished,
        problems=tuple(problems),
        files=len(on_disk),
        documents=counted.accepted,
    )


def _file_problems(run: RunDirectory, ledger: Ledger, on_disk: dict[str, Path]) -> Iterator[Problem]:
    recorded = ledger.files()
    for name, file in recorded.items():
        if name not in on_disk:
            yield Problem(where=name, what="the file is missing", hint=_RESTORE)
            continue
        try:
            found = recorded_file(run, on_disk[name])
        except DamagedError as error:
            yield Problem(where=name, what=error.message, hint=_RESTORE)
            continue
        if found.sha256 != file.sha256:
            what = f"the file was changed: sha256 {found.sha256[:12]}…, written {file.sha256[:12]}…"
            yield Problem(where=name, what=what, hint=_RESTORE)
    # The shards of a wave are written before the wave is closed.
    in_work = {
        run.name_of(folder / shard_name(wave.series, wave.number))
        for wave in ledger.waves()
        for folder in (run.documents, run.rejected)
    }
    for name, path in on_disk.items():
        if path.is_symlink() or (name not in recorded and name not in in_work):
            what = "nobody recorded this file"
            if is_leftover(path):
                what = "an interrupted write left this file behind"
            yield Problem(where=name, what=what, hint=_MAY_GO)


def _wave_problems(run: RunDirectory, ledger: Ledger, wave: Wave, bad: set[str]) -> Iterator[Problem]:
    accepted: set[Key] = set()
    turned_down: set[Key] = set()
    rows = ledger.outcomes(wave.series, wave.start, wave.stop)
    for series, index, attempt, phase, outcome in rows:
        key = (series, index, attempt)
        if (phase, outcome) == ("document", "accepted"):
            accepted.add(key)
        elif outcome != "accepted":
            turned_down.add(key)
    for folder, known in ((run.documents, accepted), (run.rejected, turned_down)):
        path = folder / shard_name(wave.series, wave.number)
        name = run.name_of(path)
        if name not in bad:
            yield from _shard_problems(path, name, known, complete=wave.closed)


def _shard_problems(path: Path, name: str, known: set[Key], *, complete: bool) -> Iterator[Problem]:
    """Rows that no decision in `known` put there, and, if `complete`, those that lack."""
    missing = set(known)
    try:
        for number, row in enumerate(shard_rows(path) if path.exists() else (), start=1):
            if row.key in missing:
                missing.discard(row.key)
                continue
            what = "is there twice" if row.key in known else "was not decided to be here"
            yield Problem(where=f"{name}:{number}", what=f"{_text(row.key)} {what}", hint=_RESTORE)
    except DamagedError as error:
        yield Problem(where=name, what=error.message, hint=_RESTORE)
        return
    if complete and missing:
        what = f"{len(missing)} decided attempts are missing, first {_text(min(missing))}"
        yield Problem(where=name, what=what, hint=_RESTORE)


def _text(key: Key) -> str:
    return " ".join(map(str, key))


def _manifest_problems(run: RunDirectory, ledger: Ledger) -> Iterator[Problem]:
    name = run.manifest.name
    if not run.manifest.is_file():
        yield Problem(where=name, what="the file is missing", hint=_RESTORE)
        return
    expected = readable_json(build_manifest(run, ledger)).split(b"\n")
    found = run.manifest.read_bytes().split(b"\n")
    if found != expected:
        pairs = zip(found, expected, strict=False)
        same = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(found), len(expected)))
        what = "the manifest does not say what the ledger holds"
        hint = "Run `sdf generate` again: it writes the manifest anew."
        yield Problem(where=f"{name}:{same + 1}", what=what, hint=hint)
