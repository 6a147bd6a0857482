"""A request as the Messages API wants it. The same for one call and for a row of a batch.

Two requests of one genre and stage share their first blocks to the byte: these stand in
`system`, in one order and without anything of the brief, and end at the cache marks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from itertools import takewhile
from typing import Any

from sdf.providers.settings import ModelSettings
from sdf.records import Block, Request

PREFIX = "anthropic:"

_MOST_MARKS = 4
"""More cache marks than this in one request are refused."""

_MOST_KEPT = 128
"""Encoded blocks that are kept: some hundred kilobytes each where the whole constitution is one."""

_ALWAYS_THINK = ("claude-opus-5-5", "claude-fable-", "claude-mythos-")
"""Models that refuse `disabled`: they think whatever is asked, and only effort makes it less."""

_BETWEEN_TOOLS = ("claude-sonnet-5-5",)
"""Models that refuse `disabled` and call it `between_tools`."""


def model_name(model: str) -> str:
    """The provider's name of a model, without the recipe's `anthropic:`."""
    return model.removeprefix(PREFIX)


def thinking_param(model: str, choice: str) -> dict[str, str] | None:
    """What to say about thinking, or None to say nothing.

    The models of 2026 think unless told not to, so that "off" has to be said; what says
    it differs by model, and some cannot be told at all (`always_thinks`).
    """
    if choice == "adaptive":
        return {"type": "adaptive"}
    if always_thinks(model):
        return None
    return {"type": "between_tools" if model_name(model).startswith(_BETWEEN_TOOLS) else "disabled"}


def always_thinks(model: str) -> bool:
    """Whether a model's thinking cannot be switched off; its thoughts are billed and count to max_tokens."""
    return model_name(model).startswith(_ALWAYS_THINK)


def message_params(request: Request, settings: ModelSettings) -> dict[str, Any]:
    """The body of `POST /v1/messages`, which is also a batch row's `params`. Never a sampling parameter."""
    system, task = _parts(request.blocks)
    params: dict[str, Any] = {"model": model_name(request.model), "max_tokens": request.max_tokens}
    thinking = thinking_param(request.model, settings.thinking)
    if thinking is not None:
        params["thinking"] = thinking
    output = _output_config(request, settings)
    if output:
        params["output_config"] = output
    if system:
        params["system"] = _marked(system, settings)
    params["messages"] = [{"role": "user", "content": [_text(block) for block in task]}]
    return params


def encoded(params: Mapping[str, Any]) -> bytes:
    """The bytes of a body, the same for equal params.

    The blocks of `system` are long and shared by many requests: each is encoded once.

    Raises:
        UnicodeEncodeError: a text holds half a surrogate pair, which is no text.
    """
    rest = _json({key: value for key, value in params.items() if key != "system"})
    if "system" not in params:
        return rest
    blocks = [_encoded_block(block["text"], _json(block.get("cache_control"))) for block in params["system"]]
    return b'{"system":[' + b",".join(blocks) + b"]," + rest[1:]


@lru_cache(maxsize=_MOST_KEPT)
def _encoded_block(text: str, mark: bytes) -> bytes:
    block = _json({"type": "text", "text": text})
    return block if mark == b"null" else block[:-1] + b',"cache_control":' + mark + b"}"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _parts(blocks: tuple[Block, ...]) -> tuple[list[Block], list[Block]]:
    """The blocks of the shared prefix, and those of the task, which is never empty."""
    said = [block for block in blocks if block.text.strip()]
    system = list(takewhile(lambda block: block.cache, said))
    if len(system) == len(said):
        system = system[:-1]
    return system, said[len(system) :]


def _marked(blocks: list[Block], settings: ModelSettings) -> list[dict[str, Any]]:
    mark = {"type": "ephemeral", "ttl": "1h"} if settings.batch else {"type": "ephemeral"}
    first = len(blocks) - _MOST_MARKS
    return [
        {**_text(block), "cache_control": dict(mark)} if place >= first else _text(block)
        for place, block in enumerate(blocks)
    ]


def _text(block: Block) -> dict[str, Any]:
    return {"type": "text", "text": block.text}


def _output_config(request: Request, settings: ModelSettings) -> dict[str, Any]:
    output: dict[str, Any] = {}
    if settings.effort is not None:
        output["effort"] = settings.effort
    if request.output_schema is not None:
        output["format"] = {"type": "json_schema", "schema": dict(request.output_schema)}
    return output
