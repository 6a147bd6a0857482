"""One call through LangChain and its OpenAI package to an OpenAI-compatible stand-in."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from sdf.errors import RecipeError
from sdf.providers.failures import Failure, Fatal, RateLimited, RowFailure, Transient
from sdf.providers.langchain import LangChainSender, failure_of, require_provider, tracing_switched_on
from sdf.providers.refusals import Asked
from sdf.providers.settings import MAX_TEXT_BYTES, ModelSettings
from sdf.providers.told import answer_of, usage_of
from sdf.recipe import Endpoint
from sdf.records import Block, Request, Response, StopReason, Usage
from sdf.write.judge import SCHEMA
from tests.standin import Fault, Faults, Reply, Standin, dropped, page, rate_limited, spend_cap, standin

KEY = "sk-proj-SENTINEL-77aa10"
MODEL = "openai:local-model"


def asking(task: str = "Write about a lighthouse.", **fields: Any) -> Request:
    blocks = (Block(text="The constitution.", cache=True), Block(text="The rules.", cache=True), Block(text=task))
    plain = {"series": "base", "index": 0, "attempt": 0, "stage": "draft", "genre": "essay", "model": MODEL}
    return Request.model_validate({"id": "cd" * 20, **plain, "blocks": blocks, "max_tokens": 500, **fields})


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_KEY", KEY)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def server() -> Iterator[Standin]:
    with standin(key=KEY) as running:
        yield running


Send = Callable[..., Response]


@pytest.fixture
def send(server: Standin) -> Send:
    def once(
        request: Request | None = None, *, url: str = "", key_env: str | None = "LOCAL_KEY", **settings: Any
    ) -> Any:
        async def asked() -> Response:
            chosen = ModelSettings.model_validate({"timeout": 10, **settings})
            endpoint = Endpoint(base_url=url or f"{server.url}/openai/v1", key_env=key_env)
            given = request or asking()
            sender = LangChainSender(given.model, endpoint, chosen)
            try:
                return await sender.send(given)
            finally:
                await sender.aclose()

        return asyncio.run(asked())

    return once


@pytest.fixture
def failing(send: Send) -> Callable[..., Failure]:
    def failed(request: Request | None = None, **options: Any) -> Failure:
        with pytest.raises(Failure) as caught:
            send(request, **options)
        return caught.value

    return failed


def test_an_answer_comes_back_with_its_tokens(server: Standin, send: Send) -> None:
    response = send()
    assert response.stop is StopReason.end
    assert response.text.startswith("Reply ")
    assert response.model == MODEL
    assert response.usage.input > 0
    assert response.usage.output > 0


def test_what_leaves_is_two_turns_a_limit_and_no_sampling_parameter(server: Standin, send: Send) -> None:
    send()
    (seen,) = server.seen
    body = json.loads(seen.body)
    assert body["messages"] == [
        {"role": "system", "content": "The constitution.\n\nThe rules."},
        {"role": "user", "content": "Write about a lighthouse."},
    ]
    assert body["max_tokens"] == 500
    assert set(body) == {"model", "messages", "max_tokens", "stream"}
    assert body["stream"] is False
    assert seen.headers["authorization"] == f"Bearer {KEY}"


def test_a_providers_own_key_never_goes_to_another_address(
    monkeypatch: pytest.MonkeyPatch, server: Standin, failing: Callable[..., Failure]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai-secret")
    assert isinstance(failing(key_env=None), Fatal)
    assert server.seen[0].headers["authorization"] == "Bearer none"


def test_a_schema_is_asked_for_in_the_prompt_and_the_answer_kept_as_it_came(server: Standin, send: Send) -> None:
    said = 'Here you are:\n```json\n{"prose": {"score": 7}}\n```'
    server.answer = lambda params: Reply(said)
    response = send(asking(output_schema=SCHEMA))
    assert response.text == said
    body = json.loads(server.seen[0].body)
    assert json.dumps(SCHEMA) in body["messages"][1]["content"]
    assert "response_format" not in body
    assert "tools" not in body


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("max_tokens", StopReason.length),
        ("refusal", StopReason.refusal),
        ("tool_calls", StopReason.unknown),
        ("bored", StopReason.unknown),
    ],
)
def test_how_it_stopped_is_an_outcome(server: Standin, send: Send, reason: str, stop: StopReason) -> None:
    server.faults = Faults(script=(Fault(stop=reason),))
    response = send()
    assert response.stop is stop
    assert (response.error is not None) == (stop is StopReason.unknown)


@pytest.mark.parametrize(
    ("metadata", "stop"),
    [
        ({"finish_reason": "STOP"}, StopReason.end),
        ({"stop_reason": "end_turn"}, StopReason.end),
        ({"stopReason": "max_tokens"}, StopReason.length),
        ({"done_reason": "stop"}, StopReason.end),
        ({"finish_reason": "SAFETY"}, StopReason.refusal),
        ({"finish_reason": None}, StopReason.end),
        ({}, StopReason.end),
    ],
)
def test_each_package_says_the_reason_its_own_way(metadata: dict[str, Any], stop: StopReason) -> None:
    counted = {"input_tokens": 3, "output_tokens": 499, "total_tokens": 502}
    message = AIMessage("x", response_metadata=metadata, usage_metadata=counted)  # type: ignore[arg-type]
    assert answer_of(asking(), message).stop is stop


def test_without_a_reason_the_count_tells_and_without_both_nothing_does() -> None:
    full = AIMessage("x", usage_metadata={"input_tokens": 3, "output_tokens": 500, "total_tokens": 503})
    assert answer_of(asking(), full).stop is StopReason.length
    assert answer_of(asking(), AIMessage("x")).stop is StopReason.unknown


def test_thoughts_are_left_out_and_an_endless_answer_is_none() -> None:
    thought = AIMessage([{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "So be it."}])
    assert answer_of(asking(), thought).text == "So be it."
    endless = answer_of(asking(), AIMessage("x" * (MAX_TEXT_BYTES + 1), response_metadata={"finish_reason": "stop"}))
    assert (endless.text, endless.stop) == ("", StopReason.unknown)
    assert answer_of(asking(), AIMessage("caf\ud800é")).text == "caf?é"


def test_tokens_of_the_cache_are_counted_apart() -> None:
    details = {"cache_read": 40, "cache_creation": 30, "ephemeral_1h_input_tokens": 10}
    told = {"input_tokens": 100, "output_tokens": 5, "input_token_details": details}
    assert usage_of(told) == Usage(input=30, output=5, cache_read=40, cache_write=20, cache_write_1h=10)


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault(status=401), Fatal, "LOCAL_KEY"),
        (Fault(status=402), Fatal, "billing"),
        (Fault(status=403), Fatal, "LOCAL_KEY"),
        (spend_cap(), Fatal, "console"),
        (Fault(status=400, message="messages: too odd"), RowFailure, "too odd"),
        (Fault(status=413), RowFailure, "413"),
        (Fault(status=422), RowFailure, "422"),
        (rate_limited("7"), RateLimited, "429"),
        (Fault(status=408), Transient, "408"),
        (Fault(status=500), Transient, "500"),
        (page(502), Transient, "502"),
        (page(200), Transient, "could not be read"),
        (Fault(body='{"choices": null}'), Transient, "could not be read"),
        (dropped(accepts=True), Transient, ""),
        (Fault(cut=40), Transient, ""),
        (Fault(delay=2), Transient, ""),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_refusal_is_told_from_a_fault(
    server: Standin, failing: Callable[..., Failure], fault: Fault, kind: type[Failure], words: str
) -> None:
    server.faults = Faults(script=(fault,))
    failure = failing(timeout=0.5 if fault.delay else 10)
    assert type(failure) is kind
    assert words in f"{failure} {getattr(failure, 'hint', '')}"
    assert getattr(failure, "retry_after", None) == (7.0 if kind is RateLimited else None)
    assert len(server.seen) == 1, "nobody but the runner tries again"
    if fault.reset or fault.cut > 0 or fault.delay:
        assert isinstance(failure, Transient)
        assert failure.accepted


def test_a_closed_door_costs_nothing(failing: Callable[..., Failure]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        failure = failing(url=f"http://127.0.0.1:{unused.getsockname()[1]}/v1")
    assert isinstance(failure, Transient)
    assert not failure.accepted


def test_an_unknown_model_halts_and_a_prompt_too_long_fails_its_row(failing: Callable[..., Failure]) -> None:
    assert isinstance(failing(asking(model="openai:unheard-of")), Fatal)
    assert isinstance(failing(asking("word " * 40_000)), RowFailure)


class ThrottlingException(Exception):
    """As a cloud's package names it, without a status."""


