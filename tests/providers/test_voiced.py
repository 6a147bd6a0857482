"""The vocabulary of phrase tables."""

from __future__ import annotations

from collections.abc import Callable

from sdf.providers.offline.voiced import Banks, voiced
from sdf.records import Brief
from sdf.run.setup import Setup

Make = Callable[..., Setup]


def spoken(setup: Setup, want: Callable[[Brief], bool]) -> tuple[Brief, dict[str, object]]:
    brief = next(brief for brief in setup.plan.briefs(0, 5000) if want(brief))
    stage = setup.catalogue.genre(brief.cell.genre).stages[0]
    return brief, voiced(setup.requests.request(brief, stage, {}).variables, Banks())


def test_a_named_model_speaks_in_the_constitutions_own_words(make_setup: Make) -> None:
    setup = make_setup("essay")
    brief, values = spoken(setup, lambda b: b.axes["naming"] == "named" and len(b.cell.principle_ids) == 1)
    principle = next(p for p in setup.teachable if p.id == brief.cell.principle_ids[0])
    assert values["ai"] == "Orin"
    assert tuple(values["bank"]["reasons"]) == principle.bank.reasons  # type: ignore[index]


def test_where_it_is_not_named_no_name_is_left_and_sentences_keep_their_capitals(make_setup: Make) -> None:
    setup = make_setup("essay")
    for naming in ("unnamed", "fictional"):
        for brief in setup.plan.briefs(0, 3000):
            if brief.axes["naming"] != naming:
                continue
            stage = setup.catalogue.genre(brief.cell.genre).stages[0]
            values = voiced(setup.requests.request(brief, stage, {}).variables, Banks())
            lines = [line for part in ("reasons", "practice", "limits", "cases") for line in values["bank"][part]]
            assert not any("Orin" in line or "Fathom Bay" in line for line in lines)
            assert all(line[0].isupper() or not line[0].isalpha() for line in lines)
            assert not any(f". {values['ai']} " in line for line in lines if values["ai"].islower())


def test_a_brief_about_two_principles_has_the_bank_of_both(make_setup: Make) -> None:
    setup = make_setup("essay")
    brief, values = spoken(setup, lambda b: len(b.cell.principle_ids) == 2 and b.axes["naming"] == "named")
    both = [p for p in setup.teachable if p.id in brief.cell.principle_ids]
    assert set(values["bank"]["reasons"]) == {line for p in both for line in p.bank.reasons}  # type: ignore[index]


def test_no_part_of_a_bank_is_empty(make_setup: Make) -> None:
    setup = make_setup("essay")
    _, values = spoken(setup, lambda _: True)
    variables = dict(values)
    bare = {
        "text": "",
        "bank": dict.fromkeys(
            ("statement", "reasons", "practice", "limits", "cases", "tensions", "objections", "otherwise"), ()
        ),
    }
    variables["principles"] = [bare]
    variables["names"] = {**values["names"], "ai": "Orin"}  # type: ignore[dict-item]
    filled = voiced(variables, Banks())["bank"]
    assert all(filled[part] for part in filled)
