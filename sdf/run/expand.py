"""Fan-out: a model divides the forms of packs into subtypes, in rounds, until each has enough.

What has been taken in stands in the pack's subtypes.toml, which a person may have
changed; what was ever answered is recorded beside it. The questions of a round follow
from these two alone. So whatever stops an expansion, the same command asks the same
questions again, and finds those answered that were.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sdf.files import write_atomic
from sdf.genres.pack import SUBTYPE, Catalogue, Form, Genre
from sdf.genres.subtypes import SUBTYPES, Provenance, Question, Subtype, Subtypes, parse_subtypes, write_subtypes
from sdf.records import Record, Request, Response
from sdf.run.ledger import Ledger
from sdf.run.likeness import Proposal, Shelf, names_pattern, unfit, worn_words
from sdf.run.proposals import Desk, answer_to, question, template_hash, told_object
from sdf.write.render import Templates

TEMPLATE = "_shared/expand.j2"
STAGE = "expand"
A_ROUND = 12
SHOWN = 36
MAX_TOKENS = 6000
_TURNED_AWAY = 12
_DRY = 0.2
_EXAMPLES = 3
_SETTINGS = 5
_TEXT = {"type": "string"}
_ENTRY = {
    "type": "object",
    "properties": {"label": _TEXT, "about": _TEXT},
    "required": ["label", "about"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"subtypes": {"type": "array", "items": _ENTRY}},
    "required": ["subtypes"],
    "additionalProperties": False,
}
# Shape and readers are a subtype's own to say. Axes that speak of the AI come in later, with the brief.
_OF_THE_AI = re.compile(r"\bAI\b|\bprinciple\b")
_NOT_SHOWN = frozenset({SUBTYPE, "arc", "audience"})


class Expansion(Record):
    """What an expansion did to one pack. `short` are the forms that have fewer than were wanted."""

    genre: str
    path: str
    subtypes: int
    added: int
    near: int
    broken: int
    unanswered: int
    short: Mapping[str, int]


@dataclass
class Pack:
    """A pack while it is being expanded; `heard` are the proposals of every question in its file."""

    genre: Genre
    path: Path
    each: int
    model: str
    found: Subtypes
    settings: Sequence[str]
    names: re.Pattern[str]
    heard: dict[str, tuple[Proposal, ...]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    @property
    def template(self) -> str:
        """The hash of what the questions are rendered from."""
        return template_hash(self.genre, TEMPLATE)

    def of(self, form: Form) -> list[Subtype]:
        """The subtypes of a form, in the order in which they were taken in."""
        return [one for one in self.found.subtypes if one.form == form.id]

    def asked(self, form: Form) -> list[Question]:
        """The questions about a form that were answered."""
        return [one for one in self.found.provenance.asked if one.form == form.id]


def expand(packs: Sequence[Pack], desk: Desk) -> list[Expansion]:
    """Ask round after round until every form has enough or runs dry; each file is written after each round.

    Raises:
        AwaitingError, HaltedError: as from the provider; the same call goes on.
    """
    before = {pack.genre.name: pack.found for pack in packs}
    for pack in packs:
        pack.heard = {one.request: _heard(pack.genre, one, desk.ledger) for one in pack.found.provenance.asked}
    while asked := [(pack, form, request) for pack in packs for form, request in round_of(pack)]:
        answers = desk.ask([request for _, _, request in asked], asked[0][0].template)
        for pack in packs:
            mine = [(form, request) for asking, form, request in asked if asking is pack]
            shelf = _shelf(pack)
            for form, request in mine:
                _take(pack, shelf, form, answers[request.id], desk.day.isoformat())
            if mine:
                write_atomic(pack.path, write_subtypes(pack.found, pack.genre.forms))
    return [_told(pack, before[pack.genre.name]) for pack in packs]


def open_packs(catalogue: Catalogue, names: Sequence[str], out: Path, *, each: int, model: str) -> list[Pack]:
    """The named packs (all without names) as they stand; files under `out` come before those of the catalogue.

    Raises:
        GenreError: a subtypes.toml is broken (file and line).
    """
    pattern = names_pattern([*catalogue.pools.foreign_ai, *catalogue.pools.banned])
    settings = [setting.label for setting in catalogue.settings]
    packs = []
    for genre in catalogue.genres:
        if names and genre.name not in names:
            continue
        path = out / genre.name / SUBTYPES
        body = path.read_bytes() if path.is_file() else genre.files.get(SUBTYPES)
        found = Subtypes() if body is None else parse_subtypes(body, str(path), genre.forms)
        packs.append(Pack(genre, path, each, model, found, settings, pattern))
    return packs


def round_of(pack: Pack) -> Iterator[tuple[Form, Request]]:
    """The next question about each form that wants more; a form without good news in two rounds is left alone."""
    templates = Templates(pack.genre)
    for form in pack.genre.forms:
        missing = pack.each - len(pack.of(form))
        if missing <= 0 or form.id in pack.failed or _dry(pack, form):
            continue
        number = len(pack.asked(form))
        wanted = min(A_ROUND, missing + 2)
        text = templates.render(TEMPLATE, _shown(pack, form, number, wanted))
        subject = f"{pack.genre.name}/{form.id}"
        yield (
            form,
            question(pack.model, subject, STAGE, text, number=number, max_tokens=MAX_TOKENS, schema=SCHEMA),
        )


def _dry(pack: Pack, form: Form) -> bool:
    last = [one for one in pack.asked(form) if one.model == pack.model][-2:]
    return len(last) > 1 and all(one.taken < max(1, _DRY * one.proposed) for one in last)


def _shown(pack: Pack, form: Form, number: int, wanted: int) -> dict[str, Any]:
    """What the template may name."""
    genre = pack.genre
    there = pack.of(form)
    # Neighbouring rounds show neighbouring stretches, so that everything comes round.
    turned = [there[(number * SHOWN + step) % len(there)] for step in range(min(SHOWN, len(there)))]
    low, high = form.words
    return {
        "genre": {"name": genre.name, "title": genre.title, "about": genre.about},
        "form": {**form.model_dump(include={"label", "about", "markup", "identity"}), "low": low, "high": high},
        "others": [other.label for other in genre.forms if other.id != form.id],
        "settings": _spaced(pack.settings, _SETTINGS),
        "open": [
            {"name": axis.name, "labels": _spaced([value.label for value in axis.values], _EXAMPLES)}
            for axis in genre.axes
            if axis.name not in _NOT_SHOWN and not any(_OF_THE_AI.search(value.label) for value in axis.values)
        ],
        "count": len(there),
        "known": [one.label for one in turned],
        "refused": _turned_away(pack, form),
        "worn": worn_words([one.label for one in there], form),
        # Neighbouring forms look from different sides in the same round.
        "side": number + genre.forms.index(form),
        "wanted": wanted,
    }


def _turned_away(pack: Pack, form: Form) -> list[dict[str, str]]:
    """The last fit proposals that are not in the file: too near to something, or taken out by a reader."""
    shelf = _shelf_of_file(pack)
    there = {one.label for one in pack.found.subtypes}
    proposals = [one for asked in pack.asked(form) for one in pack.heard.get(asked.request, ())]
    gone = {one.label: one for one in proposals if one.label not in there and not unfit(one, pack.names)}
    return [{"label": one.label, "near": shelf.nearest(form.id, one)} for one in list(gone.values())[-_TURNED_AWAY:]]


def _take(pack: Pack, shelf: Shelf, form: Form, answer: Response, day: str) -> None:
    """Decide an answer's proposals one after the other, and write down what became of them."""
    if answer.error is not None:
        pack.failed.add(form.id)
        return
    proposals, broken = proposals_in(answer)
    near, taken = 0, list[Subtype]()
    ids = {one.id for one in pack.found.subtypes}
    room = pack.each - len(pack.of(form))
    for proposal in proposals:
        if unfit(proposal, pack.names):
            broken += 1
        elif shelf.nearest(form.id, proposal):
            near += 1
        elif len(taken) < room:
            subtype = _subtype(form, proposal, answer.request_id, ids)
            ids.add(subtype.id)
            taken.append(subtype)
            shelf.put(proposal)
    asked = Question(
        request=answer.request_id,
        form=form.id,
        round=len(pack.asked(form)),
        model=pack.model,
        date=day,
        template=pack.template,
        proposed=len(taken) + near + broken,
        near=near,
        broken=broken,
    )
    pack.heard[answer.request_id] = tuple(proposals)
    pack.found = Subtypes(
        subtypes=(*pack.found.subtypes, *taken),
        provenance=Provenance(asked=(*pack.found.provenance.asked, asked)),
    )


