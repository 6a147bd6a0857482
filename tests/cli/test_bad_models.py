"""What models, keys, servers and clocks do to a run: one clear outcome each, no traceback, and nothing lost."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Self

import pytest

from sdf.cli.inputs import Inputs, read_inputs
from sdf.cli.main import run
from sdf.files import read_shard
from tests.providers.virtual_clock import VirtualClock
from tests.run.ghost import MODEL, Ghost
from tests.standin import Fault, Faults, Reply, Standin, page, spend_cap, standin
from tests.standin.limits import Model

KEY = "sk-ant-stand-in"
N = 3
GENERATE = ["generate", "-n", str(N), "-o", "out", "--genre", "essay", "-q"]
STATUS = ["status", "out", "--json"]

Told = Callable[..., str]


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


def live(project: Path, url: str, *, provider: str = "anthropic", model: str = MODEL, more: str = "") -> None:
    """Let a model behind an endpoint write and judge."""
    recipe = project / "sdf.toml"
    text = recipe.read_text().split("\n[endpoints", 1)[0].replace('"offline"', f'"{model}"')
    recipe.write_text(f'{text}\n[endpoints.{provider}]\nbase_url = "{url}"\n{more}\n')


def documents(project: Path) -> list[dict[str, Any]]:
    return [json.loads(row) for shard in sorted((project / "out/documents").glob("*.zst")) for row in read_shard(shard)]


def finishes(project: Path, told: Told) -> None:
    """The same command goes on, and the run becomes whole."""
    told(GENERATE, 0)
    told(["verify", "out"], 0)
    assert len(documents(project)) == N


# --- before anything is written ------------------------------------------------


def test_a_missing_key_names_its_variable(
    project: Path, server: Standin, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    said = told(GENERATE, 1)
    assert "ANTHROPIC_API_KEY is not set" in said
    assert "export ANTHROPIC_API_KEY=" in said
    assert not (project / "out").exists()


@pytest.mark.parametrize(("provider", "model"), [("anthropic", MODEL), ("openai", "openai:local-model")])
def test_the_variable_that_the_recipe_names_is_the_one_asked_for(
    project: Path, told: Told, provider: str, model: str
) -> None:
    live(project, "http://127.0.0.1:9", provider=provider, model=model, more='key_env = "MY_OWN_KEY"')
    said = told(GENERATE, 1)
    assert "MY_OWN_KEY is not set" in said
    assert "[endpoints]" in said
    assert not (project / "out").exists()


@pytest.mark.parametrize("key", ["two words", "sk\nant", "schlüssel"])
def test_a_key_that_cannot_be_one_is_not_repeated(
    project: Path, server: Standin, told: Told, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", key)
    said = told(GENERATE, 1)
    assert "ANTHROPIC_API_KEY holds" in said
    assert key not in said


@pytest.mark.parametrize("url", ["localhost:8000", "here", "ftp://127.0.0.1", "http://", "http://a:b@127.0.0.1:1"])
def test_a_base_url_that_is_none_is_refused(project: Path, told: Told, url: str) -> None:
    live(project, url)
    said = told(GENERATE, 1)
    assert "base_url" in said
    assert "https://host:port" in said
    assert not (project / "out").exists()


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("antropic:claude-haiku-5-5", "Did you mean `anthropic:`"),
        ("nobody:x", "Known:"),
        ("claude-haiku-5-5", "PROVIDER:MODEL"),
        ("openai:", "PROVIDER:MODEL"),
        ("files:", "PROVIDER:MODEL"),
    ],
)
def test_an_unknown_provider_is_named(project: Path, told: Told, model: str, says: str) -> None:
    assert says in told([*GENERATE, "--model", model], 1)
    assert not (project / "out").exists()


def test_a_budget_over_a_model_without_a_price_is_refused(project: Path, server: Standin, told: Told) -> None:
    said = told([*GENERATE, "--model", "anthropic:claude-haiku-6", "--budget", "5"], 1)
    assert "has no price" in said
    assert "claude-haiku-5-5" in said
    assert not (project / "out").exists()


def test_submit_goes_with_batch(project: Path, server: Standin, told: Told) -> None:
    assert "--submit goes with --batch" in told([*GENERATE, "--submit"], 64)


def test_a_model_without_batches_says_which_has_them(project: Path, told: Told) -> None:
    said = told([*GENERATE, "--batch"], 1)
    assert "has no batches" in said
    assert "anthropic:" in said


def test_the_offline_writer_says_that_it_is_english(project: Path, told: Told) -> None:
    recipe = project / "sdf.toml"
    recipe.write_text(recipe.read_text() + "\n[locales]\nja = 1\n")
    assert "English" in told(GENERATE, 1)


@pytest.mark.parametrize("variable", ["LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"])
def test_tracing_that_the_environment_switches_on_is_refused(
    project: Path, server: Standin, told: Told, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "true")
    live(project, f"{server.url}/openai/v1", provider="openai", model="openai:local-model")
    said = told([*GENERATE, "--model", "openai:local-model"], 1)
    assert f"Unset {variable}" in said
    assert "--allow-tracing" in said
    assert not (project / "out").exists()
    assert not server.seen


# --- a person has to act, and the same command goes on -------------------------


@pytest.mark.parametrize("batch", [[], ["--batch"]], ids=["realtime", "batch"])
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(status=401, times=0, skip=2), "Set ANTHROPIC_API_KEY to a valid key"),
        (Fault(status=402, times=0, skip=2), "billing"),
        (Fault(status=400, times=0, skip=2, message="Your credit balance is too low to use the API."), "billing"),
        (spend_cap(skip=2), "limits"),
        (Fault(status=403, times=0, skip=2), "access to anthropic:claude-haiku-5-5"),
    ],
    ids=["key", "billing", "credit", "spend cap", "access"],
)
def test_what_no_waiting_mends_halts_and_goes_on(  # noqa: PLR0917
    project: Path, server: Standin, told: Told, fault: Fault, says: str, batch: list[str]
) -> None:
    server.faults = Faults(script=(fault,))
    assert says in told([*GENERATE, *batch], 4)
    assert len(server.seen) < 20
    server.faults = Faults()
    told([*GENERATE, *batch], 0)
    assert len(documents(project)) == N
    assert not server.books.twice


def test_a_wrong_key_is_named_by_its_variable(
    project: Path, server: Standin, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-of-somebody-else")
    said = told(GENERATE, 4)
    assert "ANTHROPIC_API_KEY" in said
    assert "somebody-else" not in said
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    finishes(project, told)


def test_an_unknown_model_is_told_the_nearest(project: Path, server: Standin, told: Told) -> None:
    live(project, server.url)
    said = told([*GENERATE, "--model", "anthropic:claude-haiku-55"], 4)
    assert "`anthropic:claude-haiku-5-5`" in said
    assert server.books.served["messages"] < 10


def test_a_budget_below_one_request_spends_nothing(project: Path, server: Standin, told: Told) -> None:
    said = told([*GENERATE, "--budget", "0.0001"], 4)
    assert "--budget" in said
    assert not server.books.paid
    finishes(project, told)


@pytest.mark.parametrize("batch", [[], ["--batch"]], ids=["realtime", "batch"])
def test_a_server_that_is_not_there_is_given_up(
    project: Path, told: Told, capsys: pytest.CaptureFixture[str], batch: list[str]
) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        # Nobody listens, so every call is refused.
        live(project, f"http://127.0.0.1:{taken.getsockname()[1]}")
        said = told([*GENERATE, *batch], 4)
    assert "127.0.0.1" in said
    assert "base_url" in said


def test_a_server_that_went_away_while_batches_are_out_is_given_up(project: Path, server: Standin, told: Told) -> None:
    server.batch_seconds = 3600
    told([*GENERATE, "--batch", "--submit"], 3)
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        live(project, f"http://127.0.0.1:{taken.getsockname()[1]}")
        said = told([*GENERATE, "--batch"], 4)
    assert "127.0.0.1" in said
    server.clock.advance(4000)
    server.batch_seconds = 0
    live(project, server.url)
    told([*GENERATE, "--batch"], 0)
    assert not server.books.twice


@pytest.mark.parametrize("status", [200, 502])
def test_a_page_in_place_of_every_answer_ends(project: Path, server: Standin, told: Told, status: int) -> None:
    server.faults = Faults(script=(page(status, times=0),))
    said = told(GENERATE, 4)
    assert "<html>" in said
    assert len(server.seen) < 1000
    server.faults = Faults()
    finishes(project, told)


@pytest.mark.parametrize("n", ["3", "30"])
def test_a_prompt_beyond_the_window_says_so(project: Path, server: Standin, told: Told, n: str) -> None:
    server.models["claude-haiku-5-5"] = Model(window=300)
    said = told(["generate", "-n", n, *GENERATE[3:]], 4)
    assert "prompt is too long" in said
    assert len(server.seen) < 100
    assert json.loads(told(STATUS, 3))["requests"] == 0


def test_a_prompt_that_fits_after_all_goes_on(project: Path, server: Standin, told: Told) -> None:
    server.models["claude-haiku-5-5"] = Model(window=300)
    told(GENERATE, 4)
    server.models["claude-haiku-5-5"] = Model()
    finishes(project, told)


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
