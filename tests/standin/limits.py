"""What the documented API refuses, and what it measures: models, windows, tokens, sizes, parameters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

VERSION = "2026-10-21"
OVERHEAD = 8  # tokens that a prompt has beside its text

_COUNTED = (
    "cache_control",
    "messages",
    "model",
    "output_config",
    "speed",
    "system",
    "thinking",
    "tool_choice",
    "tools",
)
_PARAMS = (*_COUNTED, "container", "diagnostics", "inference_geo", "max_tokens", "metadata", "service_tier",
           "stop_sequences", "stream")  # fmt: skip
_SAMPLING = ("temperature", "top_p", "top_k")
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_UNSUPPORTED = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
                "maxItems", "uniqueItems", "minProperties", "maxProperties", "patternProperties")  # fmt: skip


@dataclass(frozen=True)
class Model:
    """What a model takes and gives, in tokens. The shipped figures are the stand-in's own."""

    window: int = 1_000_000
    max_output: int = 128_000
    cache_min: int = 512


MODELS: Mapping[str, Model] = {
    "claude-haiku-5-5": Model(window=200_000, max_output=64_000),
    "claude-sonnet-5-5": Model(),
    "claude-opus-5-5": Model(),
    "claude-fable-5-2": Model(),
    "claude-opus-5": Model(),
}


@dataclass(frozen=True)
class Limits:
    """How much the server takes. Rates are per minute of its clock; `None` refuses nothing."""

    batch_requests: int = 100_000
    batch_bytes: int = 256_000_000
    message_bytes: int = 32_000_000
    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    in_flight: int | None = None


class Refusal(Exception):
    """A request that the API answers with an error."""

    def __init__(self, status: int, message: str, code: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers or {}


def digest(params: Mapping[str, Any]) -> str:
    """16 hex digits that tell one request's params from another's, whatever the order of keys."""
    return hashlib.blake2b(json.dumps(params, sort_keys=True).encode(), digest_size=8).hexdigest()


def tokens(text: str) -> int:
    """A quarter of the characters, rounded up: what this server bills for a text."""
    return (len(text) + 3) // 4


def blocks(params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """All blocks of a prompt in the order in which they are cached: tools, system, messages."""
    yield from params.get("tools") or ()
    for content in (params.get("system") or (), *(message.get("content", ()) for message in params["messages"])):
        if isinstance(content, str):
            yield {"type": "text", "text": content}
        else:
            yield from content


def block_text(block: Mapping[str, Any]) -> str:
    """What of a block is counted."""
    text = block.get("text")
    if isinstance(text, str):
        return text
    return json.dumps({k: v for k, v in block.items() if k != "cache_control"}, sort_keys=True)


def input_tokens(params: Mapping[str, Any]) -> int:
    """Tokens of the whole prompt, with the schema of a structured answer."""
    shape = (params.get("output_config") or {}).get("format")
    return OVERHEAD + sum(tokens(block_text(b)) for b in blocks(params)) + (tokens(json.dumps(shape)) if shape else 0)


def check(params: Mapping[str, Any], models: Mapping[str, Model], *, counting: bool = False) -> int:
    """Refuse params as the API does, and give the prompt's tokens."""
    for name in _SAMPLING:
        if name in params:
            raise Refusal(400, f"{name}: sampling parameters are not supported in API version {VERSION}")
    for name in params:
        if name not in (_COUNTED if counting else _PARAMS):
            raise Refusal(400, f"{name}: Extra inputs are not permitted")
    model = models.get(_required(params, "model", str))
    if model is None:
        raise Refusal(404, f"model: {params['model']}")
    _check_messages(_required(params, "messages", list))
    _check_output(params)
    _check_marks(params)
    count = input_tokens(params)
    if count > model.window:
        raise Refusal(400, f"prompt is too long: {count} tokens > {model.window} maximum")
    if not counting:
        _check_room(_required(params, "max_tokens", int), params["model"], model)
    return count


def _required(params: Mapping[str, Any], name: str, kind: type) -> Any:
    if name not in params:
        raise Refusal(400, f"{name}: Field required")
    if not isinstance(params[name], kind) or isinstance(params[name], bool):
        raise Refusal(400, f"{name}: Input should be a valid {kind.__name__}")
    return params[name]


def _check_messages(messages: list[Any]) -> None:
    if not messages:
        raise Refusal(400, "messages: at least one message is required")
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
            raise Refusal(400, f"messages.{place}.role: Input should be 'user' or 'assistant'")
        if not isinstance(message.get("content"), str | list):
            raise Refusal(400, f"messages.{place}.content: Field required")
        if not message["content"]:
            raise Refusal(400, f"messages.{place}: all messages must have non-empty content")
    if messages[-1]["role"] == "assistant":
        raise Refusal(
            400, "This model does not support assistant message prefill. The conversation must end with a user message."
        )


def _check_output(params: Mapping[str, Any]) -> None:
    thinking = params.get("thinking") or {}
    if "budget_tokens" in thinking or thinking.get("type") == "enabled":
        raise Refusal(400, "thinking.budget_tokens: not supported by this model; use thinking.type 'adaptive'")
    if thinking.get("type", "adaptive") not in ("adaptive", "disabled", "between_tools"):
        raise Refusal(400, f"thinking.type: unknown value {thinking['type']!r}")
    config = params.get("output_config") or {}
    if config.get("effort", "high") not in _EFFORTS:
        raise Refusal(400, f"output_config.effort: Input should be one of {', '.join(_EFFORTS)}")
    if shape := config.get("format"):
        if shape.get("type") != "json_schema" or not isinstance(shape.get("schema"), dict):
            raise Refusal(400, "output_config.format: Input should be a json_schema with a schema")
        _check_schema(shape["schema"])


def _check_schema(schema: Mapping[str, Any]) -> None:
    kind = schema.get("type")
    for name in _UNSUPPORTED:
        if name in schema:
            raise Refusal(400, f"output_config.format.schema: For '{kind}' type, property '{name}' is not supported")
    if kind == "object" and schema.get("additionalProperties") is not False:
        raise Refusal(
            400,
            "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false",
        )
    inner = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values(), *schema.get("anyOf", ())]
    for part in [*inner, schema.get("items")]:
        if isinstance(part, dict):
            _check_schema(part)


def _check_marks(params: Mapping[str, Any]) -> None:
    marks = []
    for block in blocks(params):
        if not isinstance(block, dict):
            raise Refusal(400, "messages: content blocks must be objects")
        if block.get("type", "text") == "text" and not block.get("text", "-"):
            raise Refusal(400, "messages: text content blocks must be non-empty")
        if mark := block.get("cache_control"):
            marks.append(mark.get("ttl", "5m"))
            if mark.get("type") != "ephemeral" or marks[-1] not in ("5m", "1h"):
                raise Refusal(400, "cache_control: Input should be ephemeral, with a ttl of '5m' or '1h'")
    if len(marks) > 4:
        raise Refusal(400, f"A maximum of 4 blocks with cache_control may be provided. Found {len(marks)}.")
    if "5m" in marks and "1h" in marks[marks.index("5m") :]:
        raise Refusal(400, "cache_control: a ttl='1h' block must not come after a ttl='5m' block")


def _check_room(most: int, name: str, model: Model) -> None:
    if most < 0:
        raise Refusal(400, "max_tokens: Input should be greater than or equal to 0")
    if most > model.max_output:
        raise Refusal(
            400,
            f"max_tokens: {most} > {model.max_output}, which is the maximum allowed number of output tokens for {name}",
        )
