"""Each line of the taxonomy, through the real SDK and as the failed row of a batch."""

from __future__ import annotations

import socket
from collections.abc import Callable
from time import time
from typing import Any

import pytest

from sdf.providers.anthropic.failures import failure_of_body
from sdf.providers.failures import Failure, Fatal, RateLimited, RowFailure, Transient
from sdf.providers.refusals import MOST_WAIT, retry_seconds
from tests.providers.anthropic.conftest import KEY, asking
from tests.standin import Fault, Faults, Standin, dropped, overloaded, page, rate_limited, spend_cap

Failing = Callable[..., Failure]

CREDIT = "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to buy credits."
LIMIT = "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."
NO_OFF = '"thinking.type.disabled" is not supported for this model. Use "thinking.type.adaptive".'


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault(status=401), Fatal, "ANTHROPIC_API_KEY"),
        (Fault(status=402), Fatal, "billing"),
        (Fault(status=403, message="Your key may not do this."), Fatal, "may not do this"),
        (spend_cap(), Fatal, "console"),
        (Fault(status=429, code="contract_spend_limit_reached"), Fatal, "console"),
        (Fault(status=400, code="organization_on_hold"), Fatal, "console"),
        (Fault(status=400, message=CREDIT), Fatal, "credit balance"),
        (Fault(status=400, message=LIMIT), Fatal, "usage limits"),
        (Fault(status=400, message=NO_OFF), Fatal, "[models]"),
        (Fault(status=400, message="messages: too odd"), RowFailure, "too odd"),
        (Fault(status=413), RowFailure, "413"),
        (Fault(status=422), RowFailure, "422"),
        (rate_limited("7"), RateLimited, "429"),
        (Fault(status=408), Transient, "408"),
        (Fault(status=409), Transient, "409"),
        (Fault(status=500), Transient, "500"),
        (Fault(status=503), Transient, "503"),
        (Fault(status=504), Transient, "504"),
        (overloaded(), Transient, "529"),
        (page(502), Transient, "nginx"),
        (page(301), Fatal, "base_url"),
        (page(200), Transient, "nginx"),
        (Fault(body='{"type": "message", "content": [{"ty'), Transient, "no message"),
        (Fault(body='{"type": "pong"}'), Transient, "pong"),
        (Fault(body='{"type": "error", "error": {"type": "overloaded_error", "message": "so"}}'), Transient, "529: so"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_refusal_is_told_from_a_fault(
    server: Standin, failing: Failing, fault: Fault, kind: type[Failure], words: str
) -> None:
    server.faults = Faults(script=(fault,))
    failure = failing()
    assert type(failure) is kind
    assert words in f"{failure} {getattr(failure, 'hint', '')}"
    assert len(server.seen) == 1, "nobody but the runner tries again"


def test_an_unknown_model_halts_and_names_its_neighbours(failing: Failing) -> None:
    failure = failing(asking(model="anthropic:claude-haiku-55"))
    assert isinstance(failure, Fatal)
    assert "anthropic:claude-haiku-5-5" in failure.hint


def test_a_prompt_beyond_the_window_fails_its_row(server: Standin, failing: Failing) -> None:
    failure = failing(asking("word " * 200_000))
    assert isinstance(failure, RowFailure)
    assert "too long" in failure.message


def test_half_a_surrogate_pair_in_a_prompt_fails_its_row_and_is_not_sent(server: Standin, failing: Failing) -> None:
    failure = failing(
        asking().model_copy(update={"blocks": (asking().blocks[2].model_copy(update={"text": "\udcff"}),)})
    )
    assert isinstance(failure, RowFailure)
    assert not server.seen


def test_a_lost_line_may_have_been_paid_for_and_a_closed_door_not(server: Standin, failing: Failing) -> None:
    server.faults = Faults(script=(dropped(accepts=True),))
    lost = failing()
    assert isinstance(lost, Transient)
    assert lost.accepted
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = failing(url=f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert isinstance(closed, Transient)
    assert not closed.accepted
    assert "127.0.0.1" in closed.message


def test_a_cut_answer_and_a_slow_one_may_have_been_paid_for(server: Standin, failing: Failing) -> None:
    server.faults = Faults(script=(Fault(cut=40),))
    assert getattr(failing(), "accepted", None) is True
    server.faults = Faults(script=(Fault(delay=2),))
    slow = failing(timeout=0.2)
    assert isinstance(slow, Transient)
    assert slow.accepted


@pytest.mark.parametrize(("status", "accepted"), [(500, False), (502, False), (503, False), (504, True), (529, False)])
def test_of_all_servers_faults_only_an_impatient_gateway_may_have_passed_the_request_on(
    status: int, accepted: bool
) -> None:
    failure = failure_of_body(status, {"error": {"type": "x", "message": "y"}})
    assert isinstance(failure, Transient)
    assert failure.accepted is accepted


def test_an_answer_that_drips_ends_at_the_timeout(server: Standin, failing: Failing) -> None:
    server.faults = Faults(script=(Fault(pace=1, pause=0.05),))
    failure = failing(timeout=0.3)
    assert isinstance(failure, Transient)
    assert failure.accepted


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("0.5", 1.0),
        ("0", 1.0),
        ("-3", 1.0),
        ("1e9", MOST_WAIT),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
        ("Fri, 99 Foo 2026", None),
        ("Sun, 22 Nov 2026 10:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2020 10:00:30 GMT", 1.0),
    ],
)
def test_retry_after_is_taken_within_sense(header: str | None, seconds: float | None) -> None:
    assert retry_seconds(header, "Sun, 22 Nov 2026 10:00:00 GMT") == seconds


