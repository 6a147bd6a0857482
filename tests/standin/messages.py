"""What a model says here: the reply to params, cut where its limits cut it, and what it is billed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.standin.faults import Fault
from tests.standin.limits import Model, block_text, blocks, digest, tokens

_WORDS = (
    "the",
    "harbour",
    "keeps",
    "its",
    "lamps",
    "lit",
    "because",
    "someone",
    "may",
    "be",
    "out",
    "there",
    "tonight",
)


@dataclass(frozen=True)
class Reply:
    """What a model says, and why it stops."""

    text: str
    stop_reason: str = "end_turn"
    stop_sequence: str | None = None
    thinking: str = ""
    content: tuple[Mapping[str, Any], ...] = ()  # instead of blocks made from text and thinking
    uncut: bool = False  # longer than max_tokens allow, as no true server would


Answer = Callable[[Mapping[str, Any]], "str | Reply"]


def echo(params: Mapping[str, Any]) -> str:
    """Forty words with the params' digest among them; a document of the schema where one is asked for."""
    name = digest(params)
    shape = (params.get("output_config") or {}).get("format") or params.get("response_format") or {}
    shape = shape.get("json_schema", shape)
    if "schema" in shape:
        return json.dumps(fitting(shape["schema"], name))
    start = int(name, 16)
    return f"Reply {name}: " + " ".join(_WORDS[(start >> place) % len(_WORDS)] for place in range(40)) + "."


def fitting(schema: Mapping[str, Any], name: str, root: Mapping[str, Any] | None = None) -> Any:
    """A value that fits a JSON schema; its free strings hold `name`."""
    root = root or schema
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return fitting(schema[several][0], name, root)
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if values:
        return values[int(name, 16) % len(values)]
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {key: fitting(part, name, root) for key, part in schema.get("properties", {}).items()}
    if kind == "array":
        return [fitting(schema.get("items", {}), name, root) for _ in range(max(1, schema.get("minItems", 1)))]
    low = schema.get("minimum", 1)
    plain: dict[str, Any] = {"string": f"stand-in {name}", "integer": low, "number": low, "boolean": True, "null": None}
    return plain[kind]


def spoken(answer: Answer, params: Mapping[str, Any], fault: Fault | None, stop: str) -> Reply:
    """The reply, as the test's function gives it and as a fault or a rate of stop reasons bends it."""
    said = answer(params)
    reply = Reply(said) if isinstance(said, str) else said
    text, uncut = reply.text, reply.uncut
    if fault is not None:
        text = fault.text or text
        text += "x" * (fault.size - len(text))
        uncut = uncut or bool(fault.size)
        stop = fault.stop or stop
    if stop in ("max_tokens", "pause_turn", "model_context_window_exceeded", "length"):
        text = text[: len(text) // 2]
    if stop in ("refusal", "content_filter"):
        text = ""
    sequences = params.get("stop_sequences") or ["###"]
    ended = sequences[0] if stop == "stop_sequence" else reply.stop_sequence
    return Reply(text, stop or reply.stop_reason, ended, reply.thinking, reply.content, uncut)


def message(reply: Reply, params: Mapping[str, Any], usage: dict[str, Any], model: Model, name: str) -> dict[str, Any]:
    """The Message of a reply; `usage` gets its output tokens here."""
    most = params["max_tokens"]
    room = model.window - sum(usage[kind] for kind in _INPUT)
    text, stop = reply.text, reply.stop_reason
    if tokens(text) > min(most, room) and not reply.uncut:
        text, stop = text[: 4 * min(most, room)], "max_tokens" if most <= room else "model_context_window_exceeded"
    content = list(reply.content) or _content(reply, text, stop, name)
    usage["output_tokens"] = min(most, 1 + tokens(text) + tokens(reply.thinking))
    usage["output_tokens_details"] = {"thinking_tokens": tokens(reply.thinking)}
    refused = {"type": "refusal", "category": None, "explanation": None} if stop == "refusal" else None
    return {
        "id": f"msg_{name}",
        "type": "message",
        "role": "assistant",
        "model": params["model"],
        "content": content,
        "stop_reason": stop,
        "stop_sequence": reply.stop_sequence,
        "stop_details": refused,
        "usage": usage,
    }


_INPUT = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


def _content(reply: Reply, text: str, stop: str, name: str) -> list[Mapping[str, Any]]:
    content: list[Mapping[str, Any]] = []
    if reply.thinking:
        content.append({"type": "thinking", "thinking": reply.thinking, "signature": "c3RhbmQtaW4="})
    if text:
        content.append({"type": "text", "text": text})
    if stop == "tool_use":
        content.append({"type": "tool_use", "id": f"toolu_{name}", "name": "look_up", "input": {}})
    return content


@dataclass
class _Entry:
    ready: bool
    until: float
    life: float


class PromptCache:
    """Prefixes that were marked. An entry is read only after the answer that wrote it has begun."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    def usage(
        self, params: Mapping[str, Any], model: Model, total: int, now: float, *, tier: str, cold: bool = False
    ) -> tuple[dict[str, Any], Callable[[], None]]:
        """What the prompt is billed, and what makes its entries readable."""
        read, marks = 0, self._marks(params, model)
        for key, size, _ in reversed(marks):
            entry = self._entries.get(key)
            if entry and entry.ready and entry.until > now and not cold:
                read = size
                entry.until = now + entry.life
                break
        written = {"5m": 0, "1h": 0}
        fresh, reached = [], read
        for key, size, ttl in marks:
            if size > read:
                written[ttl] += size - reached
                reached = size
                life = 3600.0 if ttl == "1h" else 300.0
                fresh.append((key, _Entry(True, now + life, life)))
        made = sum(written.values())
        usage = {
            "input_tokens": total - read - made,
            "cache_creation_input_tokens": made,
            "cache_read_input_tokens": read,
            "cache_creation": {"ephemeral_5m_input_tokens": written["5m"], "ephemeral_1h_input_tokens": written["1h"]},
            "output_tokens": 0,
            "service_tier": tier,
        }
        return usage, lambda: self._entries.update(fresh)

    @staticmethod
    def _marks(params: Mapping[str, Any], model: Model) -> list[tuple[str, int, str]]:
        """Key, tokens and lifetime of each marked prefix that is long enough."""
        every = list(blocks(params))
        if mark := params.get("cache_control"):
            every[-1] = {**every[-1], "cache_control": mark}
        marked = [place for place, block in enumerate(every) if block.get("cache_control")]
        if not marked:
            return []
        found = []
        shape = (params.get("output_config") or {}).get("format")
        running = hashlib.blake2b(json.dumps([params["model"], shape], sort_keys=True).encode(), digest_size=12)
        size = 0
        for place, block in enumerate(every[: marked[-1] + 1]):
            text = block_text(block)
            running.update(text.encode("utf-8", "surrogatepass") + b"\x1f")
            size += tokens(text)
            if place in marked and size >= model.cache_min:
                found.append((running.hexdigest(), size, block["cache_control"].get("ttl", "5m")))
        return found
