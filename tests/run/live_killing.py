"""A run against a server, killed at random moments and started again until it is done.

    python -m tests.run.live_killing DIRECTORY RECIPE N KILLS SEED

Prints JSON: how often it was killed and started, and how it ended. Each start is a fork
of a process that has everything loaded, so that a kill costs milliseconds.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import anthropic  # noqa: F401 - loaded here, once, and not in every start
import numpy as np  # noqa: F401
import zstandard  # noqa: F401

import sdf.providers.anthropic.batches
import sdf.providers.anthropic.sender
import sdf.providers.choose
from sdf.errors import AwaitingError
from sdf.recipe import load_recipe
from sdf.run.generate import Going, generate
from sdf.run.setup import Setup, prepare
from tests.conftest import PACKS, ROOT
from tests.providers.virtual_clock import VirtualClock

GENRES = ("essay", "forum")
DONE, AWAITING = 0, 3
LONGEST = 0.5
"""Seconds before a kill, at most: the run must not be done before all kills are spent."""


def start(setup: Setup, out: Path, n: int) -> None:
    """One start, in a process of its own; ends with how it went."""
    sdf.providers.choose.SystemClock = VirtualClock  # type: ignore[misc,assignment]
    try:
        generate(setup, out, n, going=Going(stay=not setup.recipe.run.batch))
    except AwaitingError:
        os._exit(AWAITING)
    except BaseException:  # noqa: BLE001 - a forked child must end here
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(DONE)


def main(out: Path, recipe: Path, n: int, kills: int, seed: int) -> None:
    """Kill `kills` times and then let it finish."""
    choose = random.Random(seed)  # noqa: S311
    setup = prepare(load_recipe(recipe), constitution=ROOT / "constitution.md", folders=PACKS, genres=GENRES)
    setup.requests.request(setup.plan.brief(0), setup.catalogue.genre(setup.plan.brief(0).cell.genre).stages[0], {})
    starts = killed = 0
    longest = 0.05
    while True:
        starts += 1
        child = os.fork()
        if child == 0:
            start(setup, out, n)
        began = time.monotonic()
        if killed < kills:
            time.sleep(choose.random() * longest)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed += 1
            # Kills come earlier or later in the run as it gets on.
            longest = min(LONGEST, longest * 1.07)
            continue
        longest = max(0.05, (time.monotonic() - began) * 0.9)
        if os.WEXITSTATUS(status) == DONE and killed >= kills:
            print(json.dumps({"starts": starts, "killed": killed}))  # noqa: T201
            return
        if os.WEXITSTATUS(status) == DONE:
            # Done before all kills were spent: the rest is spent on starts that have nothing to do.
            kills = killed
        elif os.WEXITSTATUS(status) != AWAITING:
            raise SystemExit(f"a start ended with {os.WEXITSTATUS(status)}")
        if starts > 20 * kills + 2000:
            raise SystemExit("it does not come to an end")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:6]))
