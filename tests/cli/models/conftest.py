"""A project, a stand-in behind it, and commands whose words are read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sdf.cli.inputs import Inputs, read_inputs
from sdf.cli.main import run
from tests.cli.models.live import KEY, N, Told, live
from tests.providers.virtual_clock import VirtualClock
from tests.run.ghost import Ghost
from tests.standin import Standin, standin


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setattr("sdf.providers.choose.SystemClock", VirtualClock)
    assert run(["init", ".", "--model", "Orin", "--developer", "Fathom Bay", "--document", "Orin's constitution"]) == 0
    return tmp_path


@pytest.fixture
def server(project: Path) -> Iterator[Standin]:
    with standin(key=KEY) as started:
        live(project, started.url)
        started.answer = Ghost(read_inputs(Inputs(genres=("essay",))), N, attempts=3)
        yield started


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """Run a command that ends with this code; what it printed, as one text."""

    def printed(arguments: list[str], code: int) -> str:
        capsys.readouterr()
        ended = run(arguments)
        said = "".join(capsys.readouterr())
        assert ended == code, said
        assert "Traceback" not in said
        assert KEY not in said
        return said

    return printed