def proposals_in(answer: Response) -> tuple[list[Proposal], int]:
    """The proposals of an answer and how many could not be read; an answer that is none counts as one."""
    told = told_object(answer, "subtypes")
    rows = told["subtypes"] if told is not None else None
    if not isinstance(rows, list):
        return [], 1
    found, broken = [], 0
    for row in rows[: 2 * A_ROUND]:
        try:
            one = Proposal.model_validate({key: row[key] for key in ("label", "about")})
        except (ValidationError, KeyError, TypeError):
            broken += 1
            continue
        found.append(Proposal(label=" ".join(one.label.split()).rstrip("."), about=" ".join(one.about.split())))
    return found, broken


def _shelf(pack: Pack) -> Shelf:
    """What new proposals are compared with: all subtypes, and what a reader took out of the file."""
    there, shelf = _shelf_of_file(pack), _shelf_of_file(pack)
    for asked in pack.found.provenance.asked:
        for proposal in pack.heard.get(asked.request, ()):
            if not unfit(proposal, pack.names) and not there.nearest(asked.form, proposal):
                shelf.put(proposal)
    return shelf


def _shelf_of_file(pack: Pack) -> Shelf:
    shelf = Shelf(pack.genre.forms)
    for one in pack.found.subtypes:
        shelf.put(Proposal(label=one.label, about=one.about))
    return shelf


