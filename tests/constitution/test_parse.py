"""The shapes a constitution comes in, on small documents."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdf.constitution import ConstitutionRules, load_constitution, parse_constitution
from sdf.constitution.read import MAX_BYTES
from sdf.errors import ConstitutionError
from sdf.records import Constitution

from .documents import FIXTURES, fixture

BODY = "The desk should say what it knows at once, because people plan by it and a good plan needs true facts first.\n"


def spans_cover(constitution: Constitution) -> bool:
    edges = [0]
    for part in constitution.principles:
        assert part.span[0] == edges[-1]
        edges.append(part.span[1])
    return edges[-1] == len(constitution.source)


def titles(constitution: Constitution) -> list[str]:
    return [part.title for part in constitution.principles]


@pytest.mark.parametrize("path", sorted(FIXTURES.iterdir()), ids=lambda path: path.name)
def test_the_parts_of_every_shape_cover_the_source_exactly(path: Path) -> None:
    assert spans_cover(load_constitution(path))


def test_headings_inside_fences_comments_and_notes_are_text() -> None:
    marked = fixture("marked.md")
    assert marked.heading_style == "markdown"
    assert [part.id for part in marked.principles] == ["overview-of-the-guide", "order", "quiet", "fetching", "keep"]


def test_an_authority_anywhere_makes_the_rest_context() -> None:
    marked = fixture("marked.md")
    assert [(part.id, part.authority) for part in marked.teachable()] == [
        ("order", "root"),
        ("quiet", "user"),
        ("fetching", "guideline"),
    ]


def test_text_is_the_own_body_and_lines_and_span_hold_the_heading() -> None:
    marked = fixture("marked.md")
    quiet = marked.by_id()["quiet"]
    assert quiet.text.startswith("The desk speaks softly")
    assert quiet.lines[0] == 25
    assert marked.source[slice(*quiet.span)].startswith("### Keep it quiet {#quiet")
    assert quiet.path == ("Overview of the guide", "Order of voices")


def test_a_lone_title_does_not_hide_the_bare_headings_of_a_pasted_page() -> None:
    pasted = fixture("pasted.md")
    assert (pasted.heading_style, pasted.title) == ("bare", "A Charter for Wren")
    assert titles(pasted) == [
        "A Charter for Wren",
        "Wren and the workshop",
        "What Wren holds to",
        "Being plain",
        "Opening hours and quiet days",
        "Lines that are not crossed",
        "Asking first",
        "A last word",
    ]


def test_running_heads_and_page_numbers_are_no_headings() -> None:
    printed = fixture("printed.txt")
    assert printed.title == "THE FERRY CONDUCT BOOK"
    assert titles(printed)[1:] == [
        "Right of way",
        "Handling of luggage",
        "Children and the deck",
        "Money on board",
        "When the sea is high",
    ]
    assert "Ferry Conduct Book" in printed.principles[1].text


def test_a_sentence_goes_on_over_the_end_of_a_page() -> None:
    bank = fixture("printed.txt").by_id()["right-of-way"].bank
    assert any("each of them said and does not choose" in entry for entry in bank.practice)


def test_a_table_has_a_principle_in_every_row() -> None:
    table = fixture("table.csv")
    assert table.heading_style == "csv"
    assert [part.id for part in table.teachable()] == [
        "leave-gates-as-you-found-them",
        "wake-nobody-unless-it-burns",
        "say-when-you-are-lost",
    ]
    gates = table.teachable()[0]
    assert gates.lines == (2, 3)
    assert gates.bank.practice == ("The drone should close the gate behind the last sheep, even when nobody watches.",)
    assert "ann" not in gates.text.split()


def test_without_headings_every_paragraph_and_list_entry_is_a_part() -> None:
    plain = fixture("paragraphs.txt")
    assert plain.heading_style == "paragraphs"
    assert [part.kind for part in plain.principles] == ["principle"] * 4 + ["context"]


def test_a_numbered_heading_keeps_its_title_and_not_its_number() -> None:
    parsed = parse_constitution(f"# Charter\n\n## 3. Say so\n\n{BODY}\n## Article IV: Keep on\n\n{BODY}")
    assert titles(parsed) == ["Charter", "Say so", "Keep on"]


def test_text_before_the_first_heading_is_a_part_of_its_own() -> None:
    parsed = parse_constitution(f"A word before.\n\n# One\n{BODY}\n# Two\n{BODY}")
    assert [part.kind for part in parsed.principles] == ["context", "principle", "principle"]
    assert parsed.principles[0].text == "A word before."


def test_yaml_before_the_text_is_no_heading() -> None:
    parsed = parse_constitution(f"---\ntitle: x\n---\n# One\n{BODY}\n# Two\n{BODY}")
    assert titles(parsed) == ["Preamble", "One", "Two"]


def test_corrections_name_headings_and_kinds() -> None:
    source = f"Say so\n{BODY}\nAn odd line that ends oddly,\n{BODY}\nKeep on\n{BODY}"
    rules = ConstitutionRules(headings=("An odd line that ends oddly,",), not_headings=("Keep on",), exclude=("say-*",))
    parsed = parse_constitution(source, rules=rules)
    assert [(part.title, part.kind) for part in parsed.principles] == [
        ("Say so", "context"),
        ("An odd line that ends oddly,", "principle"),
    ]


def test_a_part_too_short_to_count_can_be_included() -> None:
    source = f"# One\n{BODY}\n# Two\nBe kind to everyone you meet.\n"
    assert len(parse_constitution(source).teachable()) == 1
    assert len(parse_constitution(source, rules=ConstitutionRules(include=("two",))).teachable()) == 2


@pytest.mark.parametrize(
    "rules",
    [ConstitutionRules(include=("onne",)), ConstitutionRules(headings=("Onee",)), ConstitutionRules(exclude=("z*",))],
)
def test_a_correction_that_matches_nothing_is_an_error(rules: ConstitutionRules) -> None:
    with pytest.raises(ConstitutionError, match="which the constitution does not have"):
        parse_constitution(f"# One\n{BODY}\n# Two\n{BODY}", rules=rules)


def test_line_ends_and_odd_characters_are_kept() -> None:
    source = f'# One\r\n{{"a": "\x00b"}} \u202eréf {BODY}\r\n# Two\r\n{BODY}'
    parsed = parse_constitution(source.encode())
    assert parsed.source == source
    assert parsed.principles[1].lines[0] == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_with_a_mark_are_read(encoding: str) -> None:
    parsed = parse_constitution(f"# Eins\n{BODY}\n# Zwei — drei\n{BODY}".encode(encoding))
    assert titles(parsed) == ["Eins", "Zwei — drei"]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"\x89PNG\xff\xfe\x00", "not UTF-8"),
        (b"\x7fELF" + b"\x00" * 400, "NUL"),
        (b"x" * (MAX_BYTES + 1), "5.0 MB"),
        (b"# a\n" * 10_001, "10001 parts"),
        (b"id,title\n", "no rows"),
    ],
)
def test_what_cannot_be_read_says_how_to_mend_it(raw: bytes, message: str) -> None:
    with pytest.raises(ConstitutionError, match=message) as caught:
        parse_constitution(raw, name="c.csv" if raw.startswith(b"id") else "c.md")
    assert caught.value.hint


@pytest.mark.parametrize("name", ["missing.md", "."])
def test_what_is_no_file_says_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConstitutionError) as caught:
        load_constitution(tmp_path / name)
    assert caught.value.hint


PIECES = st.sampled_from(
    ["# A\n", "## B {#b}\n", "Title\n=====\n", "~~~\n", "```x\n", "<!--\n", "-->\n", "!!! note\n    in\n", "- x\n",
     "Some title\n", "A sentence that ends.\n", "\r\n", "\r", "\n\n", "\x00", "\u2028", "\f12\n", "| a | b |\n",
     "Read more\n", "id,title\n", '"a,\n', "*Why:* so.\n", "{model_name}", "\u0130\u200b", "---\n", "[^a]: b\n"]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=25).map("".join))
def test_no_character_is_lost_or_doubled(source: str) -> None:
    try:
        parsed = parse_constitution(source)
    except ConstitutionError:
        return
    assert spans_cover(parsed)
    assert len(parsed.by_id()) == len(parsed.principles)
    assert parse_constitution(source) == parsed


@pytest.mark.parametrize("run", [".", " ", "<!--", "[^", '("', "** a", "{ ", "e.g. ", "# a ", "!["])
def test_a_long_run_of_marks_is_read_in_linear_time(run: str) -> None:
    """Each of these takes minutes when a pattern backtracks."""
    source = "# One\nThe desk should " + run * (100_000 // len(run)) + "b\n"
    start = time.process_time()
    assert spans_cover(parse_constitution(source))
    assert time.process_time() - start < 5


def test_blank_lines_before_the_first_heading_belong_to_it() -> None:
    parsed = parse_constitution(f"\n\n# One\n{BODY}\n# Two\n{BODY}")
    assert spans_cover(parsed)
    assert [(part.title, part.lines[0]) for part in parsed.principles] == [("One", 3), ("Two", 6)]


def test_a_comment_lasts_until_it_is_closed() -> None:
    parsed = parse_constitution(f"# One\n{BODY}<!--\na\n# b\n-->\n# Two\n{BODY}")
    assert titles(parsed) == ["One", "Two"]


def test_a_line_under_wrapped_prose_is_a_rule_and_no_heading() -> None:
    parsed = parse_constitution(f"# One\n{BODY}and more of it\n---\n\n# Two\n{BODY}")
    assert titles(parsed) == ["One", "Two"]


def test_a_short_line_in_the_middle_of_a_sentence_is_no_bare_heading() -> None:
    source = f"Say so\n{BODY}It is kept for\nOld Tom\n{BODY}\nKeep on\n{BODY}"
    assert titles(parse_constitution(source)) == ["Say so", "Keep on"]


def test_long_text_before_the_first_heading_is_still_context() -> None:
    parsed = parse_constitution(f"{BODY}\n# One\n{BODY}\n# Two\n{BODY}")
    assert [part.kind for part in parsed.principles] == ["context", "principle", "principle"]


def test_a_table_with_windows_line_ends_and_semicolons() -> None:
    source = f'id;title;text;why\r\nplain;Plain;"{BODY.strip()}\r\nIt is so.";It is owed.\r\n\r\n'
    parsed = parse_constitution(source.encode(), name="c.csv")
    assert spans_cover(parsed)
    assert [(part.id, part.lines) for part in parsed.principles] == [("_preamble", (1, 1)), ("plain", (2, 3))]


def test_text_before_the_title_does_not_hide_the_title() -> None:
    parsed = parse_constitution(f"A word before.\n\n# Charter\n{BODY}\n## One\n{BODY}\n## Two\n{BODY}")
    assert parsed.title == "Charter"
    assert [part.kind for part in parsed.principles] == ["context", "context", "principle", "principle"]


def test_a_heading_may_state_its_own_kind() -> None:
    sentence = "People are told what is so, because they act on what they are told, all of them, and mostly at once. "
    text = f"# Rules\n\n## One {{#one}}\n\n{sentence}\n\n## Order {{#order kind=context}}\n\n{sentence}\n"
    kinds = {p.id: p.kind for p in parse_constitution(text).principles}
    assert (kinds["one"], kinds["order"]) == ("principle", "context")
