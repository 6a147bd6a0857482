"""The SDK's client, with everything off that would act behind our back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sdf.providers.endpoints import check_url, key_in
from sdf.recipe import Endpoint

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

KEY_ENV = "ANTHROPIC_API_KEY"
_CONNECT_SECONDS = 10.0
_LOGGERS = ("anthropic", "httpx2", "httpcore2")


def open_client(endpoint: Endpoint, timeout: float, connections: int = 64) -> AsyncAnthropic:
    """A client that sends once: no retries, no telemetry, no redirects that would carry the key elsewhere.

    The key is read from the environment here, and is in nobody's repr. `timeout` is in
    seconds for one call; `connections` is the most calls at a time.

    Raises:
        RecipeError: the variable of the key is not set or holds what cannot be sent, or
            `base_url` is no address.
    """
    key = require_key(endpoint)

    import httpx2
    from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient

    # Below a warning these write prompts and headers, which ANTHROPIC_LOG would switch on.
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    # Waiting for a place in the pool is no part of a call.
    patience = httpx2.Timeout(timeout, connect=min(_CONNECT_SECONDS, timeout), pool=None)
    limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
    return AsyncAnthropic(
        api_key=key,
        base_url=endpoint.base_url,
        timeout=patience,
        max_retries=0,
        open_telemetry=False,
        http_client=DefaultAsyncHttpxClient(timeout=patience, limits=limits, follow_redirects=False),
    )


def require_key(endpoint: Endpoint) -> str:
    """The key to an endpoint, whose address is looked at too; sends nothing.

    Raises:
        RecipeError: as `open_client`.
    """
    check_url(endpoint.base_url)
    return key_in(key_variable(endpoint))


def key_variable(endpoint: Endpoint) -> str:
    """The name of the environment variable that holds the key."""
    return endpoint.key_env or KEY_ENV
