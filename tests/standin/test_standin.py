"""Messages: what is refused, what is answered and billed, and what faults make of it, as the real SDK sees it."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import anthropic
import httpx2
import pytest

from tests.standin import (
    Limits,
    Model,
    Reply,
    Standin,
    digest,
    standin,
    standin_apart,
)

PREFIX = [{"type": "text", "text": "What we value. " * 400, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]


def asked(text: str = "Write.", **more: Any) -> dict[str, Any]:
    return {"model": "claude-haiku-5-5", "max_tokens": 500, "messages": [{"role": "user", "content": text}]} | more


def refused(client: anthropic.Anthropic, **params: Any) -> anthropic.APIStatusError:
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.create(**params)
    return caught.value


def text_of(message: anthropic.types.Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def test_an_answer_names_its_question_and_is_billed(server: Standin, client: anthropic.Anthropic) -> None:
    params = asked()
    raw = client.messages.with_raw_response.create(**params)
    message = raw.parse()
    assert digest(params) in text_of(message)
    assert (message.stop_reason, message.usage.service_tier) == ("end_turn", "standard")
    assert server.books.accepted == server.books.paid == {digest(params): 1}
    assert server.books.billed["claude-haiku-5-5", "standard", "input"] == message.usage.input_tokens
    assert raw.headers["request-id"].startswith("req_")
    assert raw.headers["anthropic-ratelimit-requests-remaining"] == "3999"
    assert raw.headers["date"] == "Wed, 18 Nov 2026 11:06:40 GMT"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"extra_body": {"temperature": 1.0}}, "temperature"),
        ({"extra_body": {"top_p": 0.9}}, "top_p"),
        ({"extra_body": {"top_k": 5}}, "top_k"),
        ({"extra_body": {"seed": 5}}, "seed: Extra inputs are not permitted"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, "budget_tokens"),
        ({"output_config": {"effort": "enormous"}}, "effort"),
        ({"max_tokens": 64_001, "timeout": 9}, "64001 > 64000, which is the maximum"),
        ({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "I"}]}, "prefill"),
        ({"messages": [{"role": "user", "content": ""}]}, "non-empty"),
        ({"messages": [{"role": "user", "content": "a" * 800_000}]}, "prompt is too long: 200008 tokens > 200000 max"),
        ({"system": PREFIX * 5}, "maximum of 4 blocks"),
        ({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}, "additionalProperties"),
    ],
)
def test_what_is_invalid_is_said(server: Standin, client: anthropic.Anthropic, more: Any, said: str) -> None:
    error = refused(client, **asked() | more)
    assert (type(error), error.type) == (anthropic.BadRequestError, "invalid_request_error")
    assert said in str(error.api_message)
    assert not server.books.accepted


def test_key_version_and_model_are_looked_at(server: Standin, client: anthropic.Anthropic) -> None:
    stranger = refused(client.with_options(api_key="sk-ant-other"), **asked())
    assert (type(stranger), stranger.type) == (anthropic.AuthenticationError, "authentication_error")
    old = refused(client.with_options(default_headers={"anthropic-version": "2023-06-01"}), **asked())
    assert "2023-06-01" in str(old.api_message)
    unknown = refused(client, **asked(model="claude-haiku-9"))
    assert (type(unknown), unknown.type) == (anthropic.NotFoundError, "not_found_error")
    assert httpx2.post(f"{server.url}/v1/messages", headers={"x-api-key": server.key}, content=b"{}").status_code == 400
    headers = {"x-api-key": server.key, "anthropic-version": "2026-10-21"}
    assert httpx2.get(f"{server.url}/v1/nothing", headers=headers).status_code == 404
    assert server.books.refused == {401: 1, 400: 2, 404: 2}


def test_lone_surrogates_are_no_json(server: Standin, client: anthropic.Anthropic) -> None:
    client.messages.create(**asked())
    headers = dict(server.seen[-1].headers)
    del headers["content-length"]
    body = json.dumps(asked("a \ud83d b")).encode()
    answer = httpx2.post(f"{server.url}/v1/messages", headers=headers, content=body)
    assert answer.status_code == 400
    assert "no low surrogate" in answer.json()["error"]["message"]
    assert client.messages.create(**asked("a \U0001f600 b")).stop_reason == "end_turn"


def test_counting_agrees_with_billing_and_costs_nothing(server: Standin, client: anthropic.Anthropic) -> None:
    params = asked("How long is this?", system=PREFIX)
    counted = client.messages.count_tokens(**{k: v for k, v in params.items() if k != "max_tokens"})
    assert not server.books.accepted
    usage = client.messages.create(**params).usage
    assert counted.input_tokens == usage.input_tokens + (usage.cache_creation_input_tokens or 0)
    with pytest.raises(anthropic.BadRequestError, match="temperature"):
        client.messages.count_tokens(model=params["model"], messages=[], extra_body={"temperature": 1.0})
    assert {model.id for model in client.models.list()} == set(server.models)


def test_a_marked_prefix_is_written_once_and_read_until_it_is_stale(
    server: Standin, client: anthropic.Anthropic
) -> None:
    def cached(text: str) -> tuple[int | None, int | None]:
        usage = client.messages.create(**asked(text, system=PREFIX)).usage
        return usage.cache_creation_input_tokens, usage.cache_read_input_tokens

    assert [cached("one"), cached("two")] == [(1500, 0), (0, 1500)]
    server.clock.advance(3599)
    assert cached("three") == (0, 1500)
    server.clock.advance(3601)
    assert cached("four") == (1500, 0)
    short = [{"type": "text", "text": "short", "cache_control": {"type": "ephemeral"}}]
    assert client.messages.create(**asked(system=short)).usage.cache_creation_input_tokens == 0


def test_parallel_cold_requests_all_pay_for_the_write(server: Standin) -> None:
    server.latency = 0.1

    async def all_at_once() -> list[anthropic.types.Message]:
        async with anthropic.AsyncAnthropic(api_key=server.key, base_url=server.url, max_retries=0) as client:
            return await asyncio.gather(*(client.messages.create(**asked(str(n), system=PREFIX)) for n in range(5)))

    usages = [message.usage for message in asyncio.run(all_at_once())]
    assert [usage.cache_read_input_tokens for usage in usages] == [0] * 5
    assert (server.books.peak, server.books.flying) == (5, 0)


def test_a_structured_answer_fits_its_schema(client: anthropic.Anthropic) -> None:
    shape = {
        "type": "object",
        "additionalProperties": False,
        "required": ["score", "quotes"],
        "properties": {"score": {"enum": [1, 2, 3]}, "quotes": {"type": "array", "items": {"type": "string"}}},
    }
    said = client.messages.create(**asked(output_config={"format": {"type": "json_schema", "schema": shape}}))
    document = json.loads(text_of(said))
    assert document["score"] in (1, 2, 3)
    assert all(isinstance(quote, str) for quote in document["quotes"])


def test_answers_are_cut_where_max_tokens_or_the_window_end(server: Standin, client: anthropic.Anthropic) -> None:
    server.answer = lambda params: "word " * 1000
    cut = client.messages.create(**asked(max_tokens=50))
    assert (cut.stop_reason, len(text_of(cut)), cut.usage.output_tokens) == ("max_tokens", 200, 50)
    server.models["claude-haiku-5-5"] = Model(window=100)
    assert client.messages.create(**asked()).stop_reason == "model_context_window_exceeded"


def test_rates_and_concurrency_are_enforced_where_set(server: Standin, client: anthropic.Anthropic) -> None:
    server.limits = Limits(requests=2)
    for _ in range(2):
        client.messages.create(**asked())
    error = refused(client, **asked())
    assert 1 <= int(error.response.headers["retry-after"]) <= 60
    server.clock.advance(60)
    client.messages.create(**asked())
    server.limits = Limits(in_flight=0)
    assert "concurrent" in str(refused(client, **asked()).api_message)


def test_a_stream_says_the_same_as_one_answer(server: Standin, client: anthropic.Anthropic) -> None:
    server.answer = lambda params: Reply("word " * 300, thinking="hm " * 50)
    with client.messages.stream(**asked(thinking={"type": "adaptive"})) as stream:
        streamed = stream.get_final_message()
    whole = client.messages.create(**asked(thinking={"type": "adaptive"}))
    assert text_of(streamed) == text_of(whole) == "word " * 300
    assert streamed.usage.output_tokens == whole.usage.output_tokens


def test_a_mistake_in_the_tests_own_answer_is_raised() -> None:
    def broken(params: Any) -> str:
        raise KeyError("mine")

    def use() -> None:
        with standin(broken) as server, anthropic.Anthropic(api_key=server.key, base_url=server.url) as client:
            refused(client.with_options(max_retries=0), **asked())

    with pytest.raises(AssertionError, match="mine"):
        use()


def test_a_process_of_its_own_is_asked_and_told(tmp_path: Any) -> None:
    script = tmp_path / "faults.json"
    script.write_text(json.dumps({"script": [{"fault": "spend_cap", "times": 1}]}))
    started = time.monotonic()
    with standin_apart("--script", str(script), "--key", "k") as apart:
        with anthropic.Anthropic(api_key="k", base_url=apart.url, max_retries=0) as client:
            assert refused(client, **asked()).error_code == "enforced_spend_limit_reached"
            client.messages.create(**asked())
            assert apart.ask("faults", script=[{"status": 500}])["paid"] == {digest(asked()): 1}
            assert refused(client, **asked()).status_code == 500
        before = apart.ask()["now"]
        assert apart.ask("clock", advance=3600)["now"] >= before + 3600
    assert time.monotonic() - started < 10
