"""Invented names for a brief, each used equally often in a corpus of any size.

All people of all locales stand in one ring. Stepping round it by a number coprime to
its length meets everyone once before anyone twice, so the brief's index gives both the
locale and the first person; the second and third stand a constant step from the first
within their locale, and the steps change each time the ring has been gone round, so
that nobody is always met with the same companions. Places, organisations and AIs are
rings of their own.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from math import gcd

from sdf.genres.pack import Locale, Pools
from sdf.plan.sequence import generator, mix, scaled
from sdf.records import Names, Naming, Person

CAST = 3
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


class NamePools:
    """The pools laid out as rings."""

    def __init__(self, pools: Pools, seed: int) -> None:
        self._pools = pools
        self._ends = list(accumulate(len(place.given) for place in pools.locales))
        self._people = Ring(self._ends[-1], 14, seed)
        self._places = Ring(len(pools.places), 15, seed)
        self._firsts = Ring(len(pools.organisation_first), 16, seed)
        self._ais = Ring(len(pools.ai), 17, seed)
        self._plain = Ring(len(_UNNAMED), 18, seed)

    def choose(self, index: int, attempt: int, naming: Naming, model: str) -> tuple[str, Names]:
        """The locale's id and the names of one brief."""
        spot = self._people.at(index, attempt)
        number = bisect_right(self._ends, spot)
        locale = self._pools.locales[number]
        within = spot - (self._ends[number] - len(locale.given))
        turn = index // self._people.size + attempt
        people = tuple(_person(locale, within, slot, turn) for slot in range(CAST))
        called = {
            "named": model,
            "unnamed": _UNNAMED[self._plain.at(index, attempt)],
            # Few briefs are fictional: stepping by about their share keeps neighbours
            # among them on neighbouring steps of the ring.
            "fictional": self._pools.ai[self._ais.at(index * 3 // 20, attempt)],
        }[naming]
        place = self._pools.places[self._places.at(index, attempt)]
        first = self._pools.organisation_first[self._firsts.at(index, attempt)]
        return locale.id, Names(people=people, ai=called, place=place, organisation=first)


def _person(locale: Locale, within: int, slot: int, turn: int) -> Person:
    size = len(locale.given)
    third = size // CAST
    # A constant step is a bijection of the pool: everyone comes up in every slot as
    # often as anyone else. Steps of different slots never meet.
    step = 0 if slot == 0 else (slot - 1) * third + 1 + turn * 7 % (third - 1)
    spot = (within + step) % size
    given, pronoun = locale.given[spot]
    family = locale.family[(spot + slot * 17 + turn * 11) % len(locale.family)]
    full = f"{given} {family}" if locale.order == "given-family" else f"{family} {given}"
    they, them, their = _PRONOUNS[pronoun]
    return Person(given=given, family=family, full=full, they=they, them=them, their=their)
