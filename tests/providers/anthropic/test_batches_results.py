"""Lines of results: split at newlines alone, bounded, joined by name only."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdf.providers.anthropic.journal import Send
from sdf.providers.anthropic.packing import custom_id
from sdf.providers.anthropic.results import KEPT_BYTES, Line, Odd, Reading, Result, lines, nonce_in
from sdf.providers.failures import Transient

NONCE, OTHER = "0123456789ab", "ba9876543210"
SENDS = [Send(f"{number:040x}", 1, 0) for number in range(3)]
NAMES = [custom_id(send.request_id, NONCE, 1) for send in SENDS]


def split(raw: bytes, size: int, limit: int = 1000) -> list[Line]:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(raw), size):
            yield raw[at : at + size]

    async def all_of() -> list[Line]:
        return [line async for line in lines(pieces(), limit)]

    return asyncio.run(all_of())


def row(name: str, kind: str = "succeeded", **more: Any) -> Line:
    result = {"type": kind} | ({"message": {"text": "yes"}} if kind == "succeeded" else {}) | more
    return Line(json.dumps({"custom_id": name, "result": result}).encode())


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10_000])
def test_lines_end_at_newlines_only(size: int) -> None:
    said = ['{"a":"x\u2028y\u0085z"}', "", '{"b":"\x0b"}']
    raw = "\n".join(said).encode()
    assert [line.text.decode() for line in split(raw + b"\n", size)] == said
    broken = "\n".join([*said, '{"c":']).encode()
    with pytest.raises(Transient, match="middle of a line"):
        split(broken, size)


@pytest.mark.parametrize("size", [1, 64, 100_000])
def test_a_line_beyond_the_limit_is_kept_in_part(size: int) -> None:
    long = b'{"custom_id":"' + NAMES[0].encode() + b'","x":"' + b"y" * 2000 + b'"}'
    first, second = split(long + b"\n{}\n", size)
    assert not first.whole
    assert len(first.text) <= KEPT_BYTES
    assert nonce_in(first) == NONCE
    assert second == Line(b"{}")


@given(st.lists(st.binary(max_size=30).filter(lambda one: b"\n" not in one), max_size=20), st.integers(1, 50))
def test_any_bytes_come_through(said: list[bytes], size: int) -> None:
    raw = b"".join(line + b"\n" for line in said)
    assert [line.text for line in split(raw, size)] == said


def test_the_first_answer_counts_whatever_came_before_it() -> None:
    reading = Reading(NONCE, SENDS)
    assert isinstance(reading.judge(row(NAMES[0], "errored", error={})), Result)
    found = reading.judge(row(NAMES[0]))
    assert isinstance(found, Result)
    assert found.kind == "succeeded"
    assert isinstance(reading.judge(row(NAMES[0])), Odd)
    assert isinstance(reading.judge(row(NAMES[0], "expired")), Odd)
    assert reading.unanswered == {}
    assert reading.unheard() == SENDS[1:]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (Line(b"<html>"), "no JSON"),
        (Line(b"\xff\xfe{}"), "no JSON"),
        (Line(b"[" * 100_000), "no JSON"),
        (Line(b"[]"), "without custom_id"),
        (Line(b'{"custom_id": 7}'), "without custom_id"),
        (row("msg-1"), "none of ours"),
        (row(custom_id(SENDS[0].request_id, OTHER, 1)), "of another batch"),
        (row(custom_id("f" * 40, NONCE, 1)), "not in this batch"),
        (row(custom_id(SENDS[0].request_id, NONCE, 2)), "not in this batch"),
        (Line(b'{"custom_id":"' + b"y" * 200, whole=False), "5 MB"),
    ],
)
def test_what_is_nobodys_is_never_guessed(line: Line, says: str) -> None:
    found = Reading(NONCE, SENDS).judge(line)
    assert isinstance(found, Odd)
    assert says in found.reason
    assert found.request_id == ""


@pytest.mark.parametrize(
    "line",
    [
        row(NAMES[0], "postponed"),
        row(NAMES[0], "succeeded", message="text"),
        Line(json.dumps({"custom_id": NAMES[0]}).encode()),
        Line(json.dumps({"custom_id": NAMES[0], "result": {"type": ["succeeded"]}}).encode()),
        Line(b'{"custom_id":"' + NAMES[0].encode() + b'","result":', whole=False),
    ],
)
def test_a_result_that_cannot_be_used_is_its_requests(line: Line) -> None:
    reading = Reading(NONCE, SENDS)
    found = reading.judge(line)
    assert isinstance(found, Result)
    assert (found.send, found.kind) == (SENDS[0], "unusable")
    assert reading.unanswered == {SENDS[0].request_id: found}
