"""A stand-in on a socket: in a thread of this process, or as a process of its own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tests.standin.faults import Faults
from tests.standin.messages import Answer, echo
from tests.standin.server import Standin
from tests.standin.wire import Connection

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def standin(answer: Answer = echo, faults: Faults | None = None, **settings: Any) -> Iterator[Standin]:
    """A server in a thread, on a port of its own; `settings` are those of `Standin`.

    Raises:
        AssertionError: at the end, when the stand-in itself or the test's answer function broke.
    """
    server = Standin(answer, faults, **settings)
    loop = asyncio.new_event_loop()
    ready, stop = threading.Event(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(server, 0, ready, stop),), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
    if server.crashes:
        raise AssertionError(server.crashes[0])


async def serve(server: Standin, port: int, ready: threading.Event, stop: asyncio.Event) -> None:
    """Answer on loopback until `stop`; sets the server's url and then `ready`."""
    connections: set[Connection] = set()
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(
        partial(Connection, server.respond, connections), "127.0.0.1", port, backlog=1024
    )
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    ready.set()
    await stop.wait()
    listener.close()
    for connection in list(connections):
        connection.abort()
    await asyncio.sleep(0)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
    await listener.wait_closed()


class Apart:
    """A stand-in in another process, as seen from this one."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url = url
        self.process = process

    def ask(self, what: str = "state", **sent: Any) -> dict[str, Any]:
        """State of its books; before that, `faults`, `clock` (advance=seconds) or `set` (batch_seconds=...) it."""
        body = json.dumps(sent).encode()
        with urllib.request.urlopen(f"{self.url}/standin/{what}", body, timeout=30) as response:  # noqa: S310
            state: dict[str, Any] = json.load(response)
        return state


@contextmanager
def standin_apart(*arguments: str) -> Iterator[Apart]:
    """A server in a process of its own; `arguments` as `python -m tests.standin --help` has them."""
    command = [sys.executable, "-m", "tests.standin", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port:
            raise AssertionError(f"{command} did not start")
        try:
            yield Apart(f"http://127.0.0.1:{port}", process)
        finally:
            process.kill()
