"""Documents, by kind: what a run is for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from sdf.records.base import Record
from sdf.records.calls import Usage
from sdf.records.plan import Brief, Split
from sdf.records.verdicts import Verdict


class StageLineage(Record):
    """Which call wrote a stage. `template_sha256` covers the templates and rules it used."""

    stage: str
    request_id: str
    model: str
    template_sha256: str
    usage: Usage = Usage()
    cost_usd: float | None = None


class Message(Record):
    """One chat turn; `train` says whether a trainer should take loss on it."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    thinking: str | None = None
    train: bool = True


class _Common(Record):
    id: str
    genre: str
    form: str
    principle_ids: tuple[str, ...]
    family: str
    split: Split
    arm: str
    brief: Brief
    lineage: tuple[StageLineage, ...]
    verdicts: tuple[Verdict, ...]
    n_words: int
    sha256: str


class TextDocument(_Common):
    """A document of running text, the unit of mid-training."""

    kind: Literal["document"] = "document"
    text: str


class ChatDocument(_Common):
    """A conversation."""

    kind: Literal["chat"] = "chat"
    messages: tuple[Message, ...]
    tool_specs: tuple[Mapping[str, Any], ...] = ()


class EvalDocument(_Common):
    """A test of behaviour, never trained on."""

    kind: Literal["eval"] = "eval"
    input: tuple[Message, ...]
    target: str
    rubric: str
    canary: str
    twin_id: str | None = None
    metadata: Mapping[str, Any] = Field(default_factory=dict)


Document = Annotated[TextDocument | ChatDocument | EvalDocument, Field(discriminator="kind")]
