"""The recipe, sdf.toml: everything a person decides about a corpus.

Two kinds of key stand in it. Those that decide the content (identity, genres,
weights, models, checks, seed, wave size) enter the run's fingerprint; those that
only decide how the work goes (`[run]`) do not, and may change between two starts.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from sdf.errors import RecipeError
from sdf.records import Identity, Record


class ConstitutionChoice(Record):
    """Corrections to what was recognised in the constitution; see `ConstitutionRules`.

    `tensions` is a file of `sdf constitution --propose-tensions`, whose accepted entries are planned.
    """

    file: str = "constitution.md"
    tensions: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    not_headings: tuple[str, ...] = ()
    style: Literal["auto", "markdown", "bare", "csv", "paragraphs"] = "auto"


class World(Record):
    """What every prompt is told about the world outside the constitution."""

    purpose: str = (
        "to be read by a language model in training, so that it comes to understand "
        "why the principles ask what they ask"
    )
    public: str = (
        "The document is public. People quote it, argue about it and live with an AI "
        "that is meant to follow it; few know it well."
    )
    emphasis: str = ""


class PlanChoice(Record):
    """How briefs are spread. `tension_share` is the share of two-principle cells."""

    seed: int = Field(default=0, ge=0, le=2**63)
    tension_share: float = Field(default=0.1, ge=0, lt=1)
    holdout: float = Field(default=0.0, ge=0, le=0.5)
    wave: int = Field(default=1000, ge=10, le=1000)


class Models(Record):
    """Which model writes and which judges, as `provider:model` or `offline`.

    `fallback` is asked once what the writer declined. `thinking` and `effort` go to
    models that have them.
    """

    writer: str = "offline"
    judge: str = "offline"
    fallback: str | None = None
    thinking: Literal["off", "adaptive"] = "off"
    effort: Literal["low", "medium", "high", "max"] | None = None


class Endpoint(Record):
    """Where a provider's server is: `base_url`, and the environment variable that holds its key."""

    base_url: str | None = None
    key_env: str | None = None


class PriceChoice(Record):
    """Dollars for a million tokens of a model; what is left out is taken from the shipped table."""

    input: float | None = Field(default=None, ge=0)
    output: float | None = Field(default=None, ge=0)
    cache_read: float | None = Field(default=None, ge=0)
    cache_write: float | None = Field(default=None, ge=0)
    cache_write_1h: float | None = Field(default=None, ge=0)
    batch: float | None = Field(default=None, ge=0, le=1)


class CheckChoice(Record):
    """Thresholds of the checks. Jaccard figures are over hashed word shingles.

    `judge_min` is the lowest score that passes; `judge_floor` the share of planted
    defects that the judge must have found in `judge_audit`, the report of
    `sdf judge audit`, for its verdicts to count.
    """

    near_duplicate: float = Field(default=0.8, gt=0, le=1)
    same_premise: float = Field(default=0.6, gt=0, le=1)
    opening_share: float = Field(default=0.02, gt=0, le=1)
    stock_per_1000_words: float = Field(default=2.0, ge=0)
    judge_min: int = Field(default=6, ge=1, le=10)
    judge_floor: float | None = Field(default=None, ge=0, le=1)
    judge_audit: str | None = None
    extra_banned: tuple[str, ...] = ()


class RunChoice(Record):
    """How the work goes; none of it changes what is written.

    `budget` is in dollars, `timeout` in seconds for one call, `concurrency` the most
    calls at a time.
    """

    budget: float | None = Field(default=None, gt=0)
    concurrency: int = Field(default=64, ge=1, le=1024)
    batch: bool = False
    timeout: float = Field(default=600, gt=0, le=86_400)
    requests_per_minute: int | None = Field(default=None, ge=1)
    input_tokens_per_minute: int | None = Field(default=None, ge=1)
    output_tokens_per_minute: int | None = Field(default=None, ge=1)


