"""Duplicate detection beside other packages: `python -m benchmarks.duplicates [quality|speed|online|all] [--n N]`.

N is the number of texts of each corpus, and of the online index, where they should be
fewer than usual. What each part measures stands in its own file; `all` gives each a
process of its own, so that the memory of one is not that of another.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks import duplicates_online, duplicates_quality, duplicates_speed, peers

PARTS = {
    "quality": (duplicates_quality.quality, duplicates_quality.DOCUMENTS),
    "speed": (duplicates_speed.speed, duplicates_speed.TEXTS),
    "online": (duplicates_online.online, duplicates_online.ACCEPTED),
}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.duplicates")
    parser.add_argument("part", nargs="?", choices=[*PARTS, "all"], default="all")
    parser.add_argument("--n", type=int, default=0, metavar="N")
    asked = parser.parse_args()
    if asked.part == "all":
        for name in PARTS:
            subprocess.run([sys.executable, "-m", "benchmarks.duplicates", name, "--n", str(asked.n)], check=True)
        return
    part, usual = PARTS[asked.part]
    versions = ", ".join(f"{name} {version or 'not installed'}" for name, version in peers.versions().items())
    print(f"{asked.part} ({versions})", flush=True)
    part(asked.n or usual)


if __name__ == "__main__":
    main()