def _subtype(form: Form, proposal: Proposal, request_id: str, taken: set[str]) -> Subtype:
    plain = unicodedata.normalize("NFKD", proposal.label).encode("ascii", "ignore").decode().casefold()
    short = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")[:60].strip("-")
    base = short or blake2b(proposal.label.encode(), digest_size=4).hexdigest()
    name, turn = base, 1
    while name in taken:
        turn += 1
        name = f"{base}-{turn}"
    return Subtype(id=name, form=form.id, label=proposal.label, about=proposal.about, request=request_id[:12])


def _heard(genre: Genre, asked: Question, ledger: Ledger) -> tuple[Proposal, ...]:
    answer = answer_to(ledger, f"{genre.name}/{asked.form}", asked.request, asked.round)
    return () if answer is None else tuple(proposals_in(answer)[0])


def _spaced(labels: Sequence[str], most: int) -> list[str]:
    """A few of many, from all over."""
    return [labels[number * len(labels) // most] for number in range(most)] if len(labels) > most else list(labels)


def _told(pack: Pack, before: Subtypes) -> Expansion:
    new = pack.found.provenance.asked[len(before.provenance.asked) :]
    return Expansion(
        genre=pack.genre.name,
        path=str(pack.path),
        subtypes=len(pack.found.subtypes),
        added=len(pack.found.subtypes) - len(before.subtypes),
        near=sum(one.near for one in new),
        broken=sum(one.broken for one in new),
        unanswered=len(pack.failed),
        short={form.id: n for form in pack.genre.forms if (n := len(pack.of(form))) < pack.each},
    )
