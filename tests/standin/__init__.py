"""Loopback servers that speak Anthropic's API and an OpenAI-compatible one, with their limits and with faults."""

from __future__ import annotations

from tests.standin.faults import Fault, Faults, dropped, overloaded, page, rate_limited, spend_cap
from tests.standin.limits import Limits, Model, Refusal, digest
from tests.standin.messages import Reply, echo
from tests.standin.serve import Apart, standin, standin_apart
from tests.standin.server import Clock, Standin

__all__ = [
    "Apart",
    "Clock",
    "Fault",
    "Faults",
    "Limits",
    "Model",
    "Refusal",
    "Reply",
    "Standin",
    "digest",
    "dropped",
    "echo",
    "overloaded",
    "page",
    "rate_limited",
    "spend_cap",
    "standin",
    "standin_apart",
]
