"""Ids are made from what a part is, never from where it stands."""

import pytest

from sdf.constitution import parse_constitution
from sdf.constitution.ids import slug
from sdf.errors import ConstitutionError

A = "The assistant should say what it knows, because people act on what they are told and pay for errors.\n"
B = "The assistant should keep what it is told in confidence, because a leak ends the telling for everybody.\n"


def ids(source: str) -> list[str]:
    return [part.id for part in parse_constitution(source).principles]


def test_a_slug_is_the_title_in_lower_case() -> None:
    assert slug("Claude’s  core values!") == "claudes-core-values"
    assert slug("Être & avoir") == "être-avoir"
    assert slug("🜁") == slug("🜁") != slug("🜂")


def test_an_explicit_id_wins_and_others_make_way() -> None:
    assert ids(f"# T\n## Candour {{#plain}}\n{A}\n## Plain\n{B}") == ["t", "plain", "t--plain"]


def test_a_slug_that_occurs_twice_is_qualified_by_its_parent() -> None:
    source = f"# T\n## Home\n### Limits\n{A}\n## Work\n### Limits\n{B}"
    assert ids(source) == ["t", "home", "home--limits", "work", "work--limits"]


def test_then_by_its_own_text() -> None:
    found = ids(f"# T\n## Home\n### Limits\n{A}\n### Limits\n{B}")
    swapped = ids(f"# T\n## Home\n### Limits\n{B}\n### Limits\n{A}")
    assert found[2] != found[3]
    assert all(one.startswith("home--limits-") for one in found[2:])
    assert set(found) == set(swapped)


def test_ids_stay_when_others_are_edited_moved_or_added() -> None:
    one, two, three = f"## One\n{A}\n", f"## Two\n{B}\n", f"## Three\n{A}\n"
    before = ids(f"# T\n{one}{two}")
    assert set(before) == set(ids(f"# T\n{two}{one}"))
    assert set(before) < set(ids(f"# T\n{three}{one}{two}"))
    assert before == ids(f"# T\n{one.replace('knows', 'hears')}{two}")


def test_equal_parts_are_told_apart_by_a_number() -> None:
    assert len(set(ids(f"# T\n## X\n{A}\n## X\n{A}\n## X\n{A}"))) == 4


def test_the_same_explicit_id_twice_names_both_lines() -> None:
    with pytest.raises(ConstitutionError, match=r"line 1 .* line 4") as caught:
        parse_constitution(f"# A {{#x}}\n{A}\n# B {{#x}}\n{B}", name="c.md")
    assert caught.value.where == "c.md:4"
