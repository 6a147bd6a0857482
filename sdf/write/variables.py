"""What a template may name. These mappings are also all that the offline provider sees.

Run level (preamble, rules):  identity, world, outline, priorities, whole, fence
Genre level (rules):          genre, stage
Brief level (task):           all of the run level, and form, words, axes, expects,
                              principle, principles, tension, names, setting, locale, language,
                              places_at_home, seed, avoid, and the outputs of earlier stages under their names
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from sdf.genres.pack import Catalogue, Genre, NativeLocale, Setting
from sdf.plan.locales import ENGLISH, is_english, length_in
from sdf.recipe import World
from sdf.records import Brief, Identity, Principle


def run_variables(
    identity: Identity, world: World, principles: Sequence[Principle], whole: str, priorities: str
) -> dict[str, Any]:
    """What is the same for every prompt of a run. All texts are the identity copy.

    `fence` goes into the tags round quoted texts, so that no text can close its own
    tag: it is a digest of the constitution, which cannot contain it.
    """
    return {
        "identity": {"model": identity.model, "developer": identity.developer, "document": identity.document},
        "world": {"purpose": world.purpose, "public": world.public, "emphasis": world.emphasis},
        "outline": [{"title": p.title, "level": p.level, "kind": p.kind, "authority": p.authority} for p in principles],
        "priorities": priorities,
        "whole": whole,
        "fence": blake2b(whole.encode(), digest_size=4).hexdigest(),
    }


class BriefVariables:
    """Builds the task's variables of briefs; what does not depend on a brief is built once."""

    def __init__(
        self,
        run: Mapping[str, Any],
        catalogue: Catalogue,
        principles: Sequence[Principle],
        tensions: Mapping[str, str] | None = None,
    ) -> None:
        """`tensions` says of pairs (`id+id`, in the order of ids) what pulls and what yields."""
        self._run = dict(run)
        self._tensions = dict(tensions or {})
        self._principles = {p.id: _principle(p) for p in principles}
        self._settings = {s.id: _setting(s) for s in catalogue.settings}
        self._locales = {place.id: place.label for place in catalogue.pools.locales}
        self._english_places_abroad = {place.id for place in catalogue.pools.locales if not place.english_places}
        self._locales |= {place.tag: place.label or _nameless(place.tag) for place in catalogue.pools.native}
        self._native = {place.tag: _native(place) for place in catalogue.pools.native}
        self._labels = {
            genre.name: {axis.name: {v.id: {"id": v.id, "label": v.label} for v in axis.values} for axis in genre.axes}
            for genre in catalogue.genres
        }
        self._forms = {
            genre.name: {
                f.id: {
                    "id": f.id,
                    "label": f.label,
                    "about": f.about,
                    "markup": f.markup,
                    "identity": f.identity,
                }
                for f in genre.forms
            }
            for genre in catalogue.genres
        }

    def of(self, brief: Brief, genre: Genre, earlier: Mapping[str, Any], avoid: Sequence[str] = ()) -> dict[str, Any]:
        """The variables of one stage of one brief; `earlier` holds stage outputs by name."""
        labels = self._labels[genre.name]
        principles = [self._principles[pid] for pid in brief.cell.principle_ids]
        tag = brief.axes.get("language", ENGLISH)
        words = length_in(tag, brief.words)
        return {
            **self._run,
            "form": self._forms[genre.name][brief.form],
            "words": {"low": words.low, "high": words.high, "target": words.target, "unit": words.unit},
            "axes": {name: labels[name][value] for name, value in brief.axes.items() if name in labels},
            "expects": brief.expects,
            "principle": principles[0],
            "principles": principles,
            "tension": self._tensions.get("+".join(brief.cell.principle_ids), ""),
            "names": {
                "people": [person.__dict__ for person in brief.names.people],
                "ai": brief.names.ai,
                "place": brief.names.place,
                "organisation": brief.names.organisation,
            },
            "setting": self._settings[brief.axes["setting"]],
            "locale": self._locales[brief.axes["locale"]],
            "places_at_home": brief.axes["locale"] not in self._english_places_abroad,
            "language": {"tag": tag, "native": False} if is_english(tag) else self._native[tag],
            "seed": brief.seed,
            "avoid": list(avoid),
            **earlier,
        }


def _principle(principle: Principle) -> dict[str, Any]:
    bank = principle.bank
    return {
        "title": principle.title,
        "text": principle.text.strip(),
        "authority": principle.authority,
        "bank": {
            "statement": bank.statement,
            "reasons": bank.reasons,
            "practice": bank.practice,
            "limits": bank.limits,
            "cases": bank.cases,
            "tensions": bank.tensions,
            "objections": tuple({"claim": o.claim, "reply": o.reply} for o in bank.objections),
            "otherwise": bank.otherwise,
        },
    }


def _native(locale: NativeLocale) -> dict[str, Any]:
    return {
        "tag": locale.tag,
        "native": True,
        "name": locale.language or f"the language of {locale.tag}",
        "address": locale.address,
        "typography": locale.typography,
    }


def _nameless(tag: str) -> str:
    return f"somewhere that {tag} is at home"


def _setting(setting: Setting) -> dict[str, Any]:
    return dict(setting.__dict__)
