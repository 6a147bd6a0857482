"""Everything a run is made from, read and checked before anything is written.

The lock is the run's full description. Its `fingerprint` covers all that decides the
content: constitution, identity, packs, weights, seed, models, checks, wave size. What
only decides how the work goes stays out of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdf.check.context import Limits, Rules, build_rules
from sdf.constitution import ConstitutionRules, Identified, identify, load_constitution, unset_placeholders
from sdf.errors import ConstitutionError
from sdf.files import canonical_json, digest_of
from sdf.genres.load import load_catalogue
from sdf.genres.pack import Catalogue
from sdf.plan.briefs import Plan
from sdf.plan.cells import weighted_cells
from sdf.plan.locales import chosen_locales, refuse_offline
from sdf.recipe import ConstitutionChoice, Recipe
from sdf.records import Constitution, Identity, Principle
from sdf.run.tensions_file import accepted_tensions, with_tensions
from sdf.run.vet import vet
from sdf.write.requests import RequestMaker
from sdf.write.variables import BriefVariables, run_variables

if TYPE_CHECKING:
    from sdf.run.audited import Standing

_PRIORITIES = re.compile(r"yields|priorit|precedence|chain of command|order of|levels of authority|core values", re.I)
LOCK_VERSION = 2
_NOT_DECIDING: Any = {"run": True, "endpoints": True, "prices": True, "constitution": {"file", "tensions"}}


@dataclass(frozen=True)
class Setup:
    """The inputs of a run, loaded; see `prepare`."""

    recipe: Recipe
    identity: Identity
    constitution: Constitution
    constitution_bytes: bytes
    identified: Identified
    catalogue: Catalogue
    plan: Plan
    rules: Rules
    judge: Standing
    requests: RequestMaker
    lock: Mapping[str, Any]

    @property
    def teachable(self) -> tuple[Principle, ...]:
        """The principles that documents are planned for, in the identity copy."""
        return tuple(p for p in self.identified.principles if p.kind == "principle")

    @property
    def fingerprint(self) -> str:
        """The digest of everything that decides the content."""
        return str(self.lock["fingerprint"])

    def genre_files(self) -> dict[str, bytes]:
        """Every pack file by its name under `genres/`, as the run directory keeps it."""
        kept = {f"_shared/{name}": body for name, body in self.catalogue.shared_files.items()}
        for genre in self.catalogue.genres:
            kept |= {f"{genre.name}/{name}": body for name, body in genre.files.items()}
        return kept


def prepare(
    recipe: Recipe, *, constitution: Path, folders: Sequence[Path], genres: Sequence[str] = (), home: Path = Path()
) -> Setup:
    """Load and check all inputs of a run.

    `genres` narrows the packs; the recipe's `[genres]` shares do so too. `home` is where
    the recipe lies, from which it names files.

    Raises:
        ConstitutionError, GenreError, RecipeError: with file, line and the fix.
    """
    parsed = load_constitution(constitution, rules=corrections(recipe.constitution))
    identity = recipe.identity or Identity(model="", developer="", document="")
    _refuse_unset(parsed, recipe, constitution)
    identified = identify(parsed, identity)
    catalogue = _catalogue(recipe, folders, genres)
    teachable = [p for p in identified.principles if p.kind == "principle"]
    if not teachable:
        raise ConstitutionError("has no principle to teach", where=str(constitution), hint="See `sdf constitution`.")
    recipe = _with_accepted(recipe, teachable, home)
    teachable = list(with_tensions(teachable, recipe.tensions))
    judge = _judge_standing(recipe, catalogue, home)
    return Setup(
        recipe=recipe,
        identity=identity,
        constitution=parsed,
        constitution_bytes=constitution.read_bytes(),
        identified=identified,
        catalogue=catalogue,
        plan=_plan(recipe, identity, teachable, catalogue),
        rules=_check_rules(recipe, identity, identified, parsed, catalogue),
        judge=judge,
        requests=_request_maker(recipe, identity, identified, catalogue, teachable),
        lock=_lock(recipe, parsed, catalogue, judge),
    )


def _catalogue(recipe: Recipe, folders: Sequence[Path], genres: Sequence[str]) -> Catalogue:
    """The packs that are asked for, with the names of the locales that are, tried out."""
    locales = chosen_locales(recipe.locales)
    refuse_offline(locales, recipe.models.writer)
    names = list(genres) or [name for name, share in recipe.genres.items() if share > 0]
    catalogue = load_catalogue(folders, names, tuple(locales))
    vet(catalogue, folders)
    return catalogue


def _request_maker(
    recipe: Recipe, identity: Identity, identified: Identified, catalogue: Catalogue, teachable: Sequence[Principle]
) -> RequestMaker:
    principles, models = identified.principles, recipe.models
    run = run_variables(identity, recipe.world, principles, identified.text, priorities_of(principles))
    roles = {"writer": models.writer, "judge": models.judge, "fallback": models.fallback or models.writer}
    return RequestMaker(catalogue, BriefVariables(run, catalogue, teachable, recipe.tensions), run, roles)


def _with_accepted(recipe: Recipe, teachable: Sequence[Principle], home: Path) -> Recipe:
    """The recipe with the accepted entries of its file of tensions, which it then needs no more."""
    file = recipe.constitution.tensions
    if file is None:
        return recipe
    told = {one.key: one.told for one in accepted_tensions(home / file, teachable)}
    chosen = recipe.constitution.model_copy(update={"tensions": None})
    return recipe.model_copy(update={"tensions": {**told, **recipe.tensions}, "constitution": chosen})


def corrections(chosen: ConstitutionChoice) -> ConstitutionRules:
    """The recipe's corrections in the parser's terms."""
    return ConstitutionRules(
        include=chosen.include,
        exclude=chosen.exclude,
        headings=chosen.headings,
        not_headings=chosen.not_headings,
        style=chosen.style,
    )


def _plan(recipe: Recipe, identity: Identity, teachable: Sequence[Principle], catalogue: Catalogue) -> Plan:
    cells = weighted_cells(
        teachable,
        catalogue.genres,
        genre_shares=_shares(recipe, catalogue),
        principle_weights=recipe.weights,
        tension_share=recipe.plan.tension_share,
    )
    return Plan(
        cells,
        catalogue,
        seed=recipe.plan.seed,
        model=identity.model,
        holdout=recipe.plan.holdout,
        locales=chosen_locales(recipe.locales),
    )


def _shares(recipe: Recipe, catalogue: Catalogue) -> Mapping[str, float]:
    """The recipe's shares, or the packs' own when a genre was asked for that the recipe does not name."""
    return recipe.genres if all(recipe.genres.get(genre.name) for genre in catalogue.genres) else {}


def _refuse_unset(parsed: Constitution, recipe: Recipe, path: Path) -> None:
    identity = recipe.identity
    unset = unset_placeholders(parsed.source, identity) if identity else unset_placeholders(parsed.source, None)
    known = [(line, name) for line, name in unset if name in {"model_name", "developer", "document"}]
    if known or identity is None:
        line, name = known[0] if known else (1, "model")
        raise ConstitutionError(
            f"names {{{name}}}, and the recipe does not say who that is"
            if known
            else "has no identity to be read under",
            where=f"{path}:{line}",
            hint='Add to sdf.toml:  [identity]  model = "..."  developer = "..."  document = "..."',
        )


def priorities_of(principles: Sequence[Principle]) -> str:
    """The text that says which principle yields to which, where there is one."""
    found = [p.text.strip() for p in principles if _PRIORITIES.search(p.title) and p.text.strip()]
    return found[-1][:6000] if found else ""


def _check_rules(
    recipe: Recipe, identity: Identity, identified: Identified, parsed: Constitution, catalogue: Catalogue
) -> Rules:
    pools = catalogue.pools
    people = [name for place in pools.locales for name, _ in place.given]
    families = [name for place in pools.locales for name in place.family]
    # A locale is named to the writer, who may name it: "Addis" is a name there, and a city.
    places = {word for place in pools.locales for word in re.findall(r"\w+", place.label)}
    return build_rules(
        identity,
        constitution=parsed.model_copy(update={"principles": identified.principles}),
        identity_text=identified.text,
        pool_names=[
            name
            for name in (*people, *families, *pools.places, *pools.organisation_first, *pools.ai)
            if name not in places
        ],
        banned_names=[*pools.banned, *recipe.checks.extra_banned],
        foreign_names=list(pools.foreign_ai) or None,
        locales=pools.native,
        limits=Limits(stock_rate=recipe.checks.stock_per_1000_words),
    )


def _judge_standing(recipe: Recipe, catalogue: Catalogue, home: Path) -> Standing:
    """Whether the judge's verdicts count in this run; where nobody judges, none is missed."""
    # An audit is of runs, which are made from setups.
    from sdf.run.audited import Standing, judge_prompts, read_audit, standing

    checks, judge = recipe.checks, recipe.models.judge
    if judge == "offline":
        return Standing(gates=False, why="nobody judges")
    audit = read_audit(home / checks.judge_audit) if checks.judge_audit else None
    return standing(audit, checks.judge_floor, judge, judge_prompts(catalogue))


def _lock(recipe: Recipe, parsed: Constitution, catalogue: Catalogue, judge: Standing) -> dict[str, Any]:
    decided = {
        "lock_version": LOCK_VERSION,
        "constitution_sha256": parsed.source_sha256,
        "recipe": recipe.model_dump(mode="json", exclude=_NOT_DECIDING),
        "genres": {genre.name: genre.sha256 for genre in catalogue.genres},
        "shared": catalogue.sha256,
        "judge_gates": judge.gates,
    }
    return {**decided, "fingerprint": digest_of(canonical_json(decided))}