class Recipe(Record):
    """A whole sdf.toml. `weights` and `genres` map names or globs to relative weights.

    `locales` maps BCP-47 tags to weights; without it all documents are in English.
    `tensions` maps pairs of principles (`id+id`) to what writers are told of them; they
    are planned beside those that the constitution lists itself.
    """

    identity: Identity | None = None
    constitution: ConstitutionChoice = ConstitutionChoice()
    world: World = World()
    genres: Mapping[str, float] = Field(default_factory=dict)
    weights: Mapping[str, float] = Field(default_factory=dict)
    locales: Mapping[str, float] = Field(default_factory=dict)
    tensions: Mapping[str, str] = Field(default_factory=dict)
    plan: PlanChoice = PlanChoice()
    models: Models = Models()
    checks: CheckChoice = CheckChoice()
    run: RunChoice = RunChoice()
    endpoints: Mapping[str, Endpoint] = Field(default_factory=dict)
    prices: Mapping[str, PriceChoice] = Field(default_factory=dict)


def load_recipe(path: Path) -> Recipe:
    """Read a recipe file.

    Raises:
        RecipeError: the file is missing, is not TOML, or holds an unknown or
            impossible key; the nearest known key is named.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as missing:
        raise RecipeError("there is no such recipe", where=str(path), hint="Make one with `sdf init`.") from missing
    except OSError as unreadable:
        raise RecipeError(
            f"cannot be read: {unreadable.strerror}", where=str(path), hint="Name a recipe file with -c."
        ) from unreadable
    except UnicodeDecodeError as unreadable:
        raise RecipeError(
            f"cannot be read as UTF-8 text: {unreadable}", where=str(path), hint="Save it as UTF-8."
        ) from unreadable
    return parse_recipe(text, where=str(path))


def parse_recipe(text: str, *, where: str = "sdf.toml") -> Recipe:
    """Parse the text of a recipe; errors as in `load_recipe`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        raise RecipeError(f"is not TOML: {broken}", where=where, hint="Mend the line that it names.") from broken
    _refuse_negative_weights(table, text, where)
    try:
        return Recipe.model_validate(table)
    except ValidationError as invalid:
        raise _explained(invalid, text, where) from invalid


def _refuse_negative_weights(table: Mapping[str, Any], text: str, where: str) -> None:
    for section in ("genres", "weights", "locales"):
        given = table.get(section, {})
        # What is no table at all is refused by the record, with its line.
        for key, weight in given.items() if isinstance(given, Mapping) else ():
            if not isinstance(weight, int | float) or isinstance(weight, bool) or not 0 <= weight < 1e9:
                raise RecipeError(
                    f"[{section}] {key} is {weight!r}; a weight is a number from 0 up",
                    where=f"{where}:{_line_of(text, (section, key))}",
                    hint="Use 0 to leave it out.",
                )


def _explained(invalid: ValidationError, text: str, where: str) -> RecipeError:
    first = invalid.errors(include_url=False)[0]
    path = tuple(str(part) for part in first["loc"])
    dotted = ".".join(path)
    spot = f"{where}:{_line_of(text, path)}"
    if first["type"] == "extra_forbidden":
        known = _known_keys(path[:-1])
        near = difflib.get_close_matches(path[-1], known, n=1, cutoff=0.4)
        hint = f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(known)}."
        return RecipeError(f"unknown key `{dotted}`", where=spot, hint=hint)
    if first["type"] == "missing":
        return RecipeError(f"`{dotted}` is missing", where=spot, hint=f"Add `{path[-1]} = ...` under [{path[0]}].")
    return RecipeError(f"`{dotted}`: {first['msg'].lower()}", where=spot, hint=f"It is {first['input']!r} now.")


def _known_keys(path: tuple[str, ...]) -> list[str]:
    model: type[Record] = Recipe
    for part in path:
        field = model.model_fields.get(part)
        if field is None:
            return []
        inner = field.annotation
        for candidate in getattr(inner, "__args__", (inner,)):
            if isinstance(candidate, type) and issubclass(candidate, Record):
                model = candidate
    return sorted(model.model_fields)


def _line_of(text: str, path: tuple[str, ...]) -> int:
    """The line a key stands on, found by its last name below its section's heading."""
    lines = text.splitlines()
    start = 0
    if len(path) > 1:
        heads = [n for n, line in enumerate(lines) if line.strip().startswith(f"[{path[0]}")]
        start = heads[0] if heads else 0
    for number in range(start, len(lines)):
        stripped = lines[number].strip().lstrip("[").lstrip()
        if stripped.strip("\"'").startswith(path[-1]):
            return number + 1
    return start + 1
