"""Kills a recorder again and again; run as a script, it prints what it found as JSON.

`killing.py DIRECTORY KILLS SEED`: a child records responses and acknowledges each on a
pipe once the ledger says it is recorded; the parent kills it at a random instant and
starts the next, which goes on with what is not recorded.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from sdf.records import Response, StopReason
from sdf.run.ledger import Ledger
from sdf.run.lock import RunLock
from sdf.run.rows import RecordedResponse


def text_of(index: int) -> str:
    """What the response of an index says, so that a mixed-up one is seen."""
    return f"The answer to {index}. " * 100


def record(directory: Path, pipe: int, seed: int) -> None:
    """Record until killed; groups are of random size."""
    choose = random.Random(seed)  # noqa: S311
    with RunLock(directory), Ledger.open(directory / "run.db") as ledger, ledger.grouped() as sink:
        done = {(row.index, row.attempt, row.stage) for row in ledger.responses("base", 0, 10**9)}
        index = -1
        while True:
            index += 1
            if (index, 0, "draft") in done:
                continue
            response = Response(request_id=f"r{index}", text=text_of(index), stop=StopReason.end, model="m")
            recorded = sink.add(
                RecordedResponse(
                    series="base",
                    index=index,
                    attempt=0,
                    stage="draft",
                    genre="essay",
                    template_sha256="",
                    response=response,
                )
            )
            recorded += sink.flush() if choose.random() < 0.2 else []
            os.write(pipe, b"".join(row.index.to_bytes(8, "big") for row in recorded))


def one_life(directory: Path, seed: int, seconds: float) -> list[int]:
    """Start a child, kill it after some time; what it acknowledged."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        record(directory, writing, seed)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        said = stream.read()
    # A last write may be cut by the kill; a whole number was said in full.
    return [int.from_bytes(said[i : i + 8], "big") for i in range(0, len(said) // 8 * 8, 8)]


def main(directory: Path, kills: int, seed: int) -> dict[str, object]:
    """Kill `kills` children; count what was acknowledged, lost, repeated and damaged."""
    choose = random.Random(seed)  # noqa: S311
    Ledger.create(directory / "run.db").close()
    acknowledged: list[int] = []
    for number in range(kills):
        acknowledged += one_life(directory, seed + number, choose.uniform(0.002, 0.05))
    with Ledger.open(directory / "run.db") as ledger:
        found = {row.index: row.response.text for row in ledger.responses("base", 0, 10**9)}
        damage = list(ledger.damage())
    return {
        "acknowledged": len(acknowledged),
        "lost": sum(found.get(index) != text_of(index) for index in acknowledged),
        "repeated": len(acknowledged) - len(set(acknowledged)),
        "damage": damage,
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))  # noqa: T201
