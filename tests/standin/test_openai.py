"""The OpenAI-compatible side: chat completions, models, and that API's errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.standin import Fault, Faults, Standin, digest, dropped, overloaded, page, rate_limited, spend_cap


@pytest.fixture
def chat(server: Standin) -> Iterator[httpx2.Client]:
    headers = {"authorization": f"Bearer {server.key}"}
    with httpx2.Client(base_url=f"{server.url}/openai/v1", headers=headers) as client:
        yield client


def asked(text: str = "Write.", **more: Any) -> dict[str, Any]:
    return {"model": "local-model", "messages": [{"role": "user", "content": text}]} | more


def test_a_completion_names_its_question_and_is_counted(server: Standin, chat: httpx2.Client) -> None:
    document = chat.post("/chat/completions", json=asked(temperature=1.0, seed=3)).json()
    choice = document["choices"][0]
    assert digest(asked(temperature=1.0, seed=3)) in choice["message"]["content"]
    assert choice["finish_reason"] == "stop"
    assert document["usage"]["total_tokens"] == sum(document["usage"][f"{k}_tokens"] for k in ("prompt", "completion"))
    assert sum(server.books.paid.values()) == 1
    assert chat.get("/models").json()["data"][0]["id"] == "local-model"


def test_what_cannot_be_answered_is_said(chat: httpx2.Client) -> None:
    def code(**more: Any) -> tuple[int, Any]:
        answer = chat.post("/chat/completions", json=asked() | more)
        return answer.status_code, answer.json()["error"]["code"]

    assert code(model="other") == (404, "model_not_found")
    assert code(messages=[]) == (400, None)
    assert code(messages=[{"role": "user", "content": "a" * 200_000}]) == (400, "context_length_exceeded")
    assert chat.post("/chat/completions", json=asked(), headers={"authorization": "Bearer no"}).status_code == 401


def test_length_content_filter_and_schema(server: Standin, chat: httpx2.Client) -> None:
    def finish(**more: Any) -> str:
        return str(chat.post("/chat/completions", json=asked() | more).json()["choices"][0]["finish_reason"])

    assert finish(max_tokens=3) == finish(max_completion_tokens=3) == "length"
    server.faults = Faults(script=(Fault(stop="refusal"), Fault(stop="content_filter"), Fault(stop="length")))
    assert [finish(), finish(), finish()] == ["content_filter", "content_filter", "length"]
    schema = {"type": "object", "properties": {"score": {"type": "integer", "minimum": 4}}}
    shaped = asked(response_format={"type": "json_schema", "json_schema": {"name": "verdict", "schema": schema}})
    answer = chat.post("/chat/completions", json=shaped).json()["choices"][0]["message"]["content"]
    assert json.loads(answer) == {"score": 4}


def test_faults_speak_that_apis_language(server: Standin, chat: httpx2.Client) -> None:
    faults = (rate_limited("7"), overloaded(), Fault(status=500), spend_cap(times=1), page(502), dropped(accepts=True))
    server.faults = Faults(script=faults)
    answers = [chat.post("/chat/completions", json=asked()) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [429, 529, 500, 429, 502]
    assert answers[0].headers["retry-after"] == "7"
    assert [answer.json()["error"]["code"] for answer in (answers[0], answers[3])] == [
        "rate_limit_exceeded",
        "insufficient_quota",
    ]
    assert "<html>" in answers[4].text
    with pytest.raises(httpx2.TransportError):
        chat.post("/chat/completions", json=asked())
    assert sum(server.books.paid.values()) == 1
