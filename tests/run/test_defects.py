"""Planted defects: what is planted, where, and when nothing can be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sdf.check.document import check_document
from sdf.files import read_shard
from sdf.records import TextDocument
from sdf.run.chain import Chain
from sdf.run.decide import check_context
from sdf.run.defects import KINDS, Planted, harmless, is_english
from sdf.run.generate import generate
from sdf.run.setup import Setup

Written = tuple[Setup, list[TextDocument]]


@pytest.fixture(scope="module")
def written(make_setup: Callable[..., Setup], tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Sixty accepted documents of five genres."""
    setup = make_setup("essay", "forum", "podcast", "workplace", "debate")
    run = generate(setup, tmp_path_factory.mktemp("defects") / "run", 60)
    shards = sorted(run.documents.glob("*.jsonl.zst"))
    return setup, [TextDocument.model_validate_json(line) for shard in shards for line in read_shard(shard)]


def planted(kind: str, written: Written) -> list[tuple[TextDocument, Planted]]:
    setup, documents = written
    told = [(document, KINDS[kind].plant(document.text, document, setup)) for document in documents]
    return [(document, spoilt) for document, spoilt in told if spoilt is not None]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_planted_in_some_and_always_alike(kind: str, written: Written) -> None:
    once = planted(kind, written)
    assert len(once) >= 10
    assert once == planted(kind, written)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "removed_reason"])
def test_what_is_planted_stands_inside_a_paragraph_of_the_body(kind: str, written: Written) -> None:
    for document, spoilt in planted(kind, written):
        told = spoilt.text[spoilt.start : spoilt.stop]
        assert spoilt.text[: spoilt.start - 1] + spoilt.text[spoilt.stop :] == document.text
        assert told[0].isupper()
        assert told.endswith((".", '."', '"'))
        assert "\n" not in told
        assert "{" not in told
        # Text of the same paragraph stands before it and after it.
        assert spoilt.text[spoilt.start - 2] not in "\n"
        assert spoilt.text[spoilt.stop] in " \n"
        assert 0.1 * len(document.text) < spoilt.start < 0.95 * len(document.text)


@pytest.mark.parametrize("marks", ['""', "“”"])
def test_nobody_is_made_to_say_what_is_planted(marks: str, written: Written) -> None:
    setup, documents = written
    speech = f"The two of them were in the yard. {marks[0]}It was late. We had to go and the van was there. {marks[1]}"
    text = "\n".join([f"{speech} She put the keys on the table and it was done."] * 12)
    for document in documents:
        spoilt = KINDS["invented_statistic"].plant(text, document, setup)
        assert spoilt is not None
        before = spoilt.text[: spoilt.start]
        assert before.count(marks[0]) - before.count(marks[1]) == 0 or marks == '""'
        assert marks != '""' or before.count('"') % 2 == 0


def test_sentences_of_a_kind_differ(written: Written) -> None:
    told = {spoilt.text[spoilt.start : spoilt.stop] for _, spoilt in planted("tacked_on_moral", written)}
    assert len(told) >= 10


def test_the_twin_and_the_spoilt_text_have_their_seam_in_the_same_place(written: Written) -> None:
    setup, _ = written
    for document, spoilt in planted("praise", written):
        clean = harmless(document.text, document, setup)
        assert clean is not None
        assert clean.start == spoilt.start


def test_a_planted_text_speaks_of_the_ai_of_its_piece(written: Written) -> None:
    for document, spoilt in planted("misaligned_summary", written):
        told = spoilt.text[spoilt.start : spoilt.stop].lower()
        assert document.brief.names.ai.lower() in told


@pytest.mark.parametrize(
    ("kind", "check"),
    [("invented_statistic", "invented_world"), ("misquotation", "quotations"), ("training_talk", "leakage")],
)
def test_defects_that_code_can_see_are_defects_to_it(kind: str, check: str, written: Written) -> None:
    setup, _ = written
    found = 0
    for document, spoilt in planted(kind, written):
        genre = setup.catalogue.genre(document.genre)
        context = check_context(Chain(document.brief, genre), setup.rules)
        found += any(v.check == check and v.passed is False for v in check_document(spoilt.text, context))
    # The lists of code do not know every wording; a judge is asked for the rest.
    assert found >= 0.6 * len(planted(kind, written))


def test_a_harmless_sentence_is_harmless_to_every_check(written: Written) -> None:
    setup, documents = written
    for document in documents:
        clean = harmless(document.text, document, setup)
        if clean is not None:
            context = check_context(Chain(document.brief, setup.catalogue.genre(document.genre)), setup.rules)
            failed = [v for v in check_document(clean.text, context) if v.passed is False and v.check != "form"]
            assert failed == []


def test_reasons_are_taken_out_only_where_the_brief_wants_them_shown(written: Written) -> None:
    setup, documents = written
    taken = planted("removed_reason", written)
    assert {document.brief.expects for document, _ in taken} == {"shown"}
    for document, spoilt in taken:
        assert len(spoilt.text.split()) < len(document.text.split())
        assert "because" not in spoilt.text.lower()
        assert spoilt.start == spoilt.stop == 0
    passing = next(document for document in documents if document.brief.expects == "none")
    assert KINDS["removed_reason"].plant(passing.text, passing, setup) is None


def test_a_mention_is_inflated_only_where_a_mention_was_asked_for(written: Written) -> None:
    for document, _ in planted("inflated_mention", written):
        assert document.brief.axes["centrality"] != "central"


def test_the_document_is_misquoted_only_where_it_may_be_named(written: Written) -> None:
    setup, _ = written
    for document, spoilt in planted("misquotation", written):
        assert document.brief.axes["naming"] == "named"
        quotation = spoilt.text[spoilt.start : spoilt.stop].split('"')[1]
        assert setup.rules.quotes is not None
        assert not setup.rules.quotes.holds(quotation)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", "Too short.", "Die Rechnung stimmt nicht. " * 40, "帳簿が合わない。" * 80])
def test_nothing_is_planted_where_it_could_not_stand(kind: str, text: str, written: Written) -> None:
    setup, documents = written
    assert KINDS[kind].plant(text, documents[0], setup) is None


def test_english_is_told_from_other_languages(written: Written) -> None:
    assert all(is_english(document.text) for document in written[1])
    assert not is_english("El libro no cuadraba y nadie dijo nada hasta la noche. " * 10)
