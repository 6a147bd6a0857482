"""A stand-in in virtual time, and the real SDK talking to it."""

from __future__ import annotations

from collections.abc import Iterator

import anthropic
import pytest

from tests.standin import Clock, Standin, standin

START = 1_795_000_000.0


@pytest.fixture
def server() -> Iterator[Standin]:
    """A stand-in whose time stands until a test advances it."""
    with standin(now=Clock(START)) as server:
        yield server


@pytest.fixture
def client(server: Standin) -> Iterator[anthropic.Anthropic]:
    """The SDK, which tries nothing again."""
    with anthropic.Anthropic(api_key=server.key, base_url=server.url, max_retries=0) as client:
        yield client
