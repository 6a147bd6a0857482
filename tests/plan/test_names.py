"""Names of other languages: their script, their order, and how evenly they are used."""

from __future__ import annotations

from collections import Counter

import pytest

from sdf.genres.load import load_catalogue
from sdf.genres.pack import Catalogue
from sdf.plan.names import NamePools, crossings
from sdf.plan.sequence import generator, spread
from sdf.records import Names
from tests.conftest import PACKS

LOCALES = {"ar-EG": 1.0, "en": 3.0, "en-GB": 1.0, "fr-SN": 1.0, "ja-JP": 2.0, "ru-RU": 1.0, "th-TH": 1.0}


@pytest.fixture(scope="module")
def native() -> Catalogue:
    """One pack, with the pools of five scripts and a locale that has none."""
    return load_catalogue(PACKS, ["essay"], tuple(LOCALES))


def settled(catalogue: Catalogue, n: int, attempt: int = 0) -> list[tuple[dict[str, str], Names]]:
    pools = NamePools(catalogue.pools, 7, LOCALES)
    return [pools.settle(index, attempt, "named", "Orin", catalogue.settings[0]) for index in range(n)]


def test_every_locale_has_its_weight_at_every_prefix(native: Catalogue) -> None:
    rows = settled(native, 2000)
    for n in (50, 500, 2000):
        counts = Counter(axes.get("language", "en") for axes, _ in rows[:n])
        for tag, weight in LOCALES.items():
            assert abs(counts[tag] - n * weight / 10) <= 3, (tag, n)


def test_an_attempt_keeps_the_language_and_changes_the_people(native: Catalogue) -> None:
    for (one, names), (other, more) in zip(settled(native, 200), settled(native, 200, 1), strict=True):
        assert one.get("language") == other.get("language")
        assert names.people != more.people or not names.people


def test_names_come_in_native_script_and_order(native: Catalogue) -> None:
    pools = {place.tag: place for place in native.pools.native}
    for axes, names in settled(native, 400):
        tag = axes.get("language", "en")
        if tag.startswith("en"):
            assert axes["locale"] in {place.id for place in native.pools.locales}
            assert names.organisation.endswith(native.settings[0].organisation)
        elif tag == "fr-SN":
            assert (names.people, names.place, names.organisation, names.ai) == ((), "", "", "Orin")
        else:
            assert axes["locale"] == tag
            assert names.place in pools[tag].places
            assert len({person.given for person in names.people}) == 3
            for person in names.people:
                joined = {"ja-JP": f"{person.family}{person.given}"}.get(tag, f"{person.given} {person.family}")
                assert person.full == joined
                if tag == "ru-RU":
                    assert (person.they == "she") == person.family.endswith("а"), person


def test_people_of_a_language_come_up_evenly(native: Catalogue) -> None:
    used: dict[str, Counter[str]] = {}
    for axes, names in settled(native, 1500):
        used.setdefault(axes.get("language", "en"), Counter()).update(person.given for person in names.people)
    for tag in ("ja-JP", "ru-RU", "th-TH", "ar-EG"):
        counts = used[tag].values()
        assert max(counts) - min(counts) <= 3, (tag, used[tag])
    # British and other English share their pools, so they share their turns.
    english = used["en"] + used["en-GB"]
    assert max(english.values()) <= 3


def test_without_locales_nothing_is_asked_of_the_wheel(catalogue: Catalogue) -> None:
    pools = NamePools(catalogue.pools, 7)
    place, names = pools.choose(41, 1, "fictional", "Orin")
    axes, settled_names = pools.settle(41, 1, "fictional", "Orin", catalogue.settings[0])
    assert axes == {"locale": place}
    assert settled_names.people == names.people
    assert settled_names.organisation == f"{names.organisation} {catalogue.settings[0].organisation}"


@pytest.mark.parametrize("n", [0, 1, 2, 17, 1000])
def test_crossings_count_the_points_of_a_stretch(n: int) -> None:
    multiplier, shift = generator(22), 123456789 << 30
    for low, high in ((0, 1 << 62), (1 << 61, 1 << 63), (3 << 62, 1 << 64)):
        counted = sum(low <= spread(multiplier, index, shift) < high for index in range(n))
        assert crossings(n, multiplier, shift - low) - crossings(n, multiplier, shift - high) == counted
