"""The two published constitutions, read from the folder beside the checkout."""

import re
import time
from collections import Counter

import pytest

from sdf.constitution import clean_text, lint, parse_constitution
from sdf.constitution.bank import count
from sdf.records import Bank, Constitution

pytestmark = pytest.mark.shared

LEFTOVER = re.compile(r"[*`\[\]<>|#]|https?:|read more|^\d+[.)] |^[-•] |---", re.IGNORECASE)


def entries(bank: Bank) -> list[str]:
    found = [one for field in Bank.model_fields if field != "objections" for one in getattr(bank, field)]
    return found + [side for o in bank.objections for side in (o.claim, o.reply) if side]


def test_the_ranked_document_has_its_80_sections(ranked: Constitution) -> None:
    assert ranked.heading_style == "markdown"
    assert len(ranked.principles) == 80
    assert Counter(part.authority for part in ranked.teachable()) == {
        "root": 22,
        "system": 3,
        "developer": 1,
        "user": 15,
        "guideline": 18,
    }
    assert not {"functions", "imports"} & {part.title.split(" ")[-1] for part in ranked.principles}
    assert all(part.lines[0] and "{#" + part.id in ranked.source for part in ranked.principles)


def test_the_pasted_page_has_its_title_and_40_bare_headings(prose_first: Constitution) -> None:
    assert (prose_first.heading_style, prose_first.title) == ("bare", "Claude's Constitution")
    bare = [part.title for part in prose_first.principles[1:]]
    assert len(bare) == 40
    assert "Read more" not in bare
    assert not [title for title in bare if title[-1] in ".:;!?" or len(title) > 80]
    assert {"Being honest", "Hard constraints", "On the word “constitution”", "A final word"} <= set(bare)


def test_sections_of_which_the_page_shows_nothing_are_context(prose_first: Constitution) -> None:
    context = [part.id for part in prose_first.principles if part.kind == "context"]
    assert context == [
        "claudes-constitution",
        "navigating-helpfulness-across-principals",
        "the-role-of-intentions-and-context",
        "instructable-behaviors",
    ]


@pytest.mark.parametrize("which", ["ranked", "prose_first"])
def test_the_bank_is_clean_and_full_enough(which: str, request: pytest.FixtureRequest) -> None:
    constitution: Constitution = request.getfixturevalue(which)
    teachable = constitution.teachable()
    for part in teachable:
        clean = clean_text(part.text)
        assert part.bank.statement, part.id
        for entry in entries(part.bank):
            assert not LEFTOVER.search(entry), entry
            assert entry[-1] in ".!?"
            assert 5 <= len(entry.split()) <= 60
            assert entry in clean
    assert sum(count(part.bank) >= 3 for part in teachable) >= 0.85 * len(teachable)


def test_no_forbidden_act_is_offered_as_practice(prose_first: Constitution) -> None:
    everything = " ".join(entry for part in prose_first.principles for entry in entries(part.bank))
    for forbidden in ("Provide serious uplift", "Manipulating democratic", "Refuses a reasonable", "Share personal"):
        assert forbidden not in everything


@pytest.mark.parametrize("which", ["ranked", "prose_first"])
def test_parts_cover_the_source_and_references_hold(which: str, request: pytest.FixtureRequest) -> None:
    constitution: Constitution = request.getfixturevalue(which)
    assert "".join(constitution.source[slice(*part.span)] for part in constitution.principles) == constitution.source
    rules = {finding.rule for finding in lint(constitution, None)}
    assert not rules & {"dangling-reference", "near-id", "unknown-placeholder", "no-headings", "no-principles"}


@pytest.mark.parametrize("which", ["ranked", "prose_first"])
def test_reading_takes_no_more_than_a_moment(which: str, request: pytest.FixtureRequest) -> None:
    source = request.getfixturevalue(which).source
    start = time.process_time()
    parse_constitution(source)
    assert time.process_time() - start < 2  # the aim is 0.5 s; slow machines get room
