"""Message Batches: taken in whole, worked by the clock, given back as a bag, billed once a success."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import anthropic
import httpx2
import pytest

from tests.standin import Fault, Faults, Limits, Standin, digest, dropped

DAY = 86_400.0
HOUR = 3_600.0


def row(name: str, **more: Any) -> Any:
    prompt = [{"role": "user", "content": f"Write {name}."}]
    return {"custom_id": name, "params": {"model": "claude-haiku-5-5", "max_tokens": 200, "messages": prompt} | more}


def rows(count: int) -> list[Any]:
    return [row(f"row-{n}") for n in range(count)]


def results(client: anthropic.Anthropic, name: str) -> list[tuple[str, str]]:
    return [(line.custom_id, line.result.type) for line in client.messages.batches.results(name)]


def test_a_batch_is_worked_when_its_time_has_come(server: Standin, client: anthropic.Anthropic) -> None:
    server.batch_seconds = HOUR
    made = client.messages.batches.create(requests=rows(3))
    server.clock.advance(HOUR - 1)
    early = client.messages.batches.retrieve(made.id)
    assert (early.processing_status, early.request_counts.processing, early.results_url) == ("in_progress", 3, None)
    with pytest.raises(anthropic.AnthropicError, match="results_url"):
        client.messages.batches.results(made.id)
    server.clock.advance(1)
    ended = client.messages.batches.retrieve(made.id)
    assert (ended.processing_status, ended.request_counts.succeeded, ended.request_counts.processing) == ("ended", 3, 0)
    assert (ended.expires_at - ended.created_at).total_seconds() == DAY
    for line in client.messages.batches.results(made.id):
        assert line.result.type == "succeeded"
        assert digest(row(line.custom_id)["params"]) in str(line.result.message.content)
        assert line.result.message.usage.service_tier == "batch"
    assert server.books.paid_ids == {"row-0": 1, "row-1": 1, "row-2": 1}


@pytest.mark.parametrize(
    ("requests", "status", "said"),
    [
        ([], 400, "at least 1"),
        ([row("a b")], 400, "requests.0.custom_id"),
        ([row("x" * 65)], 400, "pattern"),
        ([row("ok\n")], 400, "pattern"),
        ([row("same"), row("same")], 400, "unique"),
        (rows(11), 413, "at most 10"),
        ([row("big", system="a" * 20_000)], 413, "maximum size"),
    ],
)
def test_a_batch_is_refused_whole(
    server: Standin, client: anthropic.Anthropic, requests: list[Any], status: int, said: str
) -> None:
    server.limits = Limits(batch_requests=10, batch_bytes=20_000)
    with pytest.raises(anthropic.APIStatusError) as caught:
        client.messages.batches.create(requests=requests)
    assert caught.value.status_code == status
    assert said in str(caught.value.api_message)
    assert not server.accepted_batches


def test_params_are_looked_at_only_in_the_end(client: anthropic.Anthropic) -> None:
    bad = [row("warm", temperature=1.0), row("none", max_tokens=0), row("live", stream=True), row("who", model="x")]
    made = client.messages.batches.create(requests=[row("good"), *bad])
    ended = client.messages.batches.retrieve(made.id)
    assert (ended.request_counts.succeeded, ended.request_counts.errored) == (1, 4)
    errors = {
        line.custom_id: line.result.error.error.type
        for line in client.messages.batches.results(made.id)
        if line.result.type == "errored"
    }
    assert errors == dict.fromkeys(("warm", "none", "live"), "invalid_request_error") | {"who": "not_found_error"}


def test_lists_are_paged_in_both_directions(server: Standin, client: anthropic.Anthropic) -> None:
    for _ in range(5):
        client.messages.batches.create(requests=rows(1))
        server.clock.advance(1)
    newest = server.accepted_batches[::-1]
    first = client.messages.batches.list(limit=2)
    assert ([batch.id for batch in first.data], first.has_more) == (newest[:2], True)
    assert [batch.id for batch in first] == newest
    before = client.messages.batches.list(limit=2, before_id=newest[3])
    assert ([batch.id for batch in before.data], before.has_more) == (newest[1:3], True)
    assert [batch.id for batch in client.messages.batches.list(before_id=newest[1]).data] == newest[:1]
    with pytest.raises(anthropic.BadRequestError):
        client.messages.batches.list(limit=1001)


def test_cancelling_pays_for_what_was_reached(server: Standin, client: anthropic.Anthropic) -> None:
    server.batch_seconds, server.cancel_seconds = HOUR, 60
    made = client.messages.batches.create(requests=rows(4))
    with pytest.raises(anthropic.BadRequestError):
        client.messages.batches.delete(made.id)
    server.clock.advance(HOUR / 2)
    assert client.messages.batches.cancel(made.id).processing_status == "canceling"
    assert client.messages.batches.retrieve(made.id).processing_status == "canceling"
    server.clock.advance(60)
    ended = client.messages.batches.retrieve(made.id)
    assert (ended.processing_status, ended.cancel_initiated_at is not None) == ("ended", True)
    assert (ended.request_counts.succeeded, ended.request_counts.canceled) == (2, 2)
    assert sum(server.books.paid.values()) == 2
    assert client.messages.batches.delete(made.id).type == "message_batch_deleted"
    with pytest.raises(anthropic.NotFoundError):
        client.messages.batches.retrieve(made.id)


def test_what_is_unsent_after_a_day_expires(server: Standin, client: anthropic.Anthropic) -> None:
    server.batch_seconds = 2 * DAY
    made = client.messages.batches.create(requests=rows(10))
    server.clock.advance(DAY)
    ended = client.messages.batches.retrieve(made.id)
    assert (ended.ended_at, ended.request_counts.expired) == (ended.expires_at, 5)
    assert Counter(kind for _, kind in results(client, made.id)) == {"succeeded": 5, "expired": 5}


def test_results_are_kept_29_days(server: Standin, client: anthropic.Anthropic) -> None:
    made = client.messages.batches.create(requests=rows(1))
    server.clock.advance(29 * DAY - 1)
    url = client.messages.batches.retrieve(made.id).results_url
    assert url
    server.clock.advance(1)
    gone = client.messages.batches.retrieve(made.id)
    assert (gone.processing_status, gone.results_url, gone.archived_at is None) == ("ended", None, False)
    headers = {"x-api-key": server.key, "anthropic-version": "2026-10-21"}
    assert httpx2.get(url, headers=headers).status_code == 404


def test_a_bag_of_results(server: Standin, client: anthropic.Anthropic) -> None:
    server.faults = Faults(errored=0.1, expired=0.1, unknown_type=0.05, missing=0.1, doubled=0.1, foreign=0.1,
                           shuffled=True, seed=3)  # fmt: skip
    made = client.messages.batches.create(requests=rows(400))
    counts = client.messages.batches.retrieve(made.id).request_counts
    lines = results(client, made.id)
    assert lines == results(client, made.id)
    names = [name for name, _ in lines]
    own = Counter(name for name in names if name.startswith("row-"))
    assert [*own] != sorted(own, key=lambda name: int(name[4:]))
    assert 20 < 400 - len(own) < 60
    assert 20 < sum(count == 2 for count in own.values()) < 60
    assert 20 < sum(name.startswith("foreign-") for name in names) < 60
    assert {kind for _, kind in lines} == {"succeeded", "errored", "expired", "postponed"}
    assert counts.succeeded + counts.errored + counts.expired == 400
    assert 20 < counts.errored < 60
    assert sum(server.books.paid_ids.values()) == counts.succeeded


def test_double_lines_differ_in_their_text(server: Standin, client: anthropic.Anthropic) -> None:
    server.faults = Faults(doubled=1.0)
    made = client.messages.batches.create(requests=rows(1))
    said = {str(line.result) for line in client.messages.batches.results(made.id)}
    assert len(said) == 2


def test_a_stream_of_results_is_slow_or_cut_within_a_line(server: Standin, client: anthropic.Anthropic) -> None:
    made = client.messages.batches.create(requests=rows(50))
    slow = Fault(route="batches.results", pace=5_000, pause=0.002)
    server.faults = Faults(script=(Fault(route="batches.results", cut=12_345), slow))
    came: list[str] = []
    with pytest.raises(httpx2.TransportError):
        came.extend(line.custom_id for line in client.messages.batches.results(made.id))
    assert 0 < len(came) < 50
    assert len(results(client, made.id)) == 50


def test_a_huge_row_and_one_with_lone_surrogates(server: Standin, client: anthropic.Anthropic) -> None:
    server.faults = Faults(rows=((1.0, Fault(text="\ud800", size=5_000_000)),))
    made = client.messages.batches.create(requests=rows(1))
    client.messages.batches.retrieve(made.id)
    url = f"{server.url}/v1/messages/batches/{made.id}/results"
    headers = {"x-api-key": server.key, "anthropic-version": "2026-10-21"}
    line = httpx2.get(url, headers=headers).content
    assert b"\\ud800xxx" in line
    assert len(json.loads(line)["result"]["message"]["content"][0]["text"]) == 5_000_000


def test_stop_reasons_are_spread_over_rows(server: Standin, client: anthropic.Anthropic) -> None:
    server.faults = Faults(stops={"refusal": 0.2, "max_tokens": 0.2, "bored": 0.1})
    made = client.messages.batches.create(requests=rows(100))
    stops = Counter(
        line.result.message.stop_reason
        for line in client.messages.batches.results(made.id)
        if line.result.type == "succeeded"
    )
    assert set(stops) == {"refusal", "max_tokens", "bored", "end_turn"}
    assert 35 < stops["end_turn"] < 65


@pytest.mark.parametrize(
    "fault", [dropped(accepts=True), Fault(status=500, accepts=True), Fault(status=529, accepts=True)]
)
def test_the_submit_window(server: Standin, client: anthropic.Anthropic, fault: Fault) -> None:
    """A batch that was taken in without an answer stands in the list, and a second one is seen to be paid twice."""
    server.faults = Faults(script=(fault,))
    with pytest.raises((anthropic.APIConnectionError, anthropic.APIStatusError)):
        client.messages.batches.create(requests=rows(2))
    (orphan,) = client.messages.batches.list()
    assert [orphan.id] == server.accepted_batches
    assert orphan.request_counts.succeeded == 2
    assert not server.books.twice
    client.messages.batches.create(requests=rows(2))
    assert len(server.books.twice) == 2


def test_a_list_may_hide_what_was_accepted(server: Standin, client: anthropic.Anthropic) -> None:
    server.faults = Faults(script=(Fault(route="batches.create", reset=True, accepts=True, hide=599),))
    with pytest.raises(anthropic.APIConnectionError):
        client.messages.batches.create(requests=rows(1))
    server.clock.advance(598)
    assert list(client.messages.batches.list()) == []
    server.clock.advance(1)
    assert [batch.id for batch in client.messages.batches.list()] == server.accepted_batches


def test_a_cached_prefix_is_read_within_a_batch_but_for_cold_rows(server: Standin, client: anthropic.Anthropic) -> None:
    server.faults = Faults(cold=0.3)
    prefix = [{"type": "text", "text": "What we value. " * 400, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    made = client.messages.batches.create(requests=[row(f"row-{n}", system=prefix) for n in range(50)])
    client.messages.batches.retrieve(made.id)
    reads = server.books.billed["claude-haiku-5-5", "batch", "cache_read"] // 1500
    writes = server.books.billed["claude-haiku-5-5", "batch", "cache_write_1h"] // 1500
    assert reads + writes == 50
    assert 25 < reads < 45
