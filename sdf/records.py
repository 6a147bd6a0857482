"""The frozen records that every floor passes to the next.

A record is data: it holds no open file, no connection and no clock, and two
records with equal fields are interchangeable. Text fields are ordinary Unicode
without lone surrogates, which pydantic refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- the constitution -------------------------------------------------------


class Objection(Record):
    """A thing people say against a principle, and what the constitution answers."""

    claim: str
    reply: str = ""


class Bank(Record):
    """What a principle offers a writer, each part as clean sentences (no markup).

    Every tuple may be empty. `statement` is what the principle asks for;
    `practice` is how keeping it looks in a day's work; `otherwise` is what acting
    differently would cost; `tensions` is prose about the principles it meets.
    """

    statement: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    practice: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    tensions: tuple[str, ...] = ()
    objections: tuple[Objection, ...] = ()
    otherwise: tuple[str, ...] = ()


class Principle(Record):
    """One addressable part of a constitution.

    `lines` are 1-based and inclusive, `span` is the half-open range of character
    offsets, both in the source text; `text` is the source text of the span without
    its heading line. `tension_ids` are the principles that the text itself names as
    meeting this one.
    """

    id: str
    kind: Literal["principle", "context"]
    title: str
    text: str
    bank: Bank = Bank()
    path: tuple[str, ...] = ()
    level: int = 1
    authority: str | None = None
    tension_ids: tuple[str, ...] = ()
    lines: tuple[int, int]
    span: tuple[int, int]
    sha256: str


class Identity(Record):
    """Whose constitution it is: the names that stand in every prompt and document."""

    model: str
    developer: str
    document: str
    rename: Mapping[str, str] = Field(default_factory=dict)


class Constitution(Record):
    """A parsed constitution; `principles` are in source order, of both kinds.

    `source` is the text as decoded; `source_sha256` is of the file's exact bytes.
    `heading_style` says which shape was recognised, for the outline that a person
    corrects.
    """

    source: str
    source_sha256: str
    heading_style: Literal["markdown", "bare", "csv", "paragraphs"]
    principles: tuple[Principle, ...]
    title: str = ""

    def teachable(self) -> tuple[Principle, ...]:
        """The principles that documents are planned for (context is left out)."""
        return tuple(p for p in self.principles if p.kind == "principle")

    def by_id(self) -> dict[str, Principle]:
        """Every part under its id."""
        return {p.id: p for p in self.principles}


# --- the plan ---------------------------------------------------------------

Expects = Literal["shown", "implied", "none"]
Split = Literal["train", "heldout"]
Naming = Literal["named", "unnamed", "fictional"]


class Cell(Record):
    """What a brief must teach and in which genre; one principle, or two in tension."""

    principle_ids: tuple[str, ...]
    genre: str

    @property
    def key(self) -> str:
        """The cell's name in tables and ledgers: `id+id/genre`."""
        return "+".join(self.principle_ids) + "/" + self.genre


class Person(Record):
    """A person from the pools. `they`, `them`, `their` are the pronouns to use."""

    given: str
    family: str
    full: str
    they: str
    them: str
    their: str


class Names(Record):
    """Every invented name that a document may use; it may use no other.

    `ai` is how the AI of this document is called: the model's own name, a plain
    description such as "the assistant", or a name from the pool of fictional AIs.
    """

    people: tuple[Person, ...]
    ai: str
    place: str
    organisation: str


class Words(Record):
    """The length asked for, in words."""

    low: int
    high: int
    target: int


class Brief(Record):
    """One document to be written. A pure function of recipe, series, index and attempt."""

    series: str
    index: int
    attempt: int
    id: str
    cell: Cell
    form: str
    axes: Mapping[str, str]
    expects: Expects
    names: Names
    words: Words
    seed: int
    family: str
    split: Split


# --- model calls ------------------------------------------------------------


class Block(Record):
    """A piece of prompt text; `cache` marks the end of a prefix worth caching."""

    text: str
    cache: bool = False


class Request(Record):
    """One model call. `id` is the digest of everything that decides the answer.

    `variables` is the mapping that the template was rendered from; the offline
    provider writes from it, and it is left out of the digest because `blocks`
    already carries what a model sees of it.
    """

    id: str
    series: str
    index: int
    attempt: int
    stage: str
    genre: str
    model: str
    blocks: tuple[Block, ...]
    max_tokens: int
    output_schema: Mapping[str, Any] | None = None
    variables: Mapping[str, Any] = Field(default_factory=dict, repr=False, exclude=True)


class StopReason(StrEnum):
    """Why a model stopped. Only `end` can become a document."""

    end = "end"
    refusal = "refusal"
    length = "length"
    unknown = "unknown"


class Usage(Record):
    """Tokens as the provider billed them."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


class Response(Record):
    """What came back for a request. `error` is set when no text could be had."""

    request_id: str
    text: str
    stop: StopReason
    model: str
    usage: Usage = Usage()
    error: str | None = None


# --- verdicts and decisions -------------------------------------------------


class Flag(Record):
    """One thing a check found; `start` and `stop` are character offsets in the text."""

    rule: str
    detail: str
    start: int = 0
    stop: int = 0


class Verdict(Record):
    """A check's answer about one document. `passed` is None when it could not run."""

    check: str
    passed: bool | None
    flags: tuple[Flag, ...] = ()
    note: str = ""


class Outcome(StrEnum):
    """What became of one attempt."""

    accepted = "accepted"
    rejected = "rejected"
    refused = "refused"
    truncated = "truncated"
    invalid = "invalid"
    failed = "failed"
    pending = "pending"


class Decision(Record):
    """The recorded end of an attempt, at its premise or at its document."""

    series: str
    index: int
    attempt: int
    phase: Literal["premise", "document"]
    outcome: Outcome
    reason: str = ""
    verdicts: tuple[Verdict, ...] = ()


# --- documents --------------------------------------------------------------


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
