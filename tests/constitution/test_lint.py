"""What a person is told to look at."""

from sdf.constitution import Finding, lint, outline, parse_constitution
from sdf.records import Identity

from .documents import fixture

TERN = Identity(model="Tern", developer="Marrow", document="the Tern charter")
GOOD = (
    "The assistant should say what it knows, because people plan their days by what they hear from it each morning.\n"
)


def findings(source: str, identity: Identity | None = TERN) -> dict[str, Finding]:
    return {one.rule: one for one in lint(parse_constitution(source), identity)}


def test_a_sound_constitution_has_no_findings() -> None:
    assert lint(fixture("labelled.md"), TERN) == ()


def test_a_principle_without_reason_or_action_is_named() -> None:
    glow = "Warm gentle bright open honest calm steady kind true soft wise patient humble brave quiet light "
    found = findings(f"# Good\n{GOOD}\n# Glow\n{glow} and entirely radiant presence everywhere around us.\n")
    assert found["no-reason"].id == found["vague"].id == "glow"
    assert found["vague"].line == 4


def test_a_principle_of_thousands_of_words_is_too_long() -> None:
    assert findings(f"# Good\n{GOOD}\n# Long\n{GOOD * 100}")["long"].id == "long"


def test_duplicate_titles_and_near_ids_name_the_other_line() -> None:
    found = findings(f"# A b\n{GOOD}\n# a B\n{GOOD}too.\n\n# Other {{#keep-on}}\n{GOOD}\n# More {{#keepOn}}\n{GOOD}")
    assert "line 1" in found["duplicate-title"].message
    assert found["near-id"].id == "keepOn"


def test_text_before_the_first_heading_is_an_orphan() -> None:
    assert findings(f"{GOOD}\n# A\n{GOOD}\n# B\n{GOOD}")["orphan-preamble"].line == 1


def test_placeholders_and_references_without_a_target() -> None:
    found = findings(f"# A\n{GOOD}{{model_name}} and {{audit_log}} see [it](#nowhere), [a](#a).\n\n# B\n{GOOD}", None)
    assert found["unset-placeholder"].severity == "warning"
    assert found["unknown-placeholder"].line == 3
    assert "'nowhere'" in found["dangling-reference"].message
    assert found["dangling-reference"].id == "a"


def test_a_constitution_without_headings_or_principles_is_told_so() -> None:
    found = findings("Be kind.\n\nBe true.\n")
    assert found["no-headings"].severity == "note"
    assert found["no-principles"].severity == "error"


def test_the_outline_has_a_row_for_every_part() -> None:
    rows = outline(fixture("marked.md"))
    assert [(row.id, row.kind, row.level, row.authority) for row in rows[:3]] == [
        ("overview-of-the-guide", "context", 1, None),
        ("order", "principle", 2, "root"),
        ("quiet", "principle", 3, "user"),
    ]
    assert rows[1].lines == (10, 23)
    assert rows[1].words > 20
