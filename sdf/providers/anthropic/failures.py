"""What the SDK raises, and what a batch's row failed with, as failures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sdf.providers.failures import Failure, Transient
from sdf.providers.refusals import Asked, Refusal, failure_from, quoted

if TYPE_CHECKING:
    from anthropic import AnthropicError

_STATUS = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""The status that goes with an error's type, for bodies that come without one, as a batch's rows do."""

_NOT_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "LocalProtocolError"})
"""What httpx2 raises before a byte of the request is on its way."""


def failure_of(error: AnthropicError, asked: Asked) -> Failure:
    """The failure that an exception of the SDK is."""
    from anthropic import APIConnectionError, APIStatusError

    if isinstance(error, APIStatusError):
        headers = error.response.headers
        return failure_of_body(
            error.status_code,
            error.body,
            asked,
            retry_after=headers.get("retry-after"),
            date=headers.get("date"),
        )
    if isinstance(error, APIConnectionError):
        cause = error.__cause__ or error
        kind = type(cause).__name__
        said = quoted(f"no answer from {error.request.url.host} ({kind}: {cause})", asked.key_env)
        return Transient(said.removesuffix(": )"), accepted=kind not in _NOT_SENT)
    return Transient(quoted(f"{type(error).__name__}: {error}", asked.key_env), accepted=True)


def failure_of_body(
    status: int | None,
    body: object,
    asked: Asked | None = None,
    *,
    retry_after: str | None = None,
    date: str | None = None,
) -> Failure:
    """The failure that an error's body is: an answer's, decoded or as text, or the `errored` result of a batch's row.

    Without a status the error's type tells it. What is no JSON keeps its status, and
    without one that says more it is the line's fault, not the request's.
    """
    asked = asked or Asked()
    told = _error_in(body)
    if told is None:
        text = body if isinstance(body, str) else json.dumps(body, default=str)
        if status is None or status < 300:
            # What begins like JSON was cut off on its way from the server; a page is somebody else's.
            taken = text.lstrip().startswith("{")
            return Transient(f"no message came: {quoted(text, asked.key_env)}", accepted=taken, status=status or 0)
        return failure_from(Refusal(status, text, retry_after=retry_after, date=date), asked)
    kind, message, details = told.get("type"), told.get("message"), told.get("details")
    if status is None or status < 300:
        status = _STATUS.get(str(kind), 500)
    code = details.get("error_code") if isinstance(details, Mapping) else None
    said = message if isinstance(message, str) else json.dumps(told, default=str)
    return failure_from(Refusal(status, said, str(code or ""), retry_after, date), asked)


def _error_in(body: object) -> Mapping[str, Any] | None:
    """The innermost `error`, with type and message; a batch's row wraps it once more than an answer does."""
    found: Mapping[str, Any] | None = None
    while isinstance(body, Mapping) and isinstance(body.get("error"), Mapping):
        found = body = body["error"]
    return found
