"""Tensions that a constitution does not name: a model reads pairs of principles and says where they pull apart.

All pairs are read where there are few; else the model first chooses pairs from the
outline. What it finds rests on words of both texts, which are looked up here, and waits
in tensions.toml for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from itertools import combinations
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, StrictBool, ValidationError

from sdf.constitution import clean_text
from sdf.errors import RunError
from sdf.files import write_atomic
from sdf.genres.pack import Genre
from sdf.plan.cells import tension_pairs
from sdf.records import Identity, Principle, Record, Request, Response
from sdf.run.proposals import Desk, question, template_hash, told_object
from sdf.run.tensions_file import (
    DEPENDS,
    PairAsked,
    Provenance,
    Tension,
    Tensions,
    read_tensions,
    texts_of,
    write_tensions,
)
from sdf.write.judge import locate
from sdf.write.render import Templates

TEMPLATE = "_shared/tensions.j2"
STAGE = "tensions"
CHOOSE_TOKENS = 8000
PAIR_TOKENS = 4000
_SAYS_WORDS = 40
_FEWEST_WORDS = 3
_MOST_CHARACTERS = 1200
_TEXT = {"type": "string"}
Pair = tuple[str, str]


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


PAIRS_SCHEMA = _object(pairs={"type": "array", "items": _object(one=_TEXT, other=_TEXT)})
PAIR_SCHEMA = _object(
    first_words=_TEXT,
    second_words=_TEXT,
    case=_TEXT,
    real={"type": "boolean"},
    pull=_TEXT,
    yields={"type": "string", "enum": ["first", "second", DEPENDS]},
    when=_TEXT,
    objection=_TEXT,
    reply=_TEXT,
)


class Told(Record):
    """An answer about a pair; what a model adds beside the schema is passed over."""

    model_config = ConfigDict(extra="ignore")

    first_words: str = ""
    second_words: str = ""
    case: str = ""
    real: StrictBool
    pull: str = ""
    yields: str = DEPENDS
    when: str = ""
    objection: str = ""
    reply: str = ""


class Proposed(Record):
    """What asking came to: pairs read now by what was found, and all that the file holds."""

    path: str
    read: int
    tensions: int
    none: int
    unreadable: int
    unanswered: int
    held: int
    accepted: int


class Reader:
    """The questions about one constitution; `principles` are the teachable ones of its identity copy.

    `genre` is any pack: the template stands in what all share.
    """

    def __init__(
        self, principles: Sequence[Principle], identity: Identity, genre: Genre, *, model: str, priorities: str = ""
    ) -> None:
        self.principles = tuple(principles)
        self.known = {one.id: one for one in principles}
        self.listed = tension_pairs(principles)
        self.template = template_hash(genre, TEMPLATE)
        self._model = model
        self._templates = Templates(genre)
        fence = blake2b("\x1f".join(one.text for one in principles).encode(), digest_size=4).hexdigest()
        document = identity.document or "The document below"
        self._same = {"identity": {"document": document}, "priorities": priorities, "fence": fence}

    def every_pair(self) -> list[Pair]:
        """All pairs that the constitution does not list itself, in its own order."""
        pairs = combinations((one.id for one in self.principles), 2)
        return [pair for pair in pairs if (min(pair), max(pair)) not in self.listed]

    def choice(self, most: int, turn: int = 0) -> Request:
        """The question which pairs are worth reading."""
        outline = [{"id": one.id, "title": one.title, "says": _beginning(one)} for one in self.principles]
        shown = {**self._same, "pair": None, "outline": outline, "listed": self.listed, "most": most}
        return self._question(shown, "outline", turn, CHOOSE_TOKENS, PAIRS_SCHEMA)

    def about(self, pair: Pair) -> Request:
        """The question about one pair."""
        both = [{"title": self.known[one].title, "text": self.known[one].text.strip()} for one in pair]
        return self._question({**self._same, "pair": both}, "+".join(pair), 0, PAIR_TOKENS, PAIR_SCHEMA)

    def chosen(self, answer: Response, most: int) -> list[Pair]:
        """The pairs that an answer names and that can be asked about, each once."""
        told = told_object(answer, "pairs")
        rows = told["pairs"] if told is not None else None
        rank = {one.id: number for number, one in enumerate(self.principles)}
        possible = set(self.every_pair())
        found: dict[Pair, None] = {}
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and {str(row.get("one")), str(row.get("other"))} <= rank.keys():
                one, other = sorted((str(row["one"]), str(row["other"])), key=lambda name: rank[name])
                if (one, other) in possible:
                    found[one, other] = None
        return list(found)[:most]

    def _question(self, shown: dict[str, Any], subject: str, turn: int, limit: int, schema: dict[str, Any]) -> Request:
        text = self._templates.render(TEMPLATE, shown)
        return question(self._model, subject, STAGE, text, number=turn, max_tokens=limit, schema=schema)


def propose(reader: Reader, desk: Desk, path: Path, *, most: int) -> Proposed:
    """Read pairs, at most `most`, and put what is found into the file at `path`, which is otherwise kept.

    Raises:
        RunError: the model chose no pair, twice.
        AwaitingError, HaltedError: as from the provider; the same call goes on.
    """
    before = read_tensions(path)
    read = {one.request for one in before.provenance.asked}
    held = {one.key for one in before.tensions}
    asked = [
        (pair, reader.about(pair)) for pair in pairs_to_read(reader, desk, most) if "+".join(sorted(pair)) not in held
    ]
    asked = [(pair, request) for pair, request in asked if request.id not in read]
    answers = desk.ask([request for _, request in asked], reader.template)
    heard = [(pair, answers[request.id]) for pair, request in asked]
    added, noted = _decided(reader, desk, heard)
    found = Tensions(
        tensions=(*before.tensions, *added), provenance=Provenance(asked=(*before.provenance.asked, *noted))
    )
    if noted or not path.is_file():
        write_atomic(path, write_tensions(found, reader.principles))
    kinds = [one.found for one in noted]
    return Proposed(
        path=str(path),
        read=len(noted),
        tensions=len(added),
        none=kinds.count("none"),
        unreadable=len(noted) - len(added) - kinds.count("none"),
        unanswered=len(asked) - len(noted),
        held=len(found.tensions),
        accepted=sum(one.accepted for one in found.tensions),
    )


def pairs_to_read(reader: Reader, desk: Desk, most: int) -> list[Pair]:
    """All pairs where they are at most `most`; else those that the model chooses, asked once more if it names none."""
    every = reader.every_pair()
    if len(every) <= most:
        return every
    for turn in range(2):
        request = reader.choice(most, turn)
        answer = desk.ask([request], reader.template)[request.id]
        if pairs := reader.chosen(answer, most):
            return pairs
    hint = "Name another model, or another number of --pairs."
    raise RunError("the model chose no pair that can be read", where="--propose-tensions", hint=hint)


def _decided(
    reader: Reader, desk: Desk, heard: Iterable[tuple[Pair, Response]]
) -> tuple[list[Tension], list[PairAsked]]:
    added, noted = [], []
    for pair, answer in heard:
        if answer.error is not None:
            continue
        found, tension = tension_in(reader, pair, answer)
        if tension is not None:
            added.append(tension)
        noted.append(
            PairAsked(
                request=answer.request_id,
                principles=pair,
                found=found,
                model=answer.model,
                date=desk.day.isoformat(),
                template=reader.template,
            )
        )
    return added, noted


def tension_in(reader: Reader, pair: Pair, answer: Response) -> tuple[str, Tension | None]:
    """What an answer came to, in a word or two, and the tension when it proposes one that rests on both texts."""
    value = told_object(answer, "real")
    try:
        told = None if value is None else Told.model_validate(value)
    except ValidationError:
        told = None
    if told is None:
        return "unreadable", None
    if not told.real:
        return "none", None
    texts = (told.pull, told.when, told.case, told.objection, told.reply)
    if not (told.pull.strip() and told.when.strip()) or not all(map(_plain, texts)):
        return "unfit", None
    words = (told.first_words, told.second_words)
    if not all(_stands(one, reader.known[name]) for one, name in zip(words, pair, strict=True)):
        return "not in its words", None
    return "tension", Tension(
        principles=pair,
        pull=_line(told.pull),
        when=_line(told.when),
        yields={"first": pair[0], "second": pair[1]}.get(told.yields, DEPENDS),
        case=_line(told.case),
        objection=_line(told.objection),
        reply=_line(told.reply),
        words=(_line(words[0]), _line(words[1])),
        texts=texts_of(reader.known, pair),
        request=answer.request_id[:12],
    )


def _stands(words: str, principle: Principle) -> bool:
    if len(words.split()) < _FEWEST_WORDS and len(words) < 8:
        return False
    return any(locate(text, words) is not None for text in (principle.text, clean_text(principle.text)))


def _plain(text: str) -> bool:
    return len(text) <= _MOST_CHARACTERS and _line(text).isprintable() and not set("<>{}`") & set(text)


def _line(text: str) -> str:
    return " ".join(text.split())


def _beginning(principle: Principle) -> str:
    said = principle.bank.statement or (clean_text(principle.text),)
    words = said[0].split()
    return " ".join(words[:_SAYS_WORDS]) + (" ..." if len(words) > _SAYS_WORDS else "")
