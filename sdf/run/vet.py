"""Packs that nobody tried before are tried once in a child, with its time and memory bounded.

The sandbox keeps templates from reaching anything; it does not keep them from looping
or growing. A pack whose hash has passed is not tried again on this machine.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sdf.errors import DiskError, GenreError
from sdf.files import write_atomic
from sdf.genres.load import load_catalogue
from sdf.genres.pack import Catalogue
from sdf.run.rehearse import rehearse

CPU_SECONDS = 60
MEMORY_BYTES = 2 << 30
OUTPUT_BYTES = 1 << 20


def vet(catalogue: Catalogue, folders: Sequence[Path]) -> None:
    """Try the packs that were not tried before.

    Raises:
        GenreError: a pack cannot be rendered, takes too long or grows too large.
    """
    new = [genre for genre in catalogue.genres if not _passed(genre.sha256).exists()]
    for genre in new:
        _try(genre.name, folders)
        try:
            write_atomic(_passed(genre.sha256), b"passed\n")
        except DiskError:
            # Only a memory of what passed: without it the pack is tried again next time.
            return


def _try(name: str, folders: Sequence[Path]) -> None:
    command = [sys.executable, "-m", "sdf.run.vet", str(CPU_SECONDS), name, *map(str, folders)]
    where = f"genres/{name}"
    endless = GenreError(
        f"takes more than {CPU_SECONDS} s to render", where=where, hint="A loop in it has no end, or too many turns."
    )
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter, our own module
            command, capture_output=True, check=False, timeout=CPU_SECONDS * 20, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise endless from None
    if child.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise endless
    try:
        told = json.loads(child.stdout)
    except ValueError:
        hint = "`sdf genres check` shows more; a template or phrase grows without end."
        raise GenreError("grows too large to render", where=where, hint=hint) from None
    if told:
        raise GenreError(told[0]["message"], where=told[0]["where"], hint="`sdf genres check` lists everything.")


def _passed(sha256: str) -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "sdf" / "packs" / sha256


def _child(arguments: Sequence[str]) -> None:
    import resource

    seconds, name, *folders = arguments
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
    if sys.platform.startswith("linux"):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        catalogue = load_catalogue([Path(folder) for folder in folders], [name])
        errors = [f for f in rehearse(catalogue, catalogue.genre(name)) if f.severity == "error"]
        told = [{"where": f.where, "message": f.message} for f in errors]
    except GenreError as broken:
        told = [{"where": broken.where, "message": broken.message}]
    sys.stdout.write(json.dumps(told)[:OUTPUT_BYTES])


if __name__ == "__main__":
    _child(sys.argv[1:])
