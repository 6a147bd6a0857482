"""The public surface, and what help may load."""

from __future__ import annotations

import subprocess
import sys

import sdf

HEAVY = ("numpy", "scipy", "pyarrow", "numba", "datasketch", "rich", "anthropic", "langchain", "langchain_core")


def test_the_public_names() -> None:
    assert sdf.__all__ == ["check", "dedup", "generate", "load_constitution", "plan", "project", "status", "verify"]
    for name in sdf.__all__:
        assert getattr(sdf, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(sdf, "generete")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from sdf.cli.main import run\n"
        f"run(['--help']); print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stderr.strip() == "[]"
    assert "generate" in out.stdout
