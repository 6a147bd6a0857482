"""Messages of the API as responses: every reason to stop, every kind of token, and what is no text."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from anthropic.types import StopReason as Documented
from pydantic import ValidationError

from sdf.providers.anthropic.answers import parse_message, response_of
from sdf.records import StopReason, Usage
from tests.providers.anthropic.conftest import MODEL, asking

STOPS = {
    "end_turn": StopReason.end,
    "stop_sequence": StopReason.end,
    "max_tokens": StopReason.length,
    "model_context_window_exceeded": StopReason.length,
    "refusal": StopReason.refusal,
    "pause_turn": StopReason.unknown,
    "tool_use": StopReason.unknown,
    "bored": StopReason.unknown,
}


def message(*texts: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-5-5-20261001",
        "content": [{"type": "text", "text": text} for text in texts],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 7, "output_tokens": 5},
        **fields,
    }


def test_every_documented_reason_is_known_here() -> None:
    assert set(get_args(Documented)) <= set(STOPS)


@pytest.mark.parametrize(("reason", "stop"), STOPS.items())
def test_only_an_ended_answer_can_become_a_document(reason: str, stop: StopReason) -> None:
    response = response_of(asking(), message("Well", stop_reason=reason), batch=False)
    assert response.stop is stop
    assert (response.error is not None and reason in response.error) == (stop is StopReason.unknown)


def test_text_is_joined_and_thoughts_are_left_out() -> None:
    told = message("Once ", "upon a time.")
    told["content"].insert(0, {"type": "thinking", "thinking": "hm", "signature": "x"})
    told["content"].insert(2, {"type": "redacted_thinking", "data": "x"})
    response = response_of(asking(), told, batch=True)
    assert response.text == "Once upon a time."
    assert (response.model, response.batch, response.request_id) == (MODEL, True, asking().id)


def test_tokens_are_told_apart_by_kind_and_by_lifetime() -> None:
    split = {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 30}
    told = {"input_tokens": 7, "output_tokens": 5, "cache_read_input_tokens": 11, "cache_creation_input_tokens": 130}
    response = response_of(asking(), message("x", usage={**told, "cache_creation": split}), batch=False)
    assert response.usage == Usage(input=7, output=5, cache_read=11, cache_write=100, cache_write_1h=30)
    unsplit = message("x", usage={**told, "cache_creation": None})
    assert response_of(asking(), unsplit, batch=True).usage.cache_write_1h == 130
    assert response_of(asking(), unsplit, batch=False).usage.cache_write == 130


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"type": "error", "error": {}},
        message("x", content="text"),
        message("x", usage={"input_tokens": -1, "output_tokens": 5}),
        message("x", content=[{"type": "text", "text": ["x"]}]),
        [],
    ],
)
def test_what_is_no_message_is_a_response_with_an_error(broken: Any) -> None:
    response = response_of(asking(), broken, batch=True)
    assert response.text == ""
    assert response.error is not None
    assert "no message" in response.error
    with pytest.raises(ValidationError):
        parse_message(json.dumps(broken).encode())


def test_half_a_surrogate_pair_does_not_lose_the_answer() -> None:
    raw = json.dumps(message("caf\ud800é \U0001f600")).encode()
    assert b"\\ud800" in raw
    response = response_of(asking(), parse_message(raw), batch=False)
    assert response.text == "caf?é \U0001f600"
    assert response_of(asking(), json.loads(raw), batch=True).text == response.text


def test_an_answer_of_five_megabytes_is_none_and_is_paid_for() -> None:
    response = response_of(asking(), message("é" * 2_500_000), batch=True)
    assert response.text == ""
    assert response.error is not None
    assert "5,000,000 bytes" in response.error
    assert response.usage.output == 5
