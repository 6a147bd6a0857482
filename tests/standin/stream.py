"""A Message as server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

PART = 200  # characters a delta


def events(message: dict[str, Any]) -> Iterator[bytes]:
    """The events that build up `message`."""
    usage = message["usage"]
    known = {**message, "content": [], "stop_reason": None, "stop_sequence": None}
    yield _event("message_start", message={**known, "usage": {**usage, "output_tokens": 1}})
    for index, block in enumerate(message["content"]):
        empty, deltas = _parts(block)
        yield _event("content_block_start", index=index, content_block=empty)
        for delta in deltas:
            yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    ended = {name: message[name] for name in ("stop_reason", "stop_sequence", "stop_details")}
    yield _event("message_delta", delta=ended, usage={"output_tokens": usage["output_tokens"]})
    yield _event("message_stop")


def _event(kind: str, **rest: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **rest})}\n\n".encode()


def _parts(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A block as it begins, and the deltas that fill it."""
    if block["type"] == "tool_use":
        return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": json.dumps(block["input"])}]
    field = block["type"]
    whole = block[field]
    deltas = [{"type": f"{field}_delta", field: whole[at : at + PART]} for at in range(0, len(whole), PART)]
    if field == "thinking":
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
    return {**block, field: ""}, deltas
