"""Bad answers among good ones, from servers and from files: no traceback, and nothing lost."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Self

import pytest

from tests.cli.models.live import GENERATE, STATUS, N, Told, documents
from tests.standin import Faults, Reply, Standin, page

# --- one bad answer among good ones --------------------------------------------


@pytest.mark.parametrize("batch", [[], ["--batch"]], ids=["realtime", "batch"])
@pytest.mark.parametrize(
    "bad",
    [
        Reply("x" * 5_000_000, uncut=True),
        Reply("\ud800 half of a pair \udfff"),
        Reply("Cut off", stop_reason="the_moon_is_full"),
        Reply("Cut off", stop_reason="pause_turn"),
    ],
    ids=["5 MB", "surrogates", "unknown stop", "pause"],
)
def test_a_bad_answer_costs_one_attempt(
    project: Path, server: Standin, told: Told, bad: Reply, batch: list[str]
) -> None:
    good, calls = server.answer, count()
    # The first call of all, which goes out alone, and the last of the first batch.
    server.answer = lambda params: bad if next(calls) in {0, 2} else good(params)
    told([*GENERATE, *batch], 0)
    told(["verify", "out"], 0)
    assert len(documents(project)) == N
    assert not any(bad.text[:10] in document["text"] for document in documents(project))


@pytest.mark.parametrize("batch", [[], ["--batch"]], ids=["realtime", "batch"])
@pytest.mark.parametrize("status", [200, 502])
def test_a_few_pages_in_place_of_answers_cost_nothing(
    project: Path, server: Standin, told: Told, status: int, batch: list[str]
) -> None:
    server.faults = Faults(script=(page(status, times=2), page(status, times=2, skip=6)))
    told([*GENERATE, *batch], 0)
    told(["verify", "out"], 0)
    assert len(documents(project)) == N
    assert not server.books.twice


@pytest.mark.parametrize("years", [-10, 10])
@pytest.mark.parametrize("batch", [[], ["--batch"]], ids=["realtime", "batch"])
def test_a_clock_that_jumps_changes_nothing(  # noqa: PLR0917
    project: Path, server: Standin, told: Told, monkeypatch: pytest.MonkeyPatch, years: int, batch: list[str]
) -> None:
    class Jumping(datetime):
        jumps = 0

        @classmethod
        def now(cls, tz: Any = None) -> Self:
            # Every other look at it is years away.
            Jumping.jumps += 1
            there = datetime.now(tz) + timedelta(days=365 * years * (Jumping.jumps % 2))
            return cls.fromtimestamp(there.timestamp(), tz)

    for module in ("sdf.run.generate", "sdf.run.setup", "sdf.run.estimate"):
        monkeypatch.setattr(f"{module}.datetime", Jumping, raising=False)
    told([*GENERATE, *batch], 0)
    assert Jumping.jumps
    told(["verify", "out"], 0)
    assert len(documents(project)) == N
    assert not server.books.twice
    # A date before all prices leaves answers unpriced, and says so; it never calls them free.
    status = json.loads(told(STATUS, 0))
    assert (status["cost_usd"] > 0) != (status["unpriced"] == status["requests"])


# --- answers from files ---------------------------------------------------------


def answer_line(custom_id: str, text: str) -> str:
    choice = {"message": {"content": text}, "finish_reason": "stop"}
    body = {"model": "m", "choices": [choice], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}
    return json.dumps({"custom_id": custom_id, "response": {"status_code": 200, "body": body}}) + "\n"


@pytest.fixture
def asked(project: Path, told: Told) -> list[str]:
    """Ids of the first round of requests, which wait in `files`."""
    said = told([*GENERATE, "--model", "files:files"], 3)
    assert "requests wait in files/requests-" in said
    (written,) = (project / "files").glob("requests-*.jsonl")
    return [json.loads(line)["custom_id"] for line in written.read_text().splitlines()]


def test_an_answer_to_nobody_is_no_answer(project: Path, told: Told, asked: list[str]) -> None:
    (project / "files/answers.jsonl").write_text(answer_line("f" * 40, "A stranger's."))
    assert f"{len(asked)} requests wait" in told([*GENERATE, "--model", "files:files"], 3)
    assert json.loads(told(STATUS, 3))["requests"] == 0


def test_two_answers_to_one_request_are_for_a_person_to_choose(project: Path, told: Told, asked: list[str]) -> None:
    lines = answer_line(asked[0], "One.") + answer_line(asked[0], "Another.")
    (project / "files/answers.jsonl").write_text(lines)
    said = told([*GENERATE, "--model", "files:files"], 1)
    assert "files/answers.jsonl:2" in said
    assert "two different answers" in said
    assert json.loads(told(STATUS, 3))["requests"] == 0


@pytest.mark.parametrize("line", ["<html>502</html>", "[]", "{}", '{"custom_id": 7}', "\ud800", "null", "[" * 100_000])
def test_a_line_that_is_no_answer_is_named(project: Path, told: Told, asked: list[str], line: str) -> None:
    path = project / "files/answers.jsonl"
    path.write_bytes(f"{answer_line(asked[0], 'One.')}{line}\n".encode("utf-8", "surrogatepass"))
    said = told([*GENERATE, "--model", "files:files"], 1)
    assert "files/answers.jsonl:2" in said
