"""Keys, servers, budgets and settings that stop a run: one clear outcome each, and the same command goes on."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.models.live import GENERATE, KEY, STATUS, N, Told, documents, finishes, live
from tests.run.ghost import MODEL
from tests.standin import Fault, Faults, Standin, page, spend_cap
from tests.standin.limits import Model

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
