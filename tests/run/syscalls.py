"""A run against a server, killed at one system call of a start; strace counts the calls and kills.

    python -m tests.run.syscalls RECIPE GENRE

Takes one start a line on stdin, as `Start` has it in JSON, and says how it ended on
stdout: {"ended": "done" | "killed" | "failed"}. Each start is a fork of a process that
has everything loaded, to which strace is attached before it does anything.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import anthropic  # noqa: F401 - loaded here, once, and not in every start
import numpy as np  # noqa: F401
import zstandard  # noqa: F401

import sdf.providers.anthropic.batches
import sdf.providers.anthropic.sender
import sdf.providers.choose
from sdf.recipe import Endpoint, load_recipe
from sdf.run.generate import generate
from sdf.run.setup import Setup, prepare
from tests.conftest import PACKS, ROOT
from tests.providers.virtual_clock import VirtualClock

CALLS = (
    *("write", "pwrite64", "writev", "ftruncate", "fsync", "fdatasync"),
    *("rename", "renameat", "renameat2", "unlink", "unlinkat", "sendto", "sendmsg"),
)
"""The calls by which a run changes anything outside of itself."""

_LINE = re.compile(r"^(\d+)\s+((\w+)\(.*)$", re.MULTILINE)
_WAKES_THE_LOOP = '"\\0", 1, '
_LET_ANYBODY_TRACE = 0x59616D61
_ANYBODY = ctypes.c_ulong(-1)


class Start(NamedTuple):
    """A start: killed before its `when`th `call`; with a `log`, every call is written there; else as it comes."""

    out: str
    url: str
    n: int
    call: str = ""
    when: int = 0
    log: str = ""


class NotTracedError(Exception):
    """strace may not attach here; the text is its own."""


def calls_in(log: Path) -> list[tuple[str, int]]:
    """The calls in a log in their order, each with how often it had been made by then.

    strace counts for each thread by itself: one alone may do the work.
    """
    lines = _LINE.findall(log.read_text())
    worker = lines[0][0]
    beside = [told for thread, told, _ in lines if thread != worker and _WAKES_THE_LOOP not in told]
    assert not beside, beside
    made: Counter[str] = Counter()
    found = []
    for thread, _, call in lines:
        if thread == worker:
            made[call] += 1
            found.append((call, made[call]))
    return found


def begin(setup: Setup, start: Start) -> None:
    """One start, in a process of its own."""
    setattr(sdf.providers.choose, "SystemClock", VirtualClock)  # noqa: B010 - it is a type there
    recipe = setup.recipe.model_copy(update={"endpoints": {"anthropic": Endpoint(base_url=start.url)}})
    try:
        generate(replace(setup, recipe=recipe), Path(start.out), start.n)
    except BaseException:  # noqa: BLE001 - whatever it is, this process ends here
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def attached(child: int, start: Start) -> subprocess.Popen[str]:
    """A strace that holds the child, which must not do anything before."""
    traced = ",".join(CALLS)
    what = f"inject={start.call}:signal=KILL:when={start.when}" if start.call else f"trace={traced}"
    command = ["strace", "-f", "-p", str(child), "-o", start.log or "/dev/null", "-e", f"trace={traced}", "-e", what]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert tracer.stderr is not None
    if "attached" not in (told := tracer.stderr.readline()):
        raise NotTracedError(told.strip())
    return tracer


def ended(setup: Setup, start: Start) -> str:
    """Make a start and wait for it; how it ended."""
    hold, go = os.pipe()
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(_LET_ANYBODY_TRACE, _ANYBODY, 0, 0, 0)
        os.read(hold, 1)
        begin(setup, start)
    tracer = None
    try:
        tracer = attached(child, start) if start.call or start.log else None
    finally:
        os.write(go, b"!")
        _, status = os.waitpid(child, 0)
        os.close(hold)
        os.close(go)
        if tracer is not None:
            tracer.communicate()
    if os.WIFSIGNALED(status):
        return "killed"
    return "done" if os.WEXITSTATUS(status) == 0 else "failed"


def main(recipe: Path, genre: str) -> None:
    """Make starts until stdin ends."""
    setup = prepare(load_recipe(recipe), constitution=ROOT / "constitution.md", folders=PACKS, genres=[genre])
    brief = setup.plan.brief(0)
    setup.requests.request(brief, setup.catalogue.genre(brief.cell.genre).stages[0], {})
    for line in sys.stdin:
        try:
            answer = {"ended": ended(setup, Start(**json.loads(line)))}
        except NotTracedError as refused:
            answer = {"ended": "untraced", "why": str(refused)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
