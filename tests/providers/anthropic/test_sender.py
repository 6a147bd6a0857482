"""One call through the real SDK against the stand-in: what leaves, what comes back, what is never shown."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import Callable

import pytest

from sdf.errors import RecipeError
from sdf.providers.anthropic.client import KEY_ENV, open_client, require_key
from sdf.providers.anthropic.sender import AnthropicSender
from sdf.providers.failures import Failure, Fatal
from sdf.providers.settings import ModelSettings
from sdf.recipe import Endpoint
from sdf.records import Response, StopReason
from sdf.write.judge import SCHEMA
from tests.providers.anthropic.conftest import KEY, asking
from tests.standin import Fault, Faults, Standin, dropped

Send = Callable[..., Response]


def test_an_answer_comes_back_with_its_tokens(server: Standin, send: Send) -> None:
    first, second = send(), send(asking("Write about a well."))
    assert first.stop is StopReason.end
    assert first.text.startswith("Reply ")
    assert first.usage.cache_write > 500
    assert second.usage.cache_read == first.usage.cache_write, "the prefix is found in the cache"
    assert second.usage.cache_write == 0


def test_what_leaves_is_the_documented_request(server: Standin, send: Send) -> None:
    send(asking(output_schema=SCHEMA), thinking="adaptive", effort="high")
    (seen,) = server.seen
    assert seen.headers["anthropic-version"] == "2026-10-21"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["x-stainless-retry-count"] == "0"
    body = json.loads(seen.body)
    assert body["thinking"] == {"type": "adaptive"}
    assert not {"temperature", "top_p", "top_k"} & set(body)


def test_a_schema_is_kept_to(send: Send) -> None:
    assert set(json.loads(send(asking(output_schema=SCHEMA)).text)) == set(SCHEMA["properties"])


def test_a_long_answer_needs_no_stream(send: Send) -> None:
    # The SDK refuses more than 21,333 tokens without one, unless a timeout is set.
    assert send(asking(max_tokens=60_000)).stop is StopReason.end


def test_a_cut_answer_a_refusal_and_an_invented_reason_are_outcomes(server: Standin, send: Send) -> None:
    server.faults = Faults(script=tuple(Fault(stop=reason) for reason in ("max_tokens", "refusal", "bored")))
    assert [send().stop for _ in range(3)] == [StopReason.length, StopReason.refusal, StopReason.unknown]


@pytest.mark.parametrize(("value", "words"), [("", "not set"), ("two words", "blanks"), ("schlüssel", "signs")])
def test_a_key_that_is_none_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch, value: str, words: str) -> None:
    monkeypatch.setenv("MY_KEY", value)
    with pytest.raises(RecipeError) as caught:
        require_key(Endpoint(key_env="MY_KEY"))
    assert "MY_KEY" in caught.value.message
    assert words in caught.value.message
    assert "export MY_KEY" in caught.value.hint or "MY_KEY to the key" in caught.value.hint
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize("address", ["localhost:80", "ftp://x", "http://", "https://h:x", "https://u:secret@h"])
def test_an_impossible_address_is_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(RecipeError) as caught:
        require_key(Endpoint(base_url=address))
    assert "base_url" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_line_end_after_the_key_does_no_harm(monkeypatch: pytest.MonkeyPatch, server: Standin, send: Send) -> None:
    monkeypatch.setenv(KEY_ENV, f"{KEY}\n")
    assert send().stop is StopReason.end


def test_a_redirect_is_not_followed_with_the_key(server: Standin) -> None:
    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 307 Moved\r\nLocation: {server.url}/v1/messages\r\nContent-Length: 0\r\n\r\n"
        writer.write(head.encode())
        await writer.drain()
        writer.close()

    async def asked() -> Response:
        async with await asyncio.start_server(elsewhere, "127.0.0.1", 0) as door:
            url = f"http://127.0.0.1:{door.sockets[0].getsockname()[1]}"
            sender = AnthropicSender(open_client(Endpoint(base_url=url), 10), ModelSettings())
            try:
                return await sender.send(asking())
            finally:
                await sender.aclose()

    with pytest.raises(Fatal, match="307"):
        asyncio.run(asked())
    assert not server.seen


@pytest.mark.parametrize(
    "fault",
    [
        Fault(),
        *(Fault(status=status, message=f"invalid x-api-key: {KEY}") for status in (400, 401, 403, 404, 429, 500, 529)),
        Fault(status=200, body=f"<html>{KEY}</html>"),
        Fault(status=502, body=f"<html>{KEY}</html>"),
        dropped(accepts=False),
        Fault(cut=10),
        Fault(delay=1),
    ],
)
def test_the_key_is_shown_nowhere(
    monkeypatch: pytest.MonkeyPatch, server: Standin, send: Send, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    monkeypatch.setenv("ANTHROPIC_LOG", "debug")
    caplog.set_level(logging.DEBUG)
    server.faults = Faults(script=(fault,))
    shown = [repr(open_client(Endpoint(), 1))]
    try:
        shown.append(repr(send(timeout=0.5)))
    except Failure as failure:
        for lost in (failure, failure.__context__, failure.__cause__):
            shown += traceback.format_exception(lost) if lost else []
        shown += [repr(failure), str(vars(failure))]
    shown += [record.getMessage() for record in caplog.records] + [caplog.text]
    assert len(shown) > 2
    assert not [text for text in shown if KEY in text]
    assert not [record for record in caplog.records if record.name.startswith(("anthropic", "httpx2", "httpcore2"))]
