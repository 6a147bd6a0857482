"""Paths to routes, bodies to documents, faults to answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.standin import openai
from tests.standin.faults import Fault
from tests.standin.limits import Model, Refusal
from tests.standin.results import error_body
from tests.standin.wire import PIECE, Answer, Call, as_json

_BATCHES = "/v1/messages/batches"
_ROUTES = tuple(
    (method, re.compile(pattern), route)
    for method, pattern, route in (
        ("POST", r"/v1/messages", "messages"),
        ("POST", r"/v1/messages/count_tokens", "count_tokens"),
        ("POST", _BATCHES, "batches.create"),
        ("GET", _BATCHES, "batches.list"),
        ("GET", _BATCHES + r"/([^/]+)", "batches.retrieve"),
        ("DELETE", _BATCHES + r"/([^/]+)", "batches.delete"),
        ("POST", _BATCHES + r"/([^/]+)/cancel", "batches.cancel"),
        ("GET", _BATCHES + r"/([^/]+)/results", "batches.results"),
        ("GET", r"/v1/models(?:/([^/]+))?", "models"),
        ("POST", r"/openai/v1/chat/completions", "chat"),
        ("GET", r"/openai/v1/models", "models"),
    )
)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_SAID = {
    401: "invalid x-api-key",
    402: "Your credit balance is too low to access the API",
    403: "Your API key does not have permission to use the specified resource",
    413: "Request exceeds the maximum size",
    429: "This request would exceed your organization's rate limit",
    504: "The request timed out",
    529: "Overloaded",
}
_CAP = "You have reached your API usage limits. You will regain access on the first of next month."


def route_of(call: Call) -> tuple[str, str]:
    """A call's route, "" when there is none, and the name in its path."""
    for method, pattern, route in _ROUTES:
        if method == call.method and (found := pattern.fullmatch(call.path)):
            return route, (found[1] or "") if pattern.groups else ""
    return "", ""


def document(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; lone surrogates are no JSON here, as at the true server."""
    try:
        value = json.loads(body)
        if _SURROGATE.search(body):
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Refusal(400, "The request body is not valid JSON: no low surrogate in string") from None
    except ValueError as error:
        raise Refusal(400, f"The request body is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise Refusal(400, "Input should be a valid dictionary")
    return value


def failing(route: str, fault: Fault, number: str) -> Answer:
    """What a fault answers instead."""
    if fault.reset:
        return Answer(reset=True)
    if fault.body:
        return Answer(fault.status or 200, fault.body.encode("utf-8", "surrogatepass"), kind="text/html")
    said = fault.message or (_CAP if fault.code else _SAID.get(fault.status, "Internal server error"))
    says = openai.error_body if route == "chat" else error_body
    answer = as_json(says(fault.status, said, fault.code, number), fault.status)
    if fault.retry_after:
        answer.headers["retry-after"] = fault.retry_after
    return answer


def bent(answer: Answer, fault: Fault | None) -> Answer:
    """The answer, slower or shorter."""
    if fault is not None:
        answer.delay += fault.delay
        answer.cut, answer.pace, answer.pause = fault.cut, fault.pace, fault.pause
    return answer


def grouped(lines: list[bytes]) -> Iterator[bytes]:
    """Lines in pieces that are worth a write."""
    held: list[bytes] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def model_info(name: str, model: Model) -> dict[str, Any]:
    """A model as /v1/models says it."""
    return {
        "id": name,
        "type": "model",
        "display_name": name,
        "created_at": "2026-10-01T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": model.window,
        "max_tokens": model.max_output,
    }
