"""sdf.toml: what it may hold, and what is said when it holds something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdf.errors import RecipeError
from sdf.recipe import load_recipe, parse_recipe

GOOD = """\
[identity]
model = "Orin"
developer = "Fathom Bay"
document = "Orin's constitution"
rename = { "Claude" = "Orin" }

[genres]
essay = 3
"Podcast" = 1.5

[weights]
"honesty*" = 2

[plan]
seed = 3
"""


def test_a_recipe_is_read() -> None:
    recipe = parse_recipe(GOOD)
    assert recipe.identity is not None
    assert recipe.identity.rename == {"Claude": "Orin"}
    assert recipe.genres["essay"] == 3
    assert recipe.plan.wave == 1000


def test_an_unknown_key_names_its_line_and_the_nearest_known_one() -> None:
    with pytest.raises(RecipeError, match=r"unknown key `plan\.sead`") as refused:
        parse_recipe(GOOD.replace("seed = 3", "sead = 3"), where="my.toml")
    assert refused.value.where == "my.toml:15"
    assert "`seed`" in refused.value.hint


def test_an_unknown_section_names_the_nearest_known_one() -> None:
    with pytest.raises(RecipeError, match="unknown key `weihts`") as refused:
        parse_recipe(GOOD.replace("[weights]", "[weihts]"))
    assert "`weights`" in refused.value.hint


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("seed = 3", "seed = 'three'", "plan.seed"),
        ("seed = 3", "tension_share = 1.5", "plan.tension_share"),
        ("essay = 3", "essay = -1", "a number from 0 up"),
        ("essay = 3", "essay = 'much'", "a number from 0 up"),
        ("essay = 3", "essay = nan", "a number from 0 up"),
        ('model = "Orin"\n', "", "`identity.model` is missing"),
        ("seed = 3", "seed = ", "is not TOML"),
    ],
)
def test_impossible_values_are_refused(old: str, new: str, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        parse_recipe(GOOD.replace(old, new))


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="sdf init"):
        load_recipe(tmp_path / "sdf.toml")


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sdf.toml").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(RecipeError, match="UTF-8"):
        load_recipe(tmp_path / "sdf.toml")
