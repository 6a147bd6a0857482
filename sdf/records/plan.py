"""Plans: what is to be written, for whom, how long and with which names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sdf.records.base import Record

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
