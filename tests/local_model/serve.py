"""A real language model behind an OpenAI-compatible address on loopback, in a process of its own."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
GRAMMAR = HERE / "answers.gbnf"
NAME = "smollm2"
PASSIVE = {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": "0"}
"""As many threads as cores spin while they wait, and one other process slows them twentyfold."""


@contextmanager
def served(weights: Path, *, window: int = 8192, slots: int = 4, grammar: Path | None = None) -> Iterator[str]:
    """The base URL of a server that stops at the end, or when this process is gone.

    `window` is in tokens for one call; `slots` calls are answered at a time.
    """
    command = [sys.executable, "-m", "tests.local_model.serve", str(weights), str(window), str(slots)]
    command += ["--grammar", str(grammar)] if grammar else []
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | PASSIVE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            if not address:
                raise AssertionError(f"{command} did not start")
            yield f"{address}/v1"
        finally:
            process.stdin.close()
            process.wait(timeout=30)


def serve(weights: Path, window: int, slots: int, grammar: Path | None) -> None:
    """Answer until standard input ends. The sampling is a server's affair: no request names any."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.model_alias = {NAME}
    params.n_gpu_layers, params.verbosity = 0, -1
    # The server divides its window among the slots.
    params.n_parallel, params.n_ctx = slots, window * slots
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = os.cpu_count() or 1
    params.sampling.temp, params.sampling.min_p, params.sampling.penalty_repeat = 0.5, 0.05, 1.1
    params.sampling.seed = 7
    if grammar is not None:
        kind = xllamacpp.common_grammar_type.COMMON_GRAMMAR_TYPE_USER
        params.sampling.grammar = xllamacpp.CommonGrammar(kind, grammar.read_text(encoding="utf-8"))
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("weights", type=Path)
    parser.add_argument("window", type=int)
    parser.add_argument("slots", type=int)
    parser.add_argument("--grammar", type=Path)
    asked = parser.parse_args()
    serve(asked.weights, asked.window, asked.slots, asked.grammar)
