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
from sdf.run.rehearse import PackFinding, rehearse

CPU_SECONDS = 20
MEMORY_BYTES = 2 << 30
MOST_FINDINGS = 100


def vet(catalogue: Catalogue, folders: Sequence[Path]) -> None:
    """Try the packs that were not tried before.

    Raises:
        GenreError: a pack cannot be rendered, takes too long or grows too large.
    """
    new = [genre for genre in catalogue.genres if not _passed(genre.sha256).exists()]
    for genre in new:
        errors = [found for found in rehearse_bounded(genre.name, folders) if found.severity == "error"]
        if errors:
            hint = "`sdf genres check` lists everything."
            raise GenreError(errors[0].message, where=errors[0].where, hint=hint)
        try:
            write_atomic(_passed(genre.sha256), b"passed\n")
        except DiskError:
            # Only a memory of what passed: without it the pack is tried again next time.
            return


def rehearse_bounded(name: str, folders: Sequence[Path]) -> tuple[PackFinding, ...]:
    """All findings about a pack, from a child with its time and memory bounded."""
    command = [sys.executable, "-m", "sdf.run.vet", str(CPU_SECONDS), name, *map(str, folders)]
    where = f"genres/{name}"
    message = f"takes more than {CPU_SECONDS} s to render: a loop in it has no end, or too many turns"
    endless = PackFinding(where=where, severity="error", message=message)
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter, our own module
            command, capture_output=True, check=False, timeout=CPU_SECONDS * 20, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return (endless,)
    if child.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return (endless,)
    try:
        return tuple(PackFinding.model_validate(row) for row in json.loads(child.stdout))
    except ValueError:
        message = "grows too large to render: a template or phrase grows without end"
        return (PackFinding(where=where, severity="error", message=message),)


def _passed(sha256: str) -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        try:
            base = str(Path.home() / ".cache")
        except RuntimeError:
            # A user without a home has nowhere to remember it: the pack is tried each time.
            base = os.devnull
    return Path(base) / "sdf" / "packs" / sha256


def _child(arguments: Sequence[str]) -> None:
    import resource

    seconds, name, *folders = arguments
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
    if sys.platform.startswith("linux"):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    try:
        catalogue = load_catalogue([Path(folder) for folder in folders], [name])
        told = rehearse(catalogue, catalogue.genre(name))
    except GenreError as broken:
        told = (PackFinding(where=broken.where, severity="error", message=broken.message),)
    sys.stdout.write(json.dumps([found.model_dump() for found in told[:MOST_FINDINGS]]))


if __name__ == "__main__":
    _child(sys.argv[1:])
