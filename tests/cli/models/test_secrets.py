"""A key goes through every error there is, and is nowhere afterwards: no file, no line of output, no traceback."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sdf.cli.inputs import Inputs, read_inputs
from sdf.cli.main import run
from tests.run.ghost import MODEL, Ghost
from tests.standin import Fault, Faults, Standin, dropped, echo, overloaded, page, rate_limited, spend_cap, standin

KEY = "sk-ant-S3NT1NEL-7f3a91c2e5b84d60"
N = 1
GENERATE = ["generate", "-n", str(N), "-o", "out", "--genre", "essay"]
PART = re.compile(r"S3NT1NEL|7f3a91c2|e5b84d60")
"""Any of these is too much of the key."""

ERRORS = {
    "400": Fault(status=400, message=f"no such thing as {KEY}"),
    "401": Fault(status=401, message=f"invalid x-api-key: {KEY}"),
    "403": Fault(status=403, message=f"{KEY} may not"),
    "404": Fault(status=404, message=f"not found for {KEY}"),
    "429": rate_limited("1", message=f"{KEY} is too fast"),
    "500": Fault(status=500, message=f"broke on {KEY}"),
    "529": overloaded(message=KEY),
    "spend cap": spend_cap(message=f"cap of {KEY}"),
    "page 502": page(502),
    "a page that quotes it": Fault(status=502, body=f"<html>x-api-key: {KEY}</html>"),
    "a page in place of an answer": Fault(body=f"<html>x-api-key: {KEY}</html>"),
    "reset": dropped(accepts=False),
    "reset after it was taken": dropped(accepts=True),
    "cut": Fault(cut=40),
    "unknown stop": Fault(stop="the_moon_is_full"),
    "moved": Fault(status=302, message=KEY),
}

Leaks = Callable[[], list[str]]


@pytest.fixture
def project(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "MY_KEY"):
        monkeypatch.setenv(variable, KEY)
    monkeypatch.setenv("ANTHROPIC_LOG", "debug")
    monkeypatch.setenv("OPENAI_LOG", "debug")
    return project


@pytest.fixture
def server(project: Path) -> Iterator[Standin]:
    with standin(key=KEY) as started:
        live(project, MODEL, "anthropic", started.url)
        started.answer = Ghost(read_inputs(Inputs(genres=("essay",))), N, attempts=3)
        yield started


@pytest.fixture
def leaks(project: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Leaks:
    """Where the key is by now: files of the project, what was printed, what was logged at any level."""
    caplog.set_level(logging.DEBUG)

    def found() -> list[str]:
        places = [str(path) for path in project.rglob("*") if path.is_file() and in_bytes(path.read_bytes())]
        out, err = capfd.readouterr()
        said = {"stdout": out, "stderr": err, "log": "\n".join(map(str, (*caplog.messages, caplog.text)))}
        return places + [f"{name}: {match[0]}" for name, text in said.items() if (match := PART.search(text))]

    return found


def in_bytes(content: bytes) -> bool:
    return PART.search(content.decode("latin-1")) is not None


def through_langchain(project: Path, server: Standin, more: str = 'key_env = "MY_KEY"') -> None:
    live(project, "openai:local-model", "openai", f"{server.url}/openai/v1", more)
    server.answer = echo


def live(project: Path, model: str, provider: str, url: str, more: str = "") -> None:
    recipe = project / "sdf.toml"
    text = re.sub(r"^(writer|judge) = .*$", rf'\1 = "{model}"', recipe.read_text().split("\n[endpoints")[0], flags=re.M)
    recipe.write_text(f'{text}\n[endpoints.{provider}]\nbase_url = "{url}"\n{more}\n')


def test_the_key_is_looked_for_in_the_right_way(project: Path, leaks: Leaks) -> None:
    (project / "leak").write_text(f"so it is {KEY}")
    sys.stderr.write(KEY)
    logging.getLogger("anyone").debug("the key is %s", KEY)
    assert len(leaks()) == 3


@pytest.mark.parametrize("fault", ERRORS.values(), ids=ERRORS.keys())
@pytest.mark.parametrize("how", [[], ["--batch"]], ids=["realtime", "batch"])
def test_no_error_of_a_server_tells_the_key(server: Standin, leaks: Leaks, fault: Fault, how: list[str]) -> None:
    routes = ("messages", "batches.create", "batches.list", "batches.retrieve", "batches.results")
    server.faults = Faults(script=tuple(replace(fault, route=route, times=2) for route in routes))
    for _ in routes:
        if run([*GENERATE, *how]) == 0:
            break
    run(["status", "out"])
    assert leaks() == []


def test_no_result_of_a_batch_tells_the_key(server: Standin, leaks: Leaks) -> None:
    server.faults = Faults(errored=0.5, error_status=401, foreign=0.5, doubled=0.5, unknown_type=0.2, seed=2)
    run([*GENERATE, "--batch"])
    assert leaks() == []


@pytest.mark.parametrize("fault", ERRORS.values(), ids=ERRORS.keys())
def test_no_error_on_the_road_of_langchain_tells_the_key(
    project: Path, server: Standin, leaks: Leaks, fault: Fault
) -> None:
    through_langchain(project, server)
    server.faults = Faults(script=(replace(fault, times=12),))
    run(GENERATE)
    assert server.books.served["chat"]
    assert leaks() == []


def test_a_key_of_a_provider_goes_to_no_other_server(project: Path, server: Standin) -> None:
    through_langchain(project, server, more="")
    run([*GENERATE, "-q"])
    assert server.books.served["chat"]
    assert not any(PART.search(str(dict(seen.headers))) for seen in server.seen)


def test_no_other_command_tells_the_key(server: Standin, leaks: Leaks) -> None:
    for command in (
        ["doctor"],
        ["doctor", "--json"],
        ["plan", "-n", "5", "--genre", "essay"],
        ["preview", "-n", "1", "--genre", "essay", "--prompts"],
        ["preview", "-n", "1", "--genre", "essay", "--json"],
        GENERATE,
        ["show", "out"],
        ["verify", "out"],
        ["status", "out"],
    ):
        assert run(command) == 0, command
    server.answer = echo
    assert run(["doctor", "--probe"]) == 0
    assert leaks() == []


def test_a_wrong_key_is_not_told_either(server: Standin, leaks: Leaks) -> None:
    server.key = "another"
    for command in (GENERATE, ["preview", "-n", "1", "--genre", "essay"], ["doctor", "--probe"]):
        assert run(command) != 0
    assert leaks() == []


@pytest.mark.parametrize("where", ["sdf.providers.anthropic.sender.parse_message", "sdf.run.exchange.Exchange._take"])
def test_a_crash_in_the_middle_of_a_call_tells_no_key(
    server: Standin, leaks: Leaks, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a fault of the program")

    monkeypatch.setattr(where, broken)
    with pytest.raises(ZeroDivisionError) as crash:
        run(GENERATE)
    # With the values of all variables, as debuggers and error reporters show them.
    shown = str(crash.getrepr(style="long", showlocals=True, truncate_locals=False))
    assert not PART.search(shown)
    assert leaks() == []


@pytest.mark.parametrize("fault", ["401", "500", "unknown stop", "a page in place of an answer"])
@pytest.mark.parametrize("model", [MODEL, "openai:local-model"])
def test_a_process_in_development_mode_tells_no_key(
    project: Path, server: Standin, leaks: Leaks, fault: str, model: str
) -> None:
    if model != MODEL:
        through_langchain(project, server)
    server.faults = Faults(script=(replace(ERRORS[fault], times=0 if fault == "401" else 1),))
    with subprocess.Popen(
        [sys.executable, "-X", "dev", "-m", "sdf", *GENERATE],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONASYNCIODEBUG": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as child:
        told = child.communicate(timeout=60)[0]
    assert server.seen
    assert not PART.search(told)
    assert leaks() == []


def test_a_killed_process_leaves_no_key_in_its_log(project: Path, server: Standin, leaks: Leaks) -> None:
    server.latency = 0.05
    with subprocess.Popen(
        [sys.executable, "-m", "sdf", *GENERATE],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as child:
        while not server.books.served["messages"] > 2:
            assert child.poll() is None
        child.kill()
    assert (project / "out/run.db-wal").exists()
    assert leaks() == []
