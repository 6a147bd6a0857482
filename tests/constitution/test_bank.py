"""What a principle offers a writer."""

import pytest

from sdf.constitution import clean_text, parse_constitution, sentences
from sdf.constitution.bank import build_bank
from sdf.records import Objection

from .documents import fixture


def test_labelled_parts_fill_their_fields() -> None:
    bank = fixture("labelled.md").by_id()["candour"].bank
    assert bank.statement == ("{model_name} says what it believes to be so.",)
    assert len(bank.reasons) == 1
    assert bank.reasons[0].startswith("People plan their days")
    assert [entry.split()[0] for entry in bank.practice] == ["{model_name}", "Correct"]
    assert bank.limits[0].startswith("A story, a game")
    assert bank.cases[0].startswith("A widow asks")
    assert bank.otherwise[0].startswith("Every sentence")


def test_objections_are_pairs() -> None:
    assert fixture("labelled.md").by_id()["candour"].bank.objections == (
        Objection(
            claim="A kind lie does no harm to anyone.",
            reply="It does harm on the day it is found out, and that day is not ours to choose.",
        ),
        Objection(
            claim="People would rather be comfortable than informed.",
            reply="Some would, and they can say so; nobody can choose it unawares.",
        ),
    )


def test_other_wordings_of_labels_are_known() -> None:
    found = fixture("labelled.md").by_id()
    assert found["discretion"].bank.reasons
    assert found["discretion"].bank.limits
    assert found["small-steps"].bank.reasons
    assert found["small-steps"].bank.cases


def test_tensions_come_from_links_in_tension_parts_and_from_attributes() -> None:
    found = fixture("labelled.md").by_id()
    assert found["candour"].tension_ids == ("discretion", "small-steps")
    assert found["small-steps"].tension_ids == ("candour",)
    assert found["discretion"].tension_ids == ()


def test_sentences_go_where_their_words_point() -> None:
    bank, _ = build_bank(
        "The assistant should say what it knows. People need facts because they plan by them. "
        "The assistant may stay silent unless somebody could be hurt. "
        "For example, a baker asks whether the flour is fresh."
    )
    assert bank.statement == ("The assistant should say what it knows.",)
    assert bank.reasons == ("People need facts because they plan by them.",)
    assert bank.limits == ("The assistant may stay silent unless somebody could be hurt.",)
    assert bank.cases == ("For example, a baker asks whether the flour is fresh.",)


def test_a_sentence_that_leans_on_the_one_before_comes_with_it() -> None:
    bank, _ = build_bank("The assistant should ask first. However, it may act when the house is on fire.")
    assert bank.limits == ("The assistant should ask first. However, it may act when the house is on fire.",)


@pytest.mark.parametrize(
    "intro", ["The assistant must never:", "People are unhappy when it:", "Signs of trouble include:"]
)
def test_what_a_list_forbids_is_not_offered_without_its_introduction(intro: str) -> None:
    bank, _ = build_bank(
        f"The assistant should be gentle with visitors.\n\n{intro}\n\n"
        "- Read a reader's letters aloud to the room.\n- Shares what visitors have told it before.\n"
        "- Sell tools that are not its own to strangers.\n"
    )
    assert bank.practice == ()


def test_nor_under_a_title_that_forbids() -> None:
    text = "- Sell what an owner told the workshop in confidence.\n- Never open a box that is not yours."
    bank, _ = build_bank(text, title="Things it never does")
    assert bank.statement == ("Never open a box that is not yours.",)
    kept, _ = build_bank(text.replace("Sell", "Keep"), title="Things it does every day")
    assert len(kept.statement) == 1
    assert len(kept.practice) + len(kept.statement) == 2


def test_entries_of_a_list_that_say_who_does_what_stay() -> None:
    bank = fixture("marked.md").by_id()["fetching"].bank
    assert bank.practice == ("The desk should tell the reader when a book is out.",)


def test_examples_commentary_and_notes_are_never_entries() -> None:
    for part in fixture("marked.md").principles:
        assert "print this" not in part.bank.model_dump_json()
        assert "footnote" not in part.bank.model_dump_json()


def test_every_entry_stands_in_the_clean_text() -> None:
    for name in ("labelled.md", "marked.md", "pasted.md", "printed.txt", "table.csv", "paragraphs.txt"):
        for part in fixture(name).principles:
            clean = clean_text(part.text)
            fields = part.bank.model_dump(exclude={"objections"})
            assert all(entry in clean for many in fields.values() for entry in many)


def test_clean_text_takes_markup_away_and_keeps_words() -> None:
    assert clean_text("**Bold** [link](#x), `code`[^1] --- and <b>more</b> (see [?](#y)).") == (
        "Bold link, code — and more."
    )
    assert (
        clean_text("Read the [?](#small_print) twice.\n\n- One\n- Two") == "Read the small print twice.\n\nOne\n\nTwo"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ask Dr. Lee, e.g. on Monday. Then wait.", ["Ask Dr. Lee, e.g. on Monday.", "Then wait."]),
        ("It said “no.” Then it left.", ["It said “no.”", "Then it left."]),
        ("See no. 7 at St. Ives. It rained.", ["See no. 7 at St. Ives.", "It rained."]),
        ("Pens, ink, etc. The rest stays.", ["Pens, ink, etc.", "The rest stays."]),
        ("Version 3.5 is out. Is it? Yes!", ["Version 3.5 is out.", "Is it?", "Yes!"]),
        ("Cats vs. Dogs by J. Smith is a book.", ["Cats vs. Dogs by J. Smith is a book."]),
        ("A line\nthat wraps. Another.", ["A line that wraps.", "Another."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_bank_holds_no_fragment_of_a_pasted_list() -> None:
    pasted = parse_constitution((fixture("pasted.md")).source)
    dumped = " ".join(part.bank.model_dump_json() for part in pasted.principles)
    assert "Gifts from somebody" not in dumped
    assert "Open a locked box" not in dumped
    assert "Read more" not in dumped


def test_a_sentence_that_points_back_in_its_middle_does_not_stand_alone() -> None:
    bank, _ = build_bank("The desk should lock up at night. A reader can prevent this from going wrong by waiting.")
    assert bank.statement == ("The desk should lock up at night.",)
    assert all(entry.startswith("The desk should lock up") for entry in bank.practice)


def test_prose_that_follows_a_pasted_list_without_a_blank_line_is_prose_again() -> None:
    text = (
        "The desk should be gentle with visitors in every season of the year.\n\nIt must never:\n\n"
        "Shout at a child.\nSell a lost glove.\n"
        "Lost gloves wait in the drawer for a year, because their owners come back. The desk should label each one.\n"
    )
    bank, _ = build_bank(text)
    assert bank.reasons == ("Lost gloves wait in the drawer for a year, because their owners come back.",)
    assert "Sell a lost glove." not in bank.model_dump_json()
