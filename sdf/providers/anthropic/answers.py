"""A message of the API as a Response. Read from the raw JSON: the SDK's own models validate nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sdf.providers.refusals import as_word
from sdf.providers.settings import MAX_TEXT_BYTES
from sdf.records import Request, Response, StopReason, Usage

_STOPS = {
    "end_turn": StopReason.end,
    "stop_sequence": StopReason.end,
    "max_tokens": StopReason.length,
    "model_context_window_exceeded": StopReason.length,
    "refusal": StopReason.refusal,
}

_Count = Annotated[int, Field(ge=0)]


class _Told(BaseModel):
    """What a server says: more than we know is let pass, less is refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Part(_Told):
    type: str
    text: str | None = None


class _CacheCreation(_Told):
    ephemeral_5m_input_tokens: _Count = 0
    ephemeral_1h_input_tokens: _Count = 0


class _Tokens(_Told):
    input_tokens: _Count
    output_tokens: _Count
    cache_read_input_tokens: _Count | None = None
    cache_creation_input_tokens: _Count | None = None
    cache_creation: _CacheCreation | None = None


class Message(_Told):
    """What is read of a message."""

    type: Literal["message"]
    content: tuple[_Part, ...]
    stop_reason: str | None = None
    usage: _Tokens


def parse_message(raw: bytes) -> Message:
    """The message in a body.

    Raises:
        ValueError: the body is no JSON, or no message.
    """
    try:
        return Message.model_validate_json(raw)
    except ValidationError:
        # Half a surrogate pair in an escape is JSON to everybody but pydantic; the answer is paid for.
        return Message.model_validate(json.loads(raw))


def response_of(request: Request, message: Mapping[str, Any] | Message, *, batch: bool) -> Response:
    """The answer to a request; what cannot be read as a message becomes a response with an error."""
    if not isinstance(message, Message):
        try:
            message = Message.model_validate(message)
        except ValidationError as broken:
            return _errored(request, f"the answer is no message: {_first(broken)}", batch=batch)
    usage = _usage(message.usage, batch=batch)
    joined = "".join(part.text for part in message.content if part.type == "text" and part.text)
    text = joined.encode("utf-8", "replace").decode()
    size = len(text.encode())
    if size > MAX_TEXT_BYTES:
        told = f"the answer has {size:,} bytes of text, and at most {MAX_TEXT_BYTES:,} are taken"
        return _errored(request, told, usage=usage, batch=batch)
    stop = _STOPS.get(message.stop_reason or "", StopReason.unknown)
    error = f"stopped for an unknown reason: {as_word(message.stop_reason)}" if stop is StopReason.unknown else None
    return Response(
        request_id=request.id, text=text, stop=stop, model=request.model, usage=usage, batch=batch, error=error
    )


def _usage(told: _Tokens, *, batch: bool) -> Usage:
    """Tokens by kind; a cache write of unknown lifetime is of the lifetime that was asked for."""
    split = told.cache_creation or _CacheCreation()
    five, hour = split.ephemeral_5m_input_tokens, split.ephemeral_1h_input_tokens
    rest = max(0, (told.cache_creation_input_tokens or 0) - five - hour)
    return Usage(
        input=told.input_tokens,
        output=told.output_tokens,
        cache_read=told.cache_read_input_tokens or 0,
        cache_write=five + (0 if batch else rest),
        cache_write_1h=hour + (rest if batch else 0),
    )


def _errored(request: Request, error: str, *, batch: bool, usage: Usage | None = None) -> Response:
    return Response(
        request_id=request.id,
        text="",
        stop=StopReason.unknown,
        model=request.model,
        usage=usage or Usage(),
        batch=batch,
        error=error,
    )


def _first(broken: ValidationError) -> str:
    fault = broken.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"[:200]
