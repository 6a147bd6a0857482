"""Subtypes in a plan: drawn inside the form, evenly, and touching nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sdf.plan.briefs import Plan
from sdf.providers.offline.provider import OfflineProvider
from sdf.recipe import PlanChoice, Recipe
from sdf.records import Brief
from sdf.run.setup import Setup, prepare
from tests.conftest import IDENTITY, PACKS, ROOT

OF_INTERVIEWS = tuple(f"sort-{number}" for number in range(7))


def _line(name: str, form: str, weight: str = "") -> str:
    return f'  {{ id = "{name}", form = "{form}", label = "a {name}", about = "Made once."{weight} }},\n'


@pytest.fixture(scope="module")
def bare(make_setup: Callable[..., Setup]) -> Setup:
    return make_setup("podcast", "essay")


@pytest.fixture(scope="module")
def divided(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    """The same packs, with seven subtypes of podcast's interviews and two, one of double weight, of its monologues."""
    genres = tmp_path_factory.mktemp("divided") / "genres"
    (genres / "podcast").mkdir(parents=True)
    lines = [_line(name, "interview") for name in OF_INTERVIEWS]
    lines += [_line("light", "solo"), _line("heavy", "solo", ", weight = 2.0")]
    (genres / "podcast/subtypes.toml").write_text(f"subtypes = [\n{''.join(lines)}]\n")
    return prepare(
        Recipe(identity=IDENTITY, plan=PlanChoice(seed=7)),
        constitution=ROOT / "constitution.md",
        folders=[genres, *PACKS],
        genres=["podcast", "essay"],
    )


def briefs(plan: Plan, n: int) -> Iterator[Brief]:
    return (plan.brief(index, index % 3) for index in range(n))


def test_no_other_choice_of_any_brief_changes(bare: Setup, divided: Setup) -> None:
    with_one = 0
    for one, two in zip(briefs(bare.plan, 3000), briefs(divided.plan, 3000), strict=True):
        axes = {name: value for name, value in two.axes.items() if name != "subtype"}
        with_one += len(axes) < len(two.axes)
        assert one.model_dump_json() == two.model_copy(update={"axes": axes}).model_dump_json()
    assert with_one > 200


def test_forms_without_subtypes_have_the_prompts_and_texts_they_had(bare: Setup, divided: Setup) -> None:
    offline = [OfflineProvider(setup.catalogue) for setup in (bare, divided)]
    for index in range(60):
        asked = []
        for setup in (bare, divided):
            brief = setup.plan.brief(index)
            stage = setup.catalogue.genre(brief.cell.genre).stages[0]
            asked.append(setup.requests.request(brief, stage, {}))
        one, two = asked
        if "subtype" in divided.plan.brief(index).axes:
            line = f"More exactly: {two.variables['axes']['subtype']['label']} Where this says"
            (added,) = [row for row in two.blocks[-1].text.splitlines() if row not in one.blocks[-1].text.splitlines()]
            assert added.startswith(line)
        else:
            assert one.blocks == two.blocks
        assert offline[0].answer(one).text == offline[1].answer(two).text


def test_a_subtype_belongs_to_the_briefs_form(divided: Setup) -> None:
    genre = divided.catalogue.genre("podcast")
    own = {value.id: value.form for value in genre.axis("subtype").values}
    for brief in briefs(divided.plan, 3000):
        if brief.cell.genre == "podcast" and brief.form in ("interview", "solo"):
            assert own[brief.axes["subtype"]] == brief.form
        else:
            assert "subtype" not in brief.axes


def test_they_come_evenly_or_by_their_weights(divided: Setup) -> None:
    drawn = [brief for brief in divided.plan.briefs(0, 12_000) if "subtype" in brief.axes]
    interviews = Counter(brief.axes["subtype"] for brief in drawn if brief.form == "interview")
    share = sum(interviews.values()) / len(OF_INTERVIEWS)
    assert set(interviews) == set(OF_INTERVIEWS)
    assert max(abs(count - share) for count in interviews.values()) < 0.1 * share
    solo = Counter(brief.axes["subtype"] for brief in drawn if brief.form == "solo")
    assert 1.8 < solo["heavy"] / solo["light"] < 2.2


def test_an_attempt_redraws_the_subtype(divided: Setup) -> None:
    drawn = [
        {divided.plan.brief(index, attempt).axes["subtype"] for attempt in range(3)}
        for index in range(600)
        if divided.plan.brief(index).form == "interview"
    ]
    assert sum(len(tries) > 1 for tries in drawn) > 0.8 * len(drawn)


def test_every_subtype_meets_every_stance_and_principle(divided: Setup) -> None:
    drawn = [brief for brief in divided.plan.briefs(0, 12_000) if brief.form == "interview"]
    stances = {(brief.axes["subtype"], brief.axes["stance"]) for brief in drawn}
    assert len(stances) == 3 * len(OF_INTERVIEWS)
    singles = {brief.cell.principle_ids for brief in drawn if len(brief.cell.principle_ids) == 1}
    met = {(brief.axes["subtype"], brief.cell.principle_ids) for brief in drawn}
    assert sum((name, pid) in met for name in OF_INTERVIEWS for pid in singles) >= 0.9 * len(OF_INTERVIEWS) * len(
        singles
    )


def test_the_run_keeps_the_file(divided: Setup, tmp_path: Path) -> None:
    kept = divided.genre_files()["podcast/subtypes.toml"]
    assert b'"sort-6"' in kept
