"""Invented names for a brief, each used equally often in a corpus of any size.

All people of all locales stand in one ring. Stepping round it by a number coprime to
its length meets everyone once before anyone twice, so the brief's index gives both the
locale and the first person; the second and third stand a constant step from the first
within their locale, and the steps change each time the ring has been gone round, so
that nobody is always met with the same companions. Places, organisations and AIs are
rings of their own.

A recipe with `[locales]` has a wheel of languages before that, and a brief's rank among
those of its language stands for its index, so that names stay even in every language.
Native briefs take people, place and organisation from their locale's own pools in the
same way; a neutral locale gives none, and the writer chooses.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from math import gcd

from sdf.genres.pack import Locale, NativeLocale, Pools, Setting
from sdf.plan.locales import ENGLISH, is_english
from sdf.plan.sequence import Wheel, generator, mix, scaled, spread
from sdf.records import Names, Naming, Person

CAST = 3
_LANGUAGE = 22
_PRONOUNS = {"she": ("she", "her", "her"), "he": ("he", "him", "his"), "they": ("they", "them", "their")}
_UNNAMED = ("the assistant", "the AI", "the AI model", "the system", "the office AI", "the model")


class Ring:
    """Positions 0 to size - 1 in an order that spreads well and repeats only after a full turn."""

    def __init__(self, size: int, number: int, seed: int) -> None:
        # The stride is a part of the circle that no other choice steps by: in step with
        # the cells it would give every principle its own few locales.
        stride = max(1, scaled(generator(number), size))
        while gcd(stride, size) != 1:
            stride += 1
        self.size = size
        self._stride = stride
        self._shift = mix(seed, "ring", number)

    def at(self, index: int, attempt: int) -> int:
        """The position of an index; another attempt stands elsewhere on the ring."""
        return (index * self._stride + self._shift + attempt * (self.size // 3 + 1)) % self.size


def crossings(n: int, multiplier: int, shift: int) -> int:
    """How often the first n points of a recurrence have gone round: the sum of floor((i·m + s) / 2^64).

    The Euclidean floor sum, in whole numbers and about 60 steps for any n. Two of them,
    `shift` apart by a stretch of the circle, count the points that fell on the stretch.
    """
    total, size = 0, 1 << 64
    while n:
        total += n * (n - 1) // 2 * (multiplier // size) + n * (shift // size)
        last = multiplier % size * n + shift % size
        if last < size:
            break
        n, multiplier, size, shift = last // size, size, multiplier % size, last % size
    return total


class NamePools:
    """The pools laid out as rings. `locales` are weights by canonical tag; none is English alone."""

    def __init__(self, pools: Pools, seed: int, locales: Mapping[str, float] | None = None) -> None:
        self._pools = pools
        self._tags = tuple(locales or ())
        self._wheel = Wheel([(locales or {})[tag] for tag in self._tags]) if self._tags else None
        self._language_shift = mix(seed, "language")
        self._native = {place.tag: _NativePools(place, seed) for place in pools.native}
        self._ends = list(accumulate(len(place.given) for place in pools.locales))
        self._people = Ring(self._ends[-1], 14, seed)
        self._places = Ring(len(pools.places), 15, seed)
        self._firsts = Ring(len(pools.organisation_first), 16, seed)
        self._ais = Ring(len(pools.ai), 17, seed)
        self._plain = Ring(len(_UNNAMED), 18, seed)

    def language(self, index: int) -> str:
        """The tag that a brief is written for, the same for all its attempts."""
        if self._wheel is None:
            return ENGLISH
        return self._tags[self._wheel.at(spread(generator(_LANGUAGE), index, self._language_shift))]

    def _rank(self, index: int, tag: str) -> int:
        """How many briefs before this one draw on the same pools."""
        if self._wheel is None:
            return index
        rank, bounds = 0, (0, *self._wheel.bounds)
        for number, other in enumerate(self._tags):
            if other == tag or (is_english(other) and is_english(tag)):
                low, high = (self._language_shift - bound for bound in bounds[number : number + 2])
                rank += crossings(index, generator(_LANGUAGE), low) - crossings(index, generator(_LANGUAGE), high)
        return rank

    def settle(
        self, index: int, attempt: int, naming: Naming, model: str, setting: Setting
    ) -> tuple[dict[str, str], Names]:
        """Where a brief is set, as the axes `locale` and (unless plain English) `language`, and its names.

        An English organisation has its kind in its name; a native one is only the
        first part of a name, because its kind has another word there.
        """
        tag = self.language(index)
        rank, called = self._rank(index, tag), self._called(index, attempt, naming, model)
        if not is_english(tag):
            return {"locale": tag, "language": tag}, self._native[tag].choose(rank, attempt, called)
        place, names = self._english(rank, attempt, called)
        names = names.model_copy(update={"organisation": f"{names.organisation} {setting.organisation}"})
        return {"locale": place} | ({"language": tag} if tag != ENGLISH else {}), names

    def choose(self, index: int, attempt: int, naming: Naming, model: str) -> tuple[str, Names]:
        """The locale's id and the names of one brief of an English plan, the organisation without its kind."""
        return self._english(index, attempt, self._called(index, attempt, naming, model))

    def _english(self, index: int, attempt: int, ai: str) -> tuple[str, Names]:
        spot = self._people.at(index, attempt)
        number = bisect_right(self._ends, spot)
        locale = self._pools.locales[number]
        within = spot - (self._ends[number] - len(locale.given))
        turn = index // self._people.size + attempt
        people = tuple(_person(locale, within, slot, turn, " ") for slot in range(CAST))
        place = self._pools.places[self._places.at(index, attempt)]
        first = self._pools.organisation_first[self._firsts.at(index, attempt)]
        return locale.id, Names(people=people, ai=ai, place=place, organisation=first)

    def _called(self, index: int, attempt: int, naming: Naming, model: str) -> str:
        """How the AI of a brief is called. All languages share one ring of invented AIs."""
        return {
            "named": model,
            "unnamed": _UNNAMED[self._plain.at(index, attempt)],
            # Few briefs are fictional: stepping by about their share keeps neighbours
            # among them on neighbouring steps of the ring.
            "fictional": self._pools.ai[self._ais.at(index * 3 // 20, attempt)],
        }[naming]


class _NativePools:
    """The pools of one native locale."""

    def __init__(self, locale: NativeLocale, seed: int) -> None:
        self._locale = locale
        if not locale.neutral:
            self._people = Ring(len(locale.given), 14, seed)
            self._places = Ring(len(locale.places), 15, seed)
            self._firsts = Ring(len(locale.organisation_first), 16, seed)

    def choose(self, index: int, attempt: int, ai: str) -> Names:
        """The names of one brief; a neutral locale has only the AI's."""
        locale = self._locale
        if locale.neutral:
            return Names(people=(), ai=ai, place="", organisation="")
        spot, turn = self._people.at(index, attempt), index // self._people.size + attempt
        separator = "" if locale.joined else " "
        return Names(
            people=tuple(_person(locale, spot, slot, turn, separator) for slot in range(CAST)),
            ai=ai,
            place=locale.places[self._places.at(index, attempt)],
            organisation=locale.organisation_first[self._firsts.at(index, attempt)],
        )


def _person(locale: Locale | NativeLocale, within: int, slot: int, turn: int, separator: str) -> Person:
    size = len(locale.given)
    third = size // CAST
    # A constant step is a bijection of the pool: everyone comes up in every slot as
    # often as anyone else. Steps of different slots never meet.
    step = 0 if slot == 0 else (slot - 1) * third + 1 + turn * 7 % (third - 1)
    spot = (within + step) % size
    given, pronoun = locale.given[spot]
    number = (spot + slot * 17 + turn * 11) % len(locale.family)
    family = locale.family[number]
    if pronoun == "she" and isinstance(locale, NativeLocale) and locale.family_she:
        family = locale.family_she[number]
    parts = (given, family) if locale.order == "given-family" else (family, given)
    they, them, their = _PRONOUNS[pronoun]
    return Person(given=given, family=family, full=separator.join(parts), they=they, them=them, their=their)
