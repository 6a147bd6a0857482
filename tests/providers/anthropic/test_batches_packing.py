"""Which requests share a batch, under which names, and how many bytes they have."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sdf.providers.anthropic.packing import Limits, Packed, body, body_length, custom_id, ordered, pack, parts_of, split
from sdf.providers.settings import ModelSettings
from sdf.records import Block
from tests.providers.anthropic.virtual_clock import ask

SETTINGS = ModelSettings(batch=True)
NONCE = "0123456789ab"


def test_a_name_is_read_back() -> None:
    name = custom_id("ab" * 20, NONCE, 3)
    assert name == f"{'ab' * 20}-{NONCE}-3"
    assert len(custom_id("ab" * 20, NONCE, 10**10 - 1)) == 64
    assert parts_of(name) == ("ab" * 20, NONCE, 3)
    assert parts_of("msg-1") is None


@pytest.mark.parametrize(
    "bad", [("ab", NONCE, 1), ("AB" * 20, NONCE, 1), ("ab" * 20, "short", 1), ("ab" * 20, NONCE, -1)]
)
def test_a_name_that_the_server_would_refuse_is_refused_here(bad: tuple[str, str, int]) -> None:
    with pytest.raises(ValueError, match="no name"):
        custom_id(*bad)


def test_requests_that_begin_alike_stand_side_by_side() -> None:
    one, two = Block(text="one " * 50, cache=True), Block(text="two " * 50, cache=True)
    requests = [ask(number, shared=(one, two)[number % 2]) for number in range(20)]
    shared = [request.blocks[0].text[:3] for request in ordered(requests)]
    assert shared == ["one"] * 10 + ["two"] * 10


def test_a_batch_has_one_model() -> None:
    models = ("anthropic:claude-haiku-5-5", "anthropic:claude-opus-5-5")
    requests = [ask(number, model=models[number % 2]) for number in range(10)]
    batches, failures = pack(requests, lambda _: 1, SETTINGS, Limits())
    assert [{one.request.model for one in batch} for batch in batches] == [{models[0]}, {models[1]}]
    assert failures == []


@pytest.mark.parametrize("text", ["plain", "Umlaut äöü", "日本語", "🙂 \u2028 \x00"])
def test_the_length_that_is_told_is_the_length_that_is_sent(text: str) -> None:
    requests = [ask(number, text=f"{text} {number}") for number in range(7)]
    ((batch,), _) = pack(requests, lambda _: 12, SETTINGS, Limits())
    sent = b"".join(body(batch, NONCE, SETTINGS))
    assert len(sent) == body_length(batch)
    rows = json.loads(sent)["requests"]
    assert {row["custom_id"] for row in rows} == {custom_id(request.id, NONCE, 12) for request in requests}
    assert rows[0]["params"]["system"][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}


@example([50, 44], 109, 9)  # one byte too many together
@example([50, 44], 110, 9)
@given(st.lists(st.integers(1, 60), max_size=60), st.integers(100, 200), st.integers(1, 9))
def test_pieces_fit_and_hold_everything_once(sizes: list[int], most: int, count: int) -> None:
    packed = [Packed(ask(0), number, size) for number, size in enumerate(sizes)]
    pieces = list(split(packed, Limits(most, count)))
    assert [one for piece in pieces for one in piece] == packed
    assert all(0 < len(piece) <= count and body_length(piece) <= most for piece in pieces)
    # Nothing that would have fitted into the piece before begins a new one.
    for before, after in pairwise(pieces):
        assert len(before) == count or body_length([*before, after[0]]) > most
