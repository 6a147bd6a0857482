"""Any brief computed alone, and what a plan promises about many."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable

from sdf.genres.pack import Catalogue
from sdf.plan.axes import AxisWheels, expects
from sdf.plan.briefs import MAX_ATTEMPTS
from sdf.run.setup import Setup

Make = Callable[..., Setup]


def test_a_brief_far_out_is_had_alone_and_is_always_the_same(make_setup: Make) -> None:
    one = make_setup("essay").plan.brief(99_999_999)
    other = make_setup("essay").plan.brief(99_999_999)
    assert one == other
    assert one != make_setup("essay", seed=8).plan.brief(99_999_999)


def test_an_attempt_keeps_cell_and_form_and_redraws_the_rest(make_setup: Make) -> None:
    plan = make_setup().plan
    for index in range(0, 400, 7):
        tries = [plan.brief(index, attempt) for attempt in range(MAX_ATTEMPTS)]
        assert len({(b.cell.key, b.form) for b in tries}) == 1
        assert len({b.seed for b in tries}) == MAX_ATTEMPTS
        assert len({(b.names.people, b.axes["setting"]) for b in tries}) == MAX_ATTEMPTS


def test_every_cell_is_within_three_of_its_share(make_setup: Make) -> None:
    plan = make_setup().plan
    for n in (100, 1000, 5000):
        counts = Counter(plan.cell_number(i) for i in range(n))
        worst = max(abs(counts[number] - n * plan.share(number)) for number in range(len(plan.cells)))
        assert worst <= 3, (n, worst)


def test_axes_keep_their_shares(make_setup: Make) -> None:
    briefs = list(make_setup().plan.briefs(0, 2000))
    share = {
        axis: {v: count / len(briefs) for v, count in Counter(b.axes[axis] for b in briefs).items()}
        for axis in ("stance", "centrality", "resolution", "naming")
    }
    assert abs(share["stance"]["critical"] - 0.20) < 0.03
    assert abs(share["centrality"]["passing"] - 0.20) < 0.05
    assert share["resolution"]["nothing-at-stake"] >= 0.08
    assert abs(share["naming"]["named"] - 0.60) < 0.05
    assert abs(share["naming"]["unnamed"] - 0.25) < 0.05


def test_every_principle_meets_every_setting_sooner_or_later(make_setup: Make) -> None:
    # Two choices that moved in step would leave most of these pairs out for ever.
    plan = make_setup("essay").plan
    met: dict[str, set[str]] = {}
    for brief in plan.briefs(0, 12_000):
        met.setdefault(brief.cell.key, set()).add(brief.axes["setting"])
    singles = {key: settings for key, settings in met.items() if "+" not in key}
    settings = len(plan.catalogue.settings)
    assert min(len(seen) for seen in singles.values()) >= 0.95 * settings


def test_forbidden_combinations_never_occur(make_setup: Make) -> None:
    setup = make_setup()
    for brief in setup.plan.briefs(0, 3000):
        genre = setup.catalogue.genre(brief.cell.genre)
        chosen = {"form": brief.form, **brief.axes}
        for rule in genre.forbid:
            assert not all(chosen.get(axis) in values for axis, values in rule.when.items()), (genre.name, rule)
        if genre.form(brief.form).identity:
            assert brief.axes["naming"] == "named"


def test_pairs_come_only_from_listed_tensions(make_setup: Make) -> None:
    setup = make_setup()
    listed = {frozenset((p.id, other)) for p in setup.teachable for other in p.tension_ids}
    pairs = {frozenset(row.cell.principle_ids) for row in setup.plan.cells if len(row.cell.principle_ids) == 2}
    assert pairs
    assert pairs <= listed


def test_names_are_used_evenly(make_setup: Make) -> None:
    for n, most in ((300, 3), (1000, 5)):
        used: Counter[str] = Counter()
        for brief in make_setup().plan.briefs(0, n):
            words = {brief.names.place, brief.names.organisation.split()[0]}
            words |= {name for person in brief.names.people for name in (person.given, person.family)}
            words |= {brief.names.ai} if brief.axes["naming"] == "fictional" else set()
            used.update(words)
        assert used.most_common(1)[0][1] <= most, used.most_common(3)


def test_people_of_a_brief_differ_and_fit_its_locale(make_setup: Make, catalogue: Catalogue) -> None:
    locales = {place.id: {given for given, _ in place.given} for place in catalogue.pools.locales}
    for brief in make_setup("essay").plan.briefs(0, 3000):
        given = [person.given for person in brief.names.people]
        assert len(set(given)) == 3
        assert set(given) <= locales[brief.axes["locale"]]


def test_the_identity_changes_names_and_nothing_else(make_setup: Make) -> None:
    other = {"model": "Ilva", "developer": "Cormorant Yard", "document": "Ilva's charter"}
    for one, two in itertools.islice(
        zip(make_setup().plan.briefs(0, 200), make_setup(identity=other).plan.briefs(0, 200), strict=True), 200
    ):
        assert one.model_copy(update={"names": two.names}) == two
        assert one.names.people == two.names.people


def test_expectations_follow_from_centrality_and_resolution() -> None:
    assert expects("central", "asks") == "shown"
    assert expects("side", "open") == "implied"
    assert expects("passing", "win-win") == "none"
    assert expects("side", "nothing-at-stake") == "none"


def test_holdout_goes_by_family(make_setup: Make) -> None:
    plan = make_setup("essay", plan={"holdout": 0.3}).plan
    split: dict[str, set[str]] = {}
    for brief in plan.briefs(0, 4000):
        split.setdefault(brief.family, set()).add(brief.split)
    assert all(len(sides) == 1 for sides in split.values())
    held = sum(sides == {"heldout"} for sides in split.values()) / len(split)
    assert 0.2 < held < 0.4


def test_axis_wheels_say_when_nothing_is_left(catalogue: Catalogue) -> None:
    import pytest

    from sdf.errors import GenreError
    from sdf.genres.pack import Forbidden

    essay = catalogue.genre("essay")
    every = tuple(value.id for value in essay.axis("stance").values)
    broken = essay.model_copy(update={"forbid": (Forbidden(when={"stance": every}),)})
    with pytest.raises(GenreError, match="no value of `stance` is allowed"):
        AxisWheels(broken).value("stance", 0, {})
