"""The command line, as a person meets it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sdf.cli.console import safe
from sdf.cli.inputs import parse_tokens
from sdf.cli.main import COMMANDS, run
from sdf.errors import RecipeError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    names = ["--model", "Orin", "--developer", "Fathom Bay", "--document", "Orin's constitution"]
    assert run(["init", ".", *names]) == 0
    return tmp_path


def test_a_first_visit(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["constitution"]) == 0
    assert run(["plan", "-n", "100"]) == 0
    assert run(["generate", "-n", "9", "--genre", "essay", "-o", "outputs/a", "-q"]) == 0
    assert run(["status", "outputs/a"]) == 0
    assert run(["verify", "outputs/a"]) == 0
    out = capsys.readouterr().out
    assert "18 principles" in out
    assert "Principles reached" in out
    assert "everything is as it was written" in out


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    assert "Usage: sdf " + name in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["generat"], 64, "No such command"),
        (["generate", "-n", "0"], 64, "-n"),
        (["generate", "-n", "5", "--genre", "esay"], 1, "there is no genre `esay`"),
        (["generate", "-n", "5", "--model", "nobody:x"], 1, "no provider `nobody` for the model"),
        (["generate", "-n", "5", "--constitution", "gone.md"], 1, "gone.md"),
        (["plan", "--tokens", "lots"], 1, "no number of tokens"),
        (["status", "nowhere"], 1, "nowhere"),
        (["verify", "nowhere"], 1, "nowhere"),
        (["init"], 1, "a project here already"),
    ],
)
def test_what_goes_wrong_is_one_clear_error(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, says: str
) -> None:
    assert run(arguments) == code
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert says in told
    assert "Traceback" not in told


def test_an_unset_placeholder_names_line_and_fix(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = (project / "sdf.toml").read_text()
    (project / "sdf.toml").write_text(re.sub(r"\[identity\](.|\n)*?\n\n", "", recipe, count=1))
    assert run(["plan"]) == 1
    told = capsys.readouterr().err
    assert re.search(r"constitution\.md:\d+", told)
    assert "[identity]" in told


def test_init_asks_for_the_identity(tmp_path: Path) -> None:
    out = subprocess.run(
        [sys.executable, "-m", "sdf", "init", str(tmp_path / "p")],
        input='Or"in\nFathom \\Bay\n\n',
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Next:" in out.stdout
    shown = subprocess.run(
        [sys.executable, "-m", "sdf", "plan", "-n", "20"],
        cwd=tmp_path / "p",
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr


def test_json_is_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["plan", "-n", "50"],
        ["genres"],
        ["constitution"],
        ["doctor"],
        ["preview", "-n", "1", "--genre", "essay"],
    ):
        assert run([*arguments, "--json"]) == 0
        json.loads(capsys.readouterr().out)


def test_a_new_genre_works_at_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["genres", "new", "sermon", "--from", "essay"]) == 0
    assert run(["genres", "check", "sermon"]) == 0
    assert run(["generate", "-n", "3", "--genre", "sermon", "-q"]) == 0
    assert run(["genres", "new", "sermon", "--from", "essay"]) == 1
    assert "there is a pack of this name" in capsys.readouterr().err


def test_an_interrupt_says_how_to_go_on(project: Path) -> None:
    command = [sys.executable, "-m", "sdf", "generate", "-n", "3000", "--genre", "essay", "-o", "outputs/long", "-q"]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (project / "outputs/long/run.db").exists():
        time.sleep(0.02)
    time.sleep(0.3)
    child.send_signal(signal.SIGINT)
    told = child.communicate(timeout=60)[1]
    assert child.returncode == 130, told
    assert "Go on with: sdf generate -n 3000" in told
    assert run(["status", "outputs/long"]) == 3


def test_doctor_never_shows_a_key(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-sentinel-0123456789")
    assert run(["doctor"]) == 0
    told = capsys.readouterr()
    assert "ANTHROPIC_API_KEY is set" in told.out
    assert "sentinel" not in told.out + told.err


def test_nothing_that_a_terminal_obeys_is_printed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b]52;c;aGk=\x07 \x1b[31m \u202e \x9b [/INST] [red]"
    (project / "constitution.md").write_text(
        f"# Odd {hostile}\n\n" + "It says what is so because people rely on it. " * 8
    )
    run(["constitution"])
    out = capsys.readouterr().out
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", out)
    assert "[/INST]" in out
    assert safe("a\x1bb") == "a\ufffdb"


def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    command = [sys.executable, "-m", "sdf", "preview", "-n", "2", "--prompts", "--genre", "essay"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.readline()
    child.stdout.close()
    told = child.stderr.read()
    child.wait(timeout=60)
    child.stderr.close()
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("text", "tokens"), [("250k", 250_000), ("100M", 10**8), ("1.5B", 1_500_000_000), ("7000", 7000)]
)
def test_tokens_are_read(text: str, tokens: int) -> None:
    assert parse_tokens(text) == tokens


@pytest.mark.parametrize("text", ["", "M", "-5", "nan", "1e99", "many"])
def test_no_number_is_refused(text: str) -> None:
    with pytest.raises(RecipeError):
        parse_tokens(text)


def test_a_plan_says_what_it_costs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "-n", "100"]) == 0
    offline = capsys.readouterr().out
    assert offline.endswith("offline: nothing is sent\n")
    assert "dollars" not in offline

    assert run(["plan", "-n", "100", "--model", "anthropic:claude-sonnet-5-5"]) == 0
    priced = capsys.readouterr().out
    assert re.search(r"^rewrite +anthropic:claude-sonnet-5-5 +100 - 160 .* [\d.]+ - [\d.]+$", priced, re.M)
    assert re.search(r"^[\d.]+ - [\d.]+ dollars for a million accepted tokens\.$", priced, re.M)
    assert "The range assumes one call at a time" in priced

    assert run(["plan", "-n", "100", "--model", "anthropic:claude-sonet-5-5"]) == 0
    unknown = capsys.readouterr().out
    assert "anthropic:claude-sonet-5-5 is unpriced" in unknown
    assert "Known near it: anthropic:claude-sonnet-5-5" in unknown
    assert "0.00" not in unknown


def test_a_plan_gives_its_price_to_programs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "-n", "10000000", "--model", "anthropic:claude-haiku-5-5", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["estimate"]
    assert told["documents"] == 10_000_000
    assert 0 < told["usd"]["low"] < told["usd"]["high"]
