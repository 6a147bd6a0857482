"""A genre pack as records. The folder it is read from is the only definition of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, field_validator, model_validator

from sdf.records import Record

FEWEST_NAMES = 12
SUBTYPE = "subtype"
_ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class Form(Record):
    """A document type of a genre. `words` is its length band; `about` is told to writers.

    `identity` forms are the only ones in the model's own voice.
    """

    id: str = Field(pattern=_ID)
    label: str
    about: str
    weight: float = Field(default=1.0, gt=0)
    words: tuple[int, int]
    markup: Literal["plain", "markdown"] = "plain"
    identity: bool = False

    @field_validator("words")
    @classmethod
    def _ordered(cls, band: tuple[int, int]) -> tuple[int, int]:
        low, high = band
        if not 50 <= low < high <= 20_000:
            raise ValueError("words is [low, high] with 50 <= low < high <= 20000")
        return band

    @property
    def expected_words(self) -> float:
        """The mean length of documents of this form, in words."""
        return sum(self.words) / 2


class AxisValue(Record):
    """One value of an axis. `label` is the wording that prompts use.

    `form` is the one form that the value belongs to, "" for a value of every form.
    """

    id: str = Field(pattern=_ID)
    label: str
    weight: float = Field(default=1.0, ge=0)
    form: str = ""


class Axis(Record):
    """A way in which documents of one cell differ."""

    name: str
    values: tuple[AxisValue, ...] = Field(min_length=1)

    def value(self, value_id: str) -> AxisValue:
        """The value with this id."""
        return next(value for value in self.values if value.id == value_id)


class Stage(Record):
    """One model call in a genre's chain.

    `tags` are the output tags, the main one first; an empty tuple means the answer
    is JSON by the judge's schema. `sees` says how much of the constitution stands in
    the prompt: the section and an outline, or the whole.
    """

    name: str
    template: str
    tags: tuple[str, ...] = ()
    role: Literal["writer", "judge"] = "writer"
    sees: Literal["section", "whole"] = "section"
    max_tokens: int = Field(ge=16, le=200_000)


class Forbidden(Record):
    """A combination that never occurs: every named choice has one of the listed values."""

    when: Mapping[str, tuple[str, ...]]


class Genre(Record):
    """A loaded pack. `templates` and `phrases` hold file texts by relative name."""

    name: str
    title: str
    about: str
    kind: Literal["document", "chat", "eval"] = "document"
    share: float = Field(ge=0)
    forms: tuple[Form, ...]
    axes: tuple[Axis, ...]
    forbid: tuple[Forbidden, ...] = ()
    stages: tuple[Stage, ...]
    templates: Mapping[str, str] = Field(repr=False)
    phrases: Mapping[str, tuple[str, ...]] = Field(repr=False)
    files: Mapping[str, bytes] = Field(repr=False)
    folder: str
    sha256: str

    def form(self, form_id: str) -> Form:
        """The form with this id."""
        return next(form for form in self.forms if form.id == form_id)

    def axis(self, name: str) -> Axis:
        """The axis with this name."""
        return next(axis for axis in self.axes if axis.name == name)

    @property
    def expected_words(self) -> float:
        """The mean length of a document of this genre, in words."""
        total = sum(form.weight for form in self.forms)
        return sum(form.weight * form.expected_words for form in self.forms) / total


class Setting(Record):
    """A place of work or life in which a document may be set, with its vocabulary."""

    id: str = Field(pattern=_ID)
    label: str
    organisation: str
    roles: tuple[str, ...]
    task: tuple[str, ...]
    artefact: tuple[str, ...]
    request: tuple[str, ...]
    stake: tuple[str, ...]
    pressure: tuple[str, ...]
    detail: tuple[str, ...]
    talk: tuple[str, ...]
    noun: tuple[str, ...]


class Locale(Record):
    """A place in the world with its pools of names; `given` pairs a name with a pronoun.

    `english_places` says that the shared pools of places and organisations, which sound
    English, are at home there.
    """

    id: str = Field(pattern=_ID)
    label: str
    order: Literal["given-family", "family-given"] = "given-family"
    english_places: bool = False
    given: tuple[tuple[str, Literal["she", "he", "they"]], ...]
    family: tuple[str, ...]


class NativeLocale(Record):
    """What is needed to write natively for a BCP-47 tag; one file of `_shared/locales/`.

    `language` and `label` (the country or region) are in English, because prompts are;
    names are in the locale's own script. `joined` full names have no blank. `family_she`
    are the forms of `family` that women bear, in the same order, where they differ.
    `address` and `typography` tell writers what a native does without thinking. Names
    in `banned` are those that everybody invents first; `foreign_ai` are other makers'.
    A locale without `given` names is neutral: its writers choose natural ones.
    """

    tag: str
    language: str = ""
    label: str = ""
    order: Literal["given-family", "family-given"] = "given-family"
    joined: bool = False
    given: tuple[tuple[str, Literal["she", "he", "they"]], ...] = ()
    family: tuple[str, ...] = ()
    family_she: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    organisation_first: tuple[str, ...] = ()
    address: str = ""
    typography: str = ""
    banned: tuple[str, ...] = ()
    foreign_ai: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> NativeLocale:
        pools = (self.given, self.family, self.places, self.organisation_first)
        if any(pools) and min(map(len, pools)) < FEWEST_NAMES:
            raise ValueError(f"given, family, places and organisation_first need {FEWEST_NAMES} names each")
        if self.family_she and len(self.family_she) != len(self.family):
            raise ValueError("family_she has one form for each family name")
        return self

    @property
    def neutral(self) -> bool:
        """Whether writers choose the names themselves."""
        return not self.given


class Pools(Record):
    """All invented names, and the two lists that a checker refuses.

    `native` are the locales that a recipe asked for beside English.
    """

    locales: tuple[Locale, ...]
    native: tuple[NativeLocale, ...] = ()
    places: tuple[str, ...]
    organisation_first: tuple[str, ...]
    ai: tuple[str, ...]
    banned: tuple[str, ...] = ()
    foreign_ai: tuple[str, ...] = ()


class Catalogue(Record):
    """Every pack that a run may use, with what they share.

    `shared_files` are the exact bytes under `genres/_shared/`, by relative name.
    """

    genres: tuple[Genre, ...]
    settings: tuple[Setting, ...]
    pools: Pools
    shared_files: Mapping[str, bytes] = Field(repr=False)
    sha256: str

    def genre(self, name: str) -> Genre:
        """The pack with this name."""
        return next(genre for genre in self.genres if genre.name == name)

    def setting(self, setting_id: str) -> Setting:
        """The setting with this id."""
        return next(setting for setting in self.settings if setting.id == setting_id)
