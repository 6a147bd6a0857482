"""The copy that prompts see, and the way back to the source."""

from hypothesis import given
from hypothesis import strategies as st

from sdf.constitution import identify, parse_constitution, unset_placeholders
from sdf.constitution.identity import unknown_placeholders
from sdf.records import Identity

from .documents import fixture

TERN = Identity(model="Tern", developer="Marrow", document="the Tern charter")


def test_placeholders_and_names_are_replaced_in_text_title_and_bank() -> None:
    copy = identify(fixture("labelled.md"), TERN)
    assert "Written for Tern by Marrow; read it as the Tern charter." in copy.text
    candour = next(part for part in copy.principles if part.id == "candour")
    assert candour.bank.statement == ("Tern says what it believes to be so.",)
    assert "{model_name}" not in candour.text


def test_whole_words_only_and_the_longest_first() -> None:
    source = "# One\nClaude’s friend Claudette met Claude Opus and Claude. claude {{model_name}} { developer }\n"
    identity = Identity(model="M", developer="Claude", document="d", rename={"Claude": "Wren", "Claude Opus": "Rook"})
    copy = identify(parse_constitution(source), identity)
    assert copy.text == "# One\nWren’s friend Claudette met Rook and Wren. claude M Claude\n"


def test_ids_lines_spans_and_digests_remain_those_of_the_source() -> None:
    source = fixture("labelled.md")
    for before, after in zip(source.principles, identify(source, TERN).principles, strict=True):
        assert (before.id, before.lines, before.span, before.sha256) == (
            after.id,
            after.lines,
            after.span,
            after.sha256,
        )


def test_a_found_stretch_maps_back_to_its_source() -> None:
    source = fixture("labelled.md")
    copy = identify(source, TERN)
    start = copy.text.index("Tern tells her")
    begin, end = copy.to_source(start, start + len("Tern tells her"))
    assert source.source[begin:end] == "{model_name} tells her"
    assert copy.to_source(start + 1, start + 3) == (begin, begin + len("{model_name}"))


WORDS = st.sampled_from(
    ["Claude", "{model_name}", "{{developer}}", "Claudette", " ", "’s", "é", "{document}", "\n", "x"]
)


@given(st.lists(WORDS, min_size=1, max_size=40).map("".join), st.text(max_size=8), st.text(min_size=1, max_size=3))
def test_every_character_that_was_not_replaced_maps_to_itself(text: str, model: str, name: str) -> None:
    source = parse_constitution("# T\n" + text)
    copy = identify(source, Identity(model=model, developer="D", document="doc", rename={"Claude": name}))
    replaced = {at for start, stop, _, _ in copy.offsets for at in range(start, stop)}
    for at, char in enumerate(copy.text):
        if at not in replaced:
            begin, end = copy.to_source(at, at + 1)
            assert source.source[begin:end] == char
    assert copy.to_source(0, len(copy.text)) == (0, len(source.source))


def test_what_the_identity_lacks_is_unset() -> None:
    text = "a {model_name}\nb {document} `{tool_name}` {audit_log}\n```\n{model_name}\n```\n"
    assert unset_placeholders(text, TERN) == []
    assert unset_placeholders(text, None) == [(1, "model_name"), (2, "document")]
    assert unset_placeholders(text, Identity(model=" ", developer="d", document="e")) == [(1, "model_name")]
    assert unknown_placeholders(text) == [(2, "audit_log")]
