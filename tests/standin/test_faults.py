"""Faults: what each makes of an answer, as the real SDK sees it, and which requests meet it."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import httpx2
import pytest

from tests.standin import (
    Fault,
    Faults,
    Refusal,
    Standin,
    digest,
    dropped,
    overloaded,
    page,
    rate_limited,
    spend_cap,
    standin,
)
from tests.standin.test_standin import asked, refused, text_of

STOPS = "end_turn max_tokens stop_sequence tool_use pause_turn refusal model_context_window_exceeded bored"


@pytest.mark.parametrize("stop", STOPS.split())
def test_every_stop_reason_and_an_invented_one(server: Standin, client: anthropic.Anthropic, stop: str) -> None:
    server.faults = Faults(script=(Fault(stop=stop),))
    message = client.messages.create(**asked())
    assert message.stop_reason == stop
    assert bool(message.content) == (stop != "refusal")
    assert client.messages.create(**asked()).stop_reason == "end_turn"


@pytest.mark.parametrize(
    ("fault", "kind", "error"),
    [
        (overloaded(), "overloaded_error", anthropic.OverloadedError),
        (Fault(status=500), "api_error", anthropic.InternalServerError),
        (Fault(status=504), "timeout_error", anthropic.GatewayTimeoutError),
        (Fault(status=402), "billing_error", anthropic.PaymentRequiredError),
        (Fault(status=403), "permission_error", anthropic.PermissionDeniedError),
        (Fault(status=413), "request_too_large", anthropic.APIStatusError),
    ],
)
def test_errors_have_their_documented_shape(
    server: Standin, client: anthropic.Anthropic, fault: Fault, kind: str, error: type[Exception]
) -> None:
    server.faults = Faults(script=(fault,))
    raised = refused(client, **asked())
    assert isinstance(raised, error)
    assert raised.type == kind
    assert not server.books.accepted


@pytest.mark.parametrize("after", ["0", "-1", "1e9", "abc", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_retry_after_says_whatever_a_test_wants(server: Standin, client: anthropic.Anthropic, after: str) -> None:
    server.faults = Faults(script=(rate_limited(after),))
    assert refused(client, **asked()).response.headers["retry-after"] == after


def test_the_spend_cap_stays_and_says_no_time(server: Standin, client: anthropic.Anthropic) -> None:
    server.faults = Faults(script=(spend_cap(),))
    for _ in range(3):
        error = refused(client, **asked())
        assert (error.status_code, error.error_code) == (429, "enforced_spend_limit_reached")
        assert "retry-after" not in error.response.headers


def test_a_storm_lasts_as_long_as_its_virtual_time(server: Standin, client: anthropic.Anthropic) -> None:
    server.faults = Faults(script=(overloaded(times=0, since=10, until=1200),))
    client.messages.create(**asked())
    server.clock.advance(1199)
    refused(client, **asked())
    server.clock.advance(1)
    client.messages.create(**asked())


def test_a_reset_before_or_after_the_request_was_taken_in(server: Standin, client: anthropic.Anthropic) -> None:
    for accepts in (False, True):
        server.faults = Faults(script=(dropped(accepts=accepts),))
        with pytest.raises(anthropic.APIConnectionError):
            client.messages.create(**asked())
        assert bool(server.books.paid) == accepts
    client.messages.create(**asked())
    assert server.books.twice == {digest(asked()): 2}


def test_html_comes_instead_of_json(server: Standin, client: anthropic.Anthropic) -> None:
    server.faults = Faults(script=(page(502), page(200)))
    assert "<html>" in str(refused(client, **asked()).body)
    assert "<html>" in str(client.messages.create(**asked()))  # the SDK hands such a page on as it is


def test_slow_huge_and_cut_answers(server: Standin, client: anthropic.Anthropic) -> None:
    server.faults = Faults(script=(Fault(delay=0.3), Fault(size=5_000_000), Fault(cut=100), Fault(text="a\ud800b")))
    with pytest.raises(anthropic.APITimeoutError):
        client.messages.create(**asked(), timeout=0.1)
    assert len(text_of(client.messages.create(**asked()))) == 5_000_000
    with pytest.raises(anthropic.APIConnectionError):
        client.messages.create(**asked())
    raw = client.messages.with_raw_response.create(**asked())
    assert json.loads(raw.http_response.content)["content"][0]["text"] == "a\ud800b"


def test_seeded_faults_strike_the_same_requests_again() -> None:
    def struck(seed: int) -> list[int]:
        with standin(faults=Faults(sometimes=((0.3, overloaded()),), seed=seed)) as server:
            headers = {"x-api-key": server.key, "anthropic-version": "2026-10-21"}
            with httpx2.Client(base_url=server.url, headers=headers) as client:
                answers = [client.post("/v1/messages", json=asked(str(n))).status_code for n in range(60)]
        return [n for n, status in enumerate(answers) if status == 529]

    assert struck(1) == struck(1) != struck(2)
    assert 8 <= len(struck(1)) <= 30


def test_a_fault_may_be_met_by_some_requests_only(server: Standin, client: anthropic.Anthropic) -> None:
    server.faults = Faults(script=(overloaded(within="claude-opus", times=0),))
    client.messages.create(**asked())
    for _ in range(2):
        assert refused(client, **asked(model="claude-opus-5-5")).status_code == 529


def test_an_answer_may_refuse_and_then_costs_nothing(server: Standin, client: anthropic.Anthropic) -> None:
    def unwilling(params: Any) -> str:
        raise Refusal(400, "messages.0: no")

    server.answer = unwilling
    assert refused(client, **asked()).type == "invalid_request_error"
    made = client.messages.batches.create(requests=[{"custom_id": "a", "params": asked()}])  # type: ignore[typeddict-item]
    assert client.messages.batches.retrieve(made.id).request_counts.errored == 1
    assert not server.books.paid


def test_a_dropped_slow_request_is_no_longer_in_flight(server: Standin, client: anthropic.Anthropic) -> None:
    server.latency = 0.05
    server.faults = Faults(script=(dropped(accepts=True),))
    with pytest.raises(anthropic.APIConnectionError):
        client.messages.create(**asked())
    client.messages.create(**asked())
    assert (server.books.peak, server.books.flying) == (1, 0)
