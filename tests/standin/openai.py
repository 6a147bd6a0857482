"""The OpenAI-compatible side: chat completions and models, with that API's errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.standin.limits import Model, Refusal, tokens
from tests.standin.messages import Reply

_FINISH = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "refusal": "content_filter"}
_FINISH["model_context_window_exceeded"] = "length"
_KINDS = {401: "invalid_request_error", 402: "insufficient_quota", 429: "requests", 500: "server_error"}
_CODES = {401: "invalid_api_key", 429: "rate_limit_exceeded"}
_ROLES = ("system", "developer", "user", "assistant", "tool")


def error_body(status: int, message: str, code: str, number: str) -> dict[str, Any]:
    """An error as that API says it; the spend cap is its `insufficient_quota`."""
    if code == "enforced_spend_limit_reached":
        code, kind = "insufficient_quota", "insufficient_quota"
    else:
        kind = _KINDS.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": code or _CODES.get(status)}}


def check(params: Mapping[str, Any], models: Mapping[str, Model]) -> None:
    """Refuse what cannot be answered."""
    name, messages = str(params.get("model")), params.get("messages")
    if name not in models:
        raise Refusal(404, f"The model `{name}` does not exist", "model_not_found")
    if not isinstance(messages, list) or not messages:
        raise Refusal(400, "messages: a non-empty list is required")
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            raise Refusal(400, f"messages[{place}].role: not one of {', '.join(_ROLES)}")
    if params.get("stream") or params.get("n", 1) != 1:
        raise Refusal(400, "stream and n > 1 are not served here")
    window, asked = models[name].window, prompt_tokens(params)
    if asked > window:
        said = f"This model's maximum context length is {window} tokens. However, your messages are {asked} tokens."
        raise Refusal(400, said, "context_length_exceeded")


def prompt_tokens(params: Mapping[str, Any]) -> int:
    """Tokens of the whole prompt."""
    return sum(4 + tokens(_text(message.get("content") or "")) for message in params["messages"])


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def completion(reply: Reply, params: Mapping[str, Any], key: str, now: int) -> dict[str, Any]:
    """A chat completion of a reply."""
    most = params.get("max_completion_tokens") or params.get("max_tokens")
    text, stop = reply.text, _FINISH.get(reply.stop_reason, reply.stop_reason)
    if most is not None and tokens(text) > most and not reply.uncut:
        text, stop = text[: 4 * most], "length"
    asked, said = prompt_tokens(params), tokens(text)
    return {
        "id": f"chatcmpl-{key}",
        "object": "chat.completion",
        "created": now,
        "model": params["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "logprobs": None,
                "finish_reason": stop,
            }
        ],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
    }


def listing(models: Mapping[str, Model]) -> dict[str, Any]:
    """The models, as /v1/models says them."""
    return {
        "object": "list",
        "data": [
            {"id": name, "object": "model", "created": 0, "owned_by": "stand-in", "max_model_len": model.window}
            for name, model in models.items()
        ],
    }
