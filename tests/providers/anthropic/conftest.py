"""Requests to ask, and a sender of the real SDK against a stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sdf.providers.anthropic.client import KEY_ENV, open_client
from sdf.providers.anthropic.sender import AnthropicSender
from sdf.providers.failures import Failure
from sdf.providers.settings import ModelSettings
from sdf.recipe import Endpoint
from sdf.records import Block, Request, Response
from tests.standin import Standin, standin

KEY = "sk-ant-api03-SENTINEL-5b1f0c"
MODEL = "anthropic:claude-haiku-5-5"
PREAMBLE = Block(text="The constitution, and who asks for what. " * 40, cache=True)
RULES = Block(text="What every essay holds to. " * 40, cache=True)


def asking(task: str = "Write about a lighthouse.", **fields: Any) -> Request:
    """A request whose first two blocks are those of its genre and stage."""
    blocks = (PREAMBLE, RULES, Block(text=task))
    plain = {"series": "base", "index": 0, "attempt": 0, "stage": "draft", "genre": "essay", "model": MODEL}
    return Request.model_validate({"id": "ab" * 20, **plain, "blocks": blocks, "max_tokens": 2000, **fields})


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)


@pytest.fixture
def server() -> Iterator[Standin]:
    with standin(key=KEY) as running:
        yield running


Send = Callable[..., Response]


@pytest.fixture
def send(server: Standin) -> Send:
    """Ask the stand-in once, through the SDK."""

    def once(request: Request | None = None, *, url: str | None = None, **settings: Any) -> Response:
        async def asked() -> Response:
            chosen = ModelSettings.model_validate({"timeout": 10, **settings})
            sender = AnthropicSender(open_client(Endpoint(base_url=url or server.url), chosen.timeout), chosen)
            try:
                return await sender.send(request or asking())
            finally:
                await sender.aclose()

        return asyncio.run(asked())

    return once


@pytest.fixture
def failing(send: Send) -> Callable[..., Failure]:
    """The failure that asking once ends with."""

    def failed(request: Request | None = None, **options: Any) -> Failure:
        with pytest.raises(Failure) as caught:
            send(request, **options)
        return caught.value

    return failed
