"""The plan summed up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from sdf.errors import RecipeError
from sdf.plan.table import documents_for_tokens, plan_table
from sdf.run.setup import Setup

Make = Callable[..., Setup]


def test_the_table_counts_what_the_briefs_are(make_setup: Make) -> None:
    plan = make_setup().plan
    counted = plan_table(plan, 700)
    briefs = Counter(brief.cell.key for brief in plan.briefs(0, 700))
    assert {key: n for key, n in counted.cells.items() if n} == dict(briefs)
    assert sum(row.documents for row in counted.genres) == 700


def test_shares_are_by_token(make_setup: Make) -> None:
    setup = make_setup()
    counted = plan_table(setup.plan, 50_000)
    total = sum(genre.share for genre in setup.catalogue.genres)
    for row in counted.genres:
        assert row.share == pytest.approx(setup.catalogue.genre(row.genre).share / total, abs=0.005)


def test_lookalikes_have_sixty_parts_in_a_hundred(make_setup: Make) -> None:
    genres = {genre.name: genre.share for genre in make_setup().catalogue.genres}
    assert sum(genres.values()) == 100
    assert sum(genres[name] for name in ("podcast", "forum", "commentary", "workplace", "reference")) == 60
    assert (genres["aligned_ai_fiction"], genres["essay"], genres["debate"], genres["parable"]) == (15, 10, 10, 5)


def test_tokens_become_documents_and_back(make_setup: Make) -> None:
    plan = make_setup().plan
    n = documents_for_tokens(plan, 10_000_000)
    assert plan_table(plan, n).tokens == pytest.approx(10_000_000, rel=0.02)


def test_a_weight_of_nought_leaves_a_principle_out(make_setup: Make) -> None:
    cells = plan_table(make_setup(weights={"honesty": 0}).plan, 2000).principles
    assert "honesty" not in cells


def test_weights_multiply(make_setup: Make) -> None:
    counted = plan_table(make_setup(weights={"fairness": 3}, plan={"tension_share": 0}).plan, 20_000).principles
    assert counted["fairness"] / counted["honesty"] == pytest.approx(3, rel=0.05)


def test_a_weight_that_names_nothing_is_refused(make_setup: Make) -> None:
    with pytest.raises(RecipeError, match="matches no principle"):
        make_setup(weights={"honestly": 2})
