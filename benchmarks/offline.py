"""20,000 offline documents end to end: CPU seconds, documents a CPU second, memory a document.

`make bench` runs it. Each size is a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SIZES = (2_000, 20_000)


def measure(n: int, folder: str) -> dict[str, float]:
    """One run of n documents in a child; CPU seconds are user + system of the whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = (
        "import resource, sys; from sdf.cli.main import run\n"
        f"code = run(['generate', '-n', '{n}', '-o', '{folder}/{n}', '--json'])\n"
        "print(code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    child = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    code_said, peak = child.stderr.split()[-2:]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"n": n, "cpu": cpu, "peak_kb": int(peak), "exit": int(code_said), **json.loads(child.stdout)}


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        small, large = (measure(n, folder) for n in SIZES)
    for run in (small, large):
        rate, memory = run["n"] / run["cpu"], run["peak_kb"] / 1024
        print(f"{run['n']:>7,} documents: {run['cpu']:.1f} CPU s, {rate:.0f} a CPU s, {memory:.0f} MB")
        print(f"         accepted {run['documents']}, unfilled {run['unfilled']}, rejections {run['rejections']}")
    extra = (large["peak_kb"] - small["peak_kb"]) / (large["n"] - small["n"])
    print(f"memory above the {SIZES[0]:,} run: {extra:.1f} KB a document")


if __name__ == "__main__":
    main()
