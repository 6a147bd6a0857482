"""A pack tried out in full: every form, every axis value, every stage, prompts and offline text.

Nothing is kept and no model is asked. What a person who changes a pack must know comes
back as findings; a template that cannot be rendered is one of them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Literal

from sdf.constitution import identify, parse_constitution
from sdf.errors import GenreError
from sdf.genres.pack import SUBTYPE, Catalogue, Genre
from sdf.plan.briefs import Plan
from sdf.plan.cells import weighted_cells
from sdf.providers.offline.provider import OfflineProvider
from sdf.recipe import World
from sdf.records import Brief, Identity, Record
from sdf.run.chain import Chain
from sdf.write.requests import RequestMaker
from sdf.write.variables import BriefVariables, run_variables

MOST_BRIEFS = 4000

# A principle with every labelled part, one with none, and a pair in tension: what packs
# must cope with. The braces and tags are what a careless template trips over.
SAMPLE = """\
# The rules of {model_name}

## Say what is so {#say tension=wait}

{model_name} says what it knows and how it knows it, also when another answer would please.

*Why:*
- People act on what they are told, and they cannot act well on a kindness that is not true.
- A word that is kept small stays good for the day when much hangs on it.

*In practice:*
- {model_name} marks the two lines of the list that it could not check.

*Where it stops:*
- Nobody is owed every thought, and {model_name} may keep silent about what is not its to tell.

*A hard case:*
A gardener asks whether the old pear tree will live, and plainly hopes so. {model_name} says what the bark shows.

*Tension:*
It meets [waiting](#wait), and yields to it when nothing is lost by an hour.

*Objections:*
- *"A machine that is always frank is tiring to work with."* It can be brief about it, and mostly is.

*Otherwise:*
- A list that hides its gaps is trusted exactly once.

## Wait when it cannot be undone {#wait}

Before a step that cannot be taken back {model_name} stops and asks, because a question costs a
minute and a mistake stays. The fence <b>{not a variable}</b> is part of this text, and so is {{ this }}.
"""
IDENTITY = Identity(model="Orla", developer="Hill Row", document="Orla's rules")


class PackFinding(Record):
    """One thing about a pack. An error stops runs; a warning does not."""

    where: str
    severity: Literal["error", "warning"]
    message: str


class _Stageset:
    """What a rehearsal needs of one pack: its plan over the sample and its request maker."""

    def __init__(self, catalogue: Catalogue, genre: Genre) -> None:
        parsed = parse_constitution(SAMPLE, name="sample")
        identified = identify(parsed, IDENTITY)
        teachable = [p for p in identified.principles if p.kind == "principle"]
        only = catalogue.model_copy(update={"genres": (genre,)})
        cells = weighted_cells(
            teachable, (genre,), genre_shares={genre.name: 1.0}, principle_weights={}, tension_share=0.2
        )
        run = run_variables(IDENTITY, World(), identified.principles, identified.text, "")
        self.plan = Plan(cells, only, seed=1, model=IDENTITY.model)
        self.requests = RequestMaker(
            only, BriefVariables(run, only, teachable), run, {"writer": "offline", "judge": "offline"}
        )
        self.offline = OfflineProvider(only)


def rehearse(catalogue: Catalogue, genre: Genre) -> tuple[PackFinding, ...]:
    """Everything there is to say about a pack; empty when it is sound."""
    where = f"genres/{genre.name}/genre.toml"
    findings = list(_unused_axes(catalogue, genre, where))
    stageset = _Stageset(catalogue, genre)
    missing = {("form", form.id) for form in genre.forms}
    missing |= {
        (axis.name, value.id)
        for axis in genre.axes
        if axis.name != SUBTYPE
        for value in axis.values
        if value.weight > 0
    }
    said: set[str] = set()
    for index in range(MOST_BRIEFS):
        try:
            brief = stageset.plan.brief(index)
        except GenreError as impossible:
            return (
                *findings,
                PackFinding(where=impossible.where or where, severity="error", message=impossible.message),
            )
        new = {("form", brief.form), *brief.axes.items()} & missing
        if new or index < 8:
            missing -= new
            for finding in _written(stageset, genre, brief):
                if finding.message not in said:
                    said.add(finding.message)
                    findings.append(finding)
        if not missing or len(said) > 20:
            break
    findings += [
        PackFinding(where=where, severity="warning", message=f"{axis} = {value} never occurs: a [[forbid]] excludes it")
        for axis, value in sorted(missing)
    ]
    return tuple(findings)


def _written(stageset: _Stageset, genre: Genre, brief: Brief) -> Iterator[PackFinding]:
    """Take one brief through all stages, offline, and say what is wrong on the way."""
    spot = f"genres/{genre.name}"
    chain = Chain(brief, genre)
    while (stage := chain.stage) is not None:
        try:
            request = stageset.requests.request(brief, stage, chain.outputs, ("a lighthouse",))
            prompt = request.blocks[-1].text
            for tag in stage.tags:
                if f"<{tag}>" not in prompt:
                    message = f"stage `{stage.name}` never asks for <{tag}>, which it must answer with"
                    yield PackFinding(where=f"{spot}/{stage.template}", severity="error", message=message)
            if stage.role == "judge":
                chain.stage_number += 1
                continue
            answer = stageset.offline.answer(request)
        except GenreError as broken:
            yield PackFinding(where=broken.where or spot, severity="error", message=broken.message)
            return
        chain.take(answer, 1)
    if chain.reason:
        where = f"{spot}/offline"
        yield PackFinding(where=where, severity="error", message=f"the offline writer's {chain.reason} ({brief.form})")
        return
    words = len(chain.text.split())
    if not 0.8 * brief.words.low <= words <= 1.25 * brief.words.high:
        message = (
            f"the offline writer misses the length of {brief.form}: {words} for {brief.words.low}-{brief.words.high}"
        )
        yield PackFinding(where=f"{spot}/offline", severity="warning", message=message)


def _unused_axes(catalogue: Catalogue, genre: Genre, where: str) -> Iterator[PackFinding]:
    """Axes that only this pack has and that nothing in it names."""
    shared = {axis["name"] for axis in tomllib.loads(catalogue.shared_files["axes.toml"].decode())["axes"]}
    own = {name: body.decode("utf-8", "replace") for name, body in genre.files.items() if not name.endswith(".md")}
    text = "\n".join(body for name, body in own.items() if name != "genre.toml")
    for axis in sorted({axis.name for axis in genre.axes} - shared - {SUBTYPE}):
        if not re.search(rf"axes(?:\.|\[[\"']){re.escape(axis)}\b", text):
            message = f"axis `{axis}` is named by no template or phrase of the pack, so offline documents ignore it"
            yield PackFinding(where=where, severity="warning", message=message)
