"""A real model, served on loopback, behind the command line as a user has it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sdf.cli.generate import INCOMPLETE
from sdf.records import StopReason
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedResponse
from sdf.run.tally import tally
from tests.local_model.serve import GRAMMAR, HERE, NAME, ROOT, served

WEIGHTS = Path(os.environ["SDF_LOCAL_MODEL"])
Written = tuple[Path, subprocess.CompletedProcess[str]]

MODEL = f"openai:{NAME}"
GENERATE = ("generate", "--genre", "note", "--model", MODEL, "-o", "run")
HALTED = 4
N = 2

RECIPE = """\
[identity]
model = "Wren"
developer = "Harbour Works"
document = "the house rules"

[plan]
tension_share = 0

[run]
concurrency = 4

[endpoints.openai]
base_url = "{url}"
"""


def sdf(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, without any key."""
    environ = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    return subprocess.run(
        [sys.executable, "-m", "sdf", *arguments],
        cwd=project,
        env=environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def project(folder: Path, url: str) -> Path:
    """A project for a model with a small window: a short constitution, and a pack cut down to it."""
    (folder / "sdf.toml").write_text(RECIPE.format(url=url), encoding="utf-8")
    shutil.copy(HERE / "constitution.md", folder)
    assert sdf(folder, "genres", "new", "note", "--from", "parable").returncode == 0
    pack = folder / "genres/note"
    for template in ("premise.j2", "draft.j2", "rewrite.j2", "judge.j2"):
        shutil.copy(HERE / template, pack)
    genre = (pack / "genre.toml").read_text(encoding="utf-8")
    (pack / "genre.toml").write_text(re.sub(r"max_tokens = \d+", "max_tokens = 240", genre), encoding="utf-8")
    return folder


def answers(run: Path) -> list[RecordedResponse]:
    with Ledger.open(run / "run.db", read_only=True) as ledger:
        return list(ledger.responses("base", 0, N))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A project with a run that has ended, and how; the server is gone."""
    with served(WEIGHTS, grammar=GRAMMAR) as url:
        folder = project(tmp_path_factory.mktemp("project"), url)
        ended = sdf(folder, *GENERATE, "-n", str(N), "--json")
    return folder, ended


def test_a_run_ends_with_every_brief_accounted_for(written: Written) -> None:
    _, ended = written
    assert ended.returncode in {0, INCOMPLETE}, ended.stderr
    summary: dict[str, Any] = json.loads(ended.stdout)
    assert summary["documents"] + summary["unfilled"] == N
    assert (ended.returncode == INCOMPLETE) == (summary["unfilled"] > 0)


def test_every_answer_is_recorded_with_its_model_and_tokens(written: Written) -> None:
    folder, _ = written
    rows = answers(folder / "run")
    assert {"premise", "draft", "rewrite"} <= {row.stage for row in rows}
    for row in rows:
        assert row.response.model == MODEL
        assert row.response.error is None
        assert row.response.stop in {StopReason.end, StopReason.length}
        assert row.response.usage.output > 0
        assert row.response.usage.input + row.response.usage.cache_read > 0
        assert row.cost is None, "a model of one's own has no price"


def test_what_fails_its_checks_is_rejected_and_counted(written: Written) -> None:
    folder, ended = written
    summary = json.loads(ended.stdout)
    with Ledger.open(folder / "run/run.db", read_only=True) as ledger:
        counted = tally(ledger)
        rejected = [reason for outcome, reason in ledger.reasons() if outcome == "rejected"]
    assert counted.problems == ()
    assert rejected
    assert all(rejected)
    assert sum(summary["rejections"].values()) == sum(counted.attempts.values()) - counted.accepted
    assert sdf(folder, "verify", "run").returncode == 0


def test_running_again_sends_nothing(written: Written) -> None:
    folder, ended = written
    before = (folder / "run/manifest.json").read_bytes()
    # Nobody listens there any more.
    again = sdf(folder, *GENERATE, "-n", str(N), "--json")
    assert (again.returncode, again.stdout) == (ended.returncode, ended.stdout)
    assert (folder / "run/manifest.json").read_bytes() == before


def test_a_prompt_larger_than_the_window_is_one_clear_outcome(tmp_path: Path) -> None:
    with served(WEIGHTS, window=512) as url:
        folder = project(tmp_path, url)
        few = sdf(folder, *GENERATE, "-n", str(N))
        many = sdf(folder, *GENERATE[:-1], "many", "-n", "20")
    # No prompt fits: that is the setting's fault and no row's, however few they are.
    assert answers(folder / "run") == []
    for ended in (few, many):
        assert ended.returncode == HALTED
        assert "exceeds the available context size (512 tokens)" in ended.stderr
    assert "Traceback" not in few.stderr + many.stderr
