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


def test_the_functions_stay_functions_once_the_folders_of_their_names_are_imported() -> None:
    code = (
        "import sdf, sdf.check.form, sdf.dedup.verify; from sdf import check, dedup;"
        "from sdf.check.form import check_form; print(callable(sdf.check), callable(sdf.dedup), check is sdf.check)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["True", "True", "True"]