class ClientError(Exception):
    """As botocore has it."""

    response: dict[str, Any] = {"ResponseMetadata": {"HTTPStatusCode": 403}}  # noqa: RUF012


@pytest.mark.parametrize(
    ("error", "kind"),
    [(ThrottlingException("slow"), RateLimited), (ClientError("no"), Fatal), (RuntimeError("odd"), RowFailure)],
)
def test_other_packages_are_read_by_shape(error: Exception, kind: type[Failure]) -> None:
    assert type(failure_of(error, Asked(MODEL, "LOCAL_KEY"))) is kind


@pytest.mark.parametrize(
    ("model", "endpoint", "message", "hint"),
    [
        ("opnai:gpt-5", Endpoint(), "no provider `opnai`", "`openai:`"),
        ("zzz:x", Endpoint(), "no provider `zzz`", "Known: "),
        ("openai:", Endpoint(), "names no model", "openai:MODEL"),
        ("groq:llama", Endpoint(), "not installed", "pip install langchain-groq"),
        ("ollama:llama", Endpoint(), "not installed", "constitution-sdf[ollama]"),
        ("openai:gpt-5", Endpoint(), "cannot be set up", "OPENAI_API_KEY"),
        ("openai:gpt-5", Endpoint(key_env="NOT_SET"), "NOT_SET is not set", "export NOT_SET"),
        ("openai:x", Endpoint(base_url="localhost:8000"), "base_url", "http://"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_sent(
    model: str, endpoint: Endpoint, message: str, hint: str
) -> None:
    with pytest.raises(RecipeError) as caught:
        require_provider(model, endpoint)
    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, ""),
        ({"LANGSMITH_TRACING": "true"}, "LANGSMITH_TRACING"),
        ({"LANGCHAIN_TRACING_V2": "true"}, "LANGCHAIN_TRACING_V2"),
        ({"LANGSMITH_TRACING_V2": "1"}, "LANGSMITH_TRACING_V2"),
        ({"LANGCHAIN_TRACING": "yes"}, "LANGCHAIN_TRACING"),
        ({"LANGSMITH_GATEWAY": "https://elsewhere"}, "LANGSMITH_GATEWAY"),
        ({"LANGSMITH_TRACING": "false", "LANGCHAIN_TRACING_V2": "", "LANGSMITH_API_KEY": "x"}, ""),
    ],
)
def test_what_would_send_prompts_to_a_third_party_is_named(environ: dict[str, str], name: str) -> None:
    assert tracing_switched_on(environ) == name


@pytest.mark.parametrize(
    "fault",
    [
        *(
            Fault(status=status, message=f"Incorrect API key provided: {KEY}")
            for status in (400, 401, 403, 404, 429, 500)
        ),
        Fault(status=200, body=f"<html>{KEY}</html>"),
        dropped(accepts=False),
        Fault(delay=1),
    ],
)
def test_the_key_is_shown_nowhere(
    server: Standin, failing: Callable[..., Failure], caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    caplog.set_level(logging.DEBUG)
    server.faults = Faults(script=(fault,))
    failure = failing(timeout=0.5)
    shown = [repr(failure), str(vars(failure)), caplog.text]
    for lost in (failure, failure.__context__, failure.__cause__):
        shown += traceback.format_exception(lost) if lost else []
    assert not [text for text in shown if KEY in text]
