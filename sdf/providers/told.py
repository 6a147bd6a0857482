"""What a chat model told through LangChain, as a Response; read by shape, for thirty packages say it their own way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sdf.providers.refusals import as_word
from sdf.providers.settings import MAX_TEXT_BYTES
from sdf.records import Request, Response, StopReason, Usage

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

_STOPS = {
    StopReason.end: ("stop", "end_turn", "stop_sequence", "eos", "eos_token", "complete", "completed", "finish"),
    StopReason.length: ("length", "max_tokens", "model_length", "model_context_window_exceeded"),
    StopReason.refusal: (
        "refusal",
        "content_filter",
        "content_filtered",
        "guardrail_intervened",
        "safety",
        "prohibited_content",
        "recitation",
        "blocklist",
    ),
}
_REASONS = {word: stop for stop, words in _STOPS.items() for word in words}
_KEYS = ("finish_reason", "stop_reason", "stopReason", "done_reason")


def answer_of(request: Request, message: BaseMessage) -> Response:
    """The answer in a message of a chat model."""
    usage = usage_of(getattr(message, "usage_metadata", None) or {})
    reason = next((str(value) for key in _KEYS if (value := message.response_metadata.get(key))), "")
    refused = bool(message.additional_kwargs.get("refusal"))
    stop = StopReason.refusal if refused else _stop(reason, usage, request.max_tokens)
    text = str(message.text).encode("utf-8", "replace").decode()
    error = f"stopped for an unknown reason: {as_word(reason)}" if stop is StopReason.unknown else None
    size = len(text.encode())
    if size > MAX_TEXT_BYTES:
        text, stop = "", StopReason.unknown
        error = f"the answer has {size:,} bytes of text, and at most {MAX_TEXT_BYTES:,} are taken"
    return Response(request_id=request.id, text=text, stop=stop, model=request.model, usage=usage, error=error)


def usage_of(told: Mapping[str, Any]) -> Usage:
    """Tokens by kind: LangChain counts those of the cache among the input, we apart from it."""
    details = told.get("input_token_details") or {}
    read, written = _count(details, "cache_read"), _count(details, "cache_creation")
    hour, five = _count(details, "ephemeral_1h_input_tokens"), _count(details, "ephemeral_5m_input_tokens")
    written = max(written - hour, five)
    return Usage(
        input=max(0, _count(told, "input_tokens") - read - written - hour),
        output=_count(told, "output_tokens"),
        cache_read=read,
        cache_write=written,
        cache_write_1h=hour,
    )


def _stop(reason: str, usage: Usage, max_tokens: int) -> StopReason:
    if reason:
        return _REASONS.get(reason.lower(), StopReason.unknown)
    # Some servers give no reason; what they counted tells whether the limit was met.
    if usage.output:
        return StopReason.length if usage.output >= max_tokens else StopReason.end
    return StopReason.unknown


def _count(told: Mapping[str, Any], key: str) -> int:
    value = told.get(key)
    return max(0, value) if isinstance(value, int) else 0