def test_retry_after_comes_with_the_failure(server: Standin, failing: Failing) -> None:
    server.faults = Faults(script=(rate_limited("41"), rate_limited("abc"), Fault(status=529, retry_after="9")))
    assert [getattr(failing(), "retry_after", -1) for _ in range(3)] == [41.0, None, 9.0]


def test_a_date_without_the_servers_own_is_measured_here() -> None:
    assert retry_seconds("Sun, 22 Nov 2099 10:00:30 GMT") == MOST_WAIT
    assert time() < 4e9


def row(kind: str, message: str = "so", **error: Any) -> dict[str, Any]:
    return {"type": "errored", "error": {"type": "error", "error": {"type": kind, "message": message, **error}}}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (row("invalid_request_error"), RowFailure, 400),
        (row("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"), RowFailure, 400),
        (row("invalid_request_error", CREDIT), Fatal, 400),
        (row("authentication_error"), Fatal, 401),
        (row("billing_error"), Fatal, 402),
        (row("permission_error"), Fatal, 403),
        (row("not_found_error", "model: claude-x"), Fatal, 404),
        (row("rate_limit_error"), RateLimited, 429),
        (row("rate_limit_error", details={"error_code": "enforced_spend_limit_reached"}), Fatal, 429),
        (row("api_error"), Transient, 500),
        (row("overloaded_error"), Transient, 529),
        (row("timeout_error"), Transient, 504),
        (row("invented_error"), Transient, 500),
        (row("api_error")["error"], Transient, 500),
        ({"type": "errored"}, Transient, 0),
        ("<html>", Transient, 0),
        (None, Transient, 0),
    ],
)
def test_the_rows_of_a_batch_fail_by_the_same_lines(body: Any, kind: type[Failure], status: int) -> None:
    failure = failure_of_body(None, body)
    assert type(failure) is kind
    assert failure.status == status


def test_what_is_quoted_is_short_and_without_the_key(server: Standin, failing: Failing) -> None:
    server.faults = Faults(script=(Fault(status=500, body=f"<html>\n{KEY} {'x' * 5000}</html>"),))
    message = failing().message
    assert KEY not in message
    assert "[key]" in message
    assert len(message) < 250
