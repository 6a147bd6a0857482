"""The client against other clients, in CPU seconds and memory: `python -m benchmarks.client [PYTHON]`.

A stand-in of the API runs as a process of its own; what it uses is not counted. Each
client is a process of its own, too, warmed before it is measured, and they take turns.
PYTHON is the interpreter of an environment with langchain-anthropic, where that is not
this one; it is no dependency of the project's.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from tests.standin import standin_apart

ROOT = Path(__file__).resolve().parents[1]
WARMING, ROUND, ROUNDS = 300, 1_000, 7
ROWS = (10_000, 200_000)
WINDOW = 4_000
"""As many requests as the waves of a run hold that are open at a time."""


class Client:
    """An arm of `client_arms` in its process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.versions = self._told()
        self.rates: list[float] = []

    def send(self, count: int) -> float:
        """Send so many requests; requests a CPU second."""
        assert self._process.stdin is not None  # noqa: S101 - opened with pipes
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        return count / float(self._told())

    def _told(self) -> str:
        assert self._process.stdout is not None  # noqa: S101
        line = self._process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"a client broke: {self._process.args!r}")
        return line


@contextmanager
def client(name: str, url: str, python: str) -> Iterator[Client]:
    """A client that is warm."""
    command = [python, "-m", "benchmarks.client_arms", name, url]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        started = Client(process)
        started.send(WARMING)
        yield started


def compare(python: str | None) -> None:
    """Requests a CPU second of each client, turn by turn, and ours over the others'."""
    arms = {"ours": sys.executable, "sdk": sys.executable} | ({"langchain": python} if python else {})
    with standin_apart("--answer", "benchmarks.client_work:document") as server, ExitStack() as stack:
        clients = {name: stack.enter_context(client(name, server.url, path)) for name, path in arms.items()}
        for _ in range(ROUNDS):
            for one in clients.values():
                one.rates.append(one.send(ROUND))
    _print_rates(clients)
    for name, least in (("sdk", 0.8), ("langchain", 1.5)):
        if name in clients:
            ratios = [a / b for a, b in zip(clients["ours"].rates, clients[name].rates, strict=True)]
            print(f"ours / {name:22} {median(ratios):6.2f}  ({min(ratios):.2f} to {max(ratios):.2f}; at least {least})")
        else:
            print(f"ours / {name:22}  langchain-anthropic is not installed; name an interpreter that has it")


def _print_rates(clients: Mapping[str, Client]) -> None:
    print(f"requests a CPU second, {ROUNDS} rounds of {ROUND:,} in turn   median  (least to most)")
    for name, one in clients.items():
        low, mid, high = min(one.rates), median(one.rates), max(one.rates)
        print(f"  {name:10} {one.versions:44} {mid:7.0f}  ({low:.0f} to {high:.0f})")


def memory() -> None:
    """Peak memory of a client by batch, small and large."""
    peaks = []
    for rows in ROWS:
        with standin_apart("--answer", "benchmarks.client_work:brief_words") as server:
            peak, cpu = _child("benchmarks.client_batch", str(rows), server.url, str(WINDOW)).split()
        peaks.append(int(peak) / 1024)
        print(f"{rows:>9,} rows by batch: {peaks[-1]:6.1f} MB at most, {rows / float(cpu):,.0f} rows a CPU second")
    print(f"memory from {ROWS[0]:,} to {ROWS[1]:,} rows: {peaks[1] - peaks[0]:+.1f} MB  (50)")


def preparation() -> None:
    """Requests rendered, packed and recorded a CPU second."""
    for shared in ("0", "20000"):
        told = json.loads(_child("benchmarks.client_prepare", "500", shared))
        parts = {name: told[name] for name in ("render", "pack", "record")}
        said = ", ".join(f"{name} {seconds / told['requests'] * 1e6:.0f} us" for name, seconds in parts.items())
        rate = told["requests"] / sum(parts.values())
        print(f"render, pack and record with {told['shared'] / 1000:.0f} KB shared: {rate:6,.0f} a CPU second ({said})")
    print("at least 1,000 with 20 KB")


def _child(module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def main(python: str | None) -> None:
    """Print the figures."""
    compare(python or (sys.executable if find_spec("langchain_anthropic") else None))
    preparation()
    memory()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
