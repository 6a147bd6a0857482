"""`python -m tests.standin`: a stand-in as a process of its own, which says its port and serves until it is killed."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import sys
import threading
from pathlib import Path

from tests.standin.faults import Faults, faults_from
from tests.standin.messages import echo
from tests.standin.serve import serve
from tests.standin.server import Standin


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--script", type=Path, help="JSON with the fields of Faults")
    parser.add_argument("--answer", default="", help="module:function instead of the echo")
    parser.add_argument("--key", default="sk-ant-stand-in")
    parser.add_argument("--batch-seconds", type=float, default=0.0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer of a model")
    asked = parser.parse_args()
    module, _, name = asked.answer.partition(":")
    server = Standin(
        getattr(importlib.import_module(module), name) if module else echo,
        faults_from(json.loads(asked.script.read_text("utf-8"))) if asked.script else Faults(),
        key=asked.key,
        batch_seconds=asked.batch_seconds,
        latency=asked.latency,
        keep=0,
    )
    asyncio.run(_serve(server, asked.port))


async def _serve(server: Standin, port: int) -> None:
    ready = threading.Event()
    serving = asyncio.create_task(serve(server, port, ready, asyncio.Event()))
    while not ready.is_set() and not serving.done():
        await asyncio.sleep(0)
    sys.stdout.write(server.url.rpartition(":")[2] + "\n")
    sys.stdout.flush()
    await serving


if __name__ == "__main__":
    main()
