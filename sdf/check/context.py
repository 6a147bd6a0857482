"""What the checks need to know: once for a run, and once for a brief."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sdf.check.quote_index import QuoteIndex, build_quote_index
from sdf.check.reading import flatten
from sdf.check.wordlists import PhraseTable, packaged_lines, phrase_table
from sdf.genres.pack import NativeLocale
from sdf.plan.locales import ENGLISH, is_english
from sdf.plan.scripts import word_pattern
from sdf.records import Constitution, Identity, Names, Words

Markup = Literal["plain", "markdown"]
_CALENDAR = frozenset({"April", "May", "June", "August", "Sunday", "Monday", "Friday", "Saturday"})


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds of the checks; a pack may loosen or tighten them.

    `words_low` and `words_high` are factors on a brief's band. The three rates are
    per 1,000 words; short documents are let off up to a fixed number of each.
    """

    words_low: float = 0.8
    words_high: float = 1.25
    stock_rate: float = 2
    em_dash_rate: float = 15
    contrast_rate: float = 8


@dataclass(frozen=True, slots=True)
class WatchedNames:
    """Names that may not appear unless the brief allows them.

    `words` maps a single word, and `openers` the first word of a longer name, to
    why it is watched: "pool", "banned" or "foreign". `ordinary` are names that are
    also words, which count only inside a sentence.
    """

    words: Mapping[str, str]
    openers: Mapping[str, tuple[tuple[str, str], ...]]
    ordinary: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """The part of a context that is the same for a whole run."""

    identity: Identity
    names: WatchedNames
    quotes: QuoteIndex | None
    principle_ids: PhraseTable
    stock: PhraseTable
    limits: Limits = Limits()
    locales: Mapping[str, NativeLocale] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckContext:
    """Everything the checks of one document look at, beside its text.

    Without `names` or `words` the checks that need them answer that they could not
    run. `own_voice` marks documents that the AI itself speaks, where it may mention
    its training. `language` is the BCP-47 tag of the text; what only holds for English
    is left out for others, and the verdict's note says so.
    """

    rules: Rules
    genre: str = ""
    form: str = ""
    names: Names | None = None
    words: Words | None = None
    markup: Markup = "plain"
    own_voice: bool = False
    language: str = ENGLISH

    @property
    def english(self) -> bool:
        """Whether the text is to be English."""
        return is_english(self.language)


def build_rules(
    identity: Identity,
    *,
    constitution: Constitution | None = None,
    identity_text: str = "",
    pool_names: Iterable[str] = (),
    banned_names: Iterable[str] = (),
    foreign_names: Iterable[str] | None = None,
    stock_phrases: Iterable[str] | None = None,
    limits: Limits | None = None,
    locales: Iterable[NativeLocale] = (),
) -> Rules:
    """Build what a run's checks share.

    `identity_text` is the constitution as prompts see it; without it quotations are
    not checked. `pool_names` is every name of every pool. `foreign_names` and
    `stock_phrases` replace the packaged lists. `locales` are those of the recipe.
    """
    principles = constitution.teachable() if constitution else ()
    foreign = packaged_lines("foreign_ai") if foreign_names is None else foreign_names
    quotes = build_quote_index(identity_text) if identity_text else None
    prose = flatten(quotes.text) if quotes else ""
    return Rules(
        identity=identity,
        names=watch(
            {"pool": pool_names, "foreign": foreign, "banned": banned_names},
            frozenset(word_pattern(prose).findall(prose)),
        ),
        quotes=quotes,
        principle_ids=phrase_table(p.id for p in principles if _is_a_code(p.id) and p.id not in prose),
        stock=phrase_table(packaged_lines("stock_phrases") if stock_phrases is None else stock_phrases),
        limits=limits or Limits(),
        locales={locale.tag: locale for locale in locales},
    )


def watch(names: Mapping[str, Iterable[str]], own_words: frozenset[str]) -> WatchedNames:
    """Compile names by the reason they are watched; a later reason wins.

    `own_words` is the vocabulary of the constitution, lower-case, which tells which
    names are ordinary words too.
    """
    words: dict[str, str] = {}
    openers: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for reason, listed in names.items():
        for name in listed:
            if " " in name:
                openers[name.split(" ")[0]].append((name, reason))
            elif name not in _CALENDAR:
                words[name] = reason
    listed_ordinary = frozenset(packaged_lines("ordinary_names"))
    ordinary = frozenset(w for w in words if w.lower() in listed_ordinary or w.lower() in own_words)
    return WatchedNames(words, {first: tuple(rest) for first, rest in openers.items()}, ordinary)


def _is_a_code(principle_id: str) -> bool:
    # `care-for-others` can only be an id; `well-being` is a word.
    if "_" in principle_id:
        return True
    head, *rest = principle_id.split("-")
    return len(rest) > 1 or (len(rest) == 1 and head not in packaged_lines("compound_heads"))
