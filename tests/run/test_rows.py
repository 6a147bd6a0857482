"""Records become rows and come back equal; every column counts in the digest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sdf.files import FileDigest
from sdf.records import Decision, Flag, Outcome, Response, StopReason, Usage, Verdict
from sdf.run import rows

text = st.text(st.characters(exclude_categories=["Cs"]))
count = st.integers(0, 2**62)
number = st.integers(0, 2**64 - 1)
verdict = st.builds(
    Verdict,
    check=text,
    passed=st.sampled_from([True, False, None]),
    flags=st.lists(st.builds(Flag, rule=text, detail=text), max_size=2).map(tuple),
    note=text,
)
responses = st.builds(
    rows.RecordedResponse,
    series=text,
    index=count,
    attempt=count,
    stage=text,
    template_sha256=text,
    genre=text,
    retry=count,
    cost=st.none() | st.integers(0, 2**63 - 1),
    response=st.builds(
        Response,
        request_id=text,
        text=text,
        stop=st.sampled_from(StopReason),
        model=text,
        usage=st.builds(Usage, input=count, output=count, cache_read=count, cache_write=count, cache_write_1h=count),
        batch=st.booleans(),
        error=st.none() | text,
    ),
)
decisions = st.builds(
    rows.RecordedDecision,
    decision=st.builds(
        Decision,
        series=text,
        index=count,
        attempt=count,
        phase=st.sampled_from(["premise", "document"]),
        outcome=st.sampled_from([o for o in Outcome if o != "pending"]),
        reason=text,
        verdicts=st.lists(verdict, max_size=3).map(tuple),
    ),
    sketch=st.none() | st.binary(),
    opening=st.none() | number,
    words=count,
)


@given(responses)
def test_responses_come_back(record: rows.RecordedResponse) -> None:
    assert rows.response_of(rows.response_row(record)) == record


@given(decisions)
def test_decisions_come_back(record: rows.RecordedDecision) -> None:
    assert rows.decision_of(rows.decision_row(record)) == record


@given(number)
def test_openings_fit_into_what_sqlite_can_hold(value: int) -> None:
    held = rows.signed(value)
    assert held is not None
    assert -(2**63) <= held < 2**63
    assert rows.unsigned(held) == value


def test_files_come_back() -> None:
    digest = FileDigest(name="a", sha256="b", content_sha256="c", rows=3, bytes=9)
    record = rows.RecordedFile(**digest.model_dump(), genres={"essay": 2, "chat": 1})
    assert rows.file_of(rows.file_row(record)) == record


def test_a_digest_is_of_every_column_and_of_the_table() -> None:
    row = rows.sealed("responses", "base", 1, None, 0.5, b"x")
    others = [
        rows.sealed("decisions", "base", 1, None, 0.5, b"x"),
        rows.sealed("responses", "Base", 1, None, 0.5, b"x"),
        rows.sealed("responses", "base", 2, None, 0.5, b"x"),
        rows.sealed("responses", "base", 1, "", 0.5, b"x"),
        rows.sealed("responses", "base", 1, None, 0.25, b"x"),
        rows.sealed("responses", "base", 1, None, 0.5, b"y"),
    ]
    assert len({other[-1] for other in others} | {row[-1]}) == 7
