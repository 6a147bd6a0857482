"""One runner for all live models: what it does when calls fail, and when they do not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sdf.errors import HaltedError
from sdf.providers.failures import Failure, Fatal, RateLimited, RowFailure, Transient
from sdf.providers.lane import Rates
from sdf.providers.purse import Purse
from sdf.providers.runner import Runner
from sdf.records import Request, Response
from tests.providers.scripted import ScriptedSender, drain, request, runner_with
from tests.providers.virtual_clock import VirtualClock


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def opened() -> Iterator[list[Runner]]:
    runners: list[Runner] = []
    yield runners
    for runner in runners:
        runner.close()


def start(opened: list[Runner], runner: Runner, n: int) -> Runner:
    opened.append(runner)
    runner.submit([request(number) for number in range(n)])
    return runner


def collect_for_ever(runner: Runner, found: list[Response]) -> None:
    while True:
        some = runner.collect()
        runner.recorded(some)
        found += some


def test_every_request_is_answered_once_and_by_id(clock: VirtualClock, opened: list[Runner]) -> None:
    sender = ScriptedSender()
    found = drain(start(opened, runner_with(sender, clock), 500))
    assert {one.request_id: one.text for one in found} == {f"r{n:06d}": f"answer to r{n:06d}" for n in range(500)}
    assert len(found) == 500
    assert set(sender.sent.values()) == {1}


def test_the_first_request_of_a_template_goes_out_alone(clock: VirtualClock, opened: list[Runner]) -> None:
    async def a_second() -> None:
        await clock.sleep(1)

    sender = ScriptedSender(during=a_second)
    runner = runner_with(sender, clock)
    opened.append(runner)
    seen: list[int] = []
    sender.script = lambda _, __: seen.append(sender.under_way)  # type: ignore[func-returns-value]
    runner.submit([request(number, genre=("essay", "forum")[number % 2]) for number in range(20)])
    assert len(drain(runner)) == 20
    # One of each of the two templates, and then the rest.
    assert sender.order[:2] == ["r000000", "r000001"]
    assert seen[0] <= 2
    assert sender.most_under_way > 2


def test_no_more_calls_are_under_way_than_allowed(clock: VirtualClock, opened: list[Runner]) -> None:
    async def a_second() -> None:
        await clock.sleep(1)

    sender = ScriptedSender(during=a_second)
    drain(start(opened, runner_with(sender, clock, rates=Rates(7)), 200))
    assert sender.most_under_way == 7


def test_a_rate_limit_lowers_the_concurrency_once_a_burst(clock: VirtualClock, opened: list[Runner]) -> None:
    async def a_second() -> None:
        await clock.sleep(1)

    def crowded(_: Request, number: int) -> Failure | None:
        return RateLimited("slow down") if sender.under_way > 10 else None

    sender = ScriptedSender(crowded, during=a_second)
    found = drain(start(opened, runner_with(sender, clock, rates=Rates(64)), 600))
    assert len(found) == 600
    # It searches above ten again and again, and is far from sending everything twice.
    assert sum(sender.sent.values()) < 600 * 1.5


def test_a_storm_of_twenty_minutes_ends_with_all_rows_and_no_busy_loop(
    clock: VirtualClock, opened: list[Runner]
) -> None:
    began = clock.now()

    def storm(asked: Request, number: int) -> Failure | None:
        if clock.now() - began > 20 * 60:
            return None
        kinds = (
            RateLimited("429", retry_after=None),
            Transient("overloaded", status=529),
            RateLimited("429", retry_after=1e9),
            Transient("server error", status=500),
            RateLimited("429", retry_after=-1.0),
        )
        return kinds[(asked.index + number) % len(kinds)]

    sender = ScriptedSender(storm)
    found = drain(start(opened, runner_with(sender, clock), 100))
    assert len(found) == 100
    assert all(one.error is None for one in found)
    stormed = sum(sender.sent.values()) - 100
    # A call every few seconds at most, over twenty minutes.
    assert stormed < 20 * 60 / 2


@pytest.mark.parametrize("wish", [0.0, -1.0, 1e9, None])
def test_a_wish_to_wait_is_kept_within_a_second_and_ten_minutes(
    wish: float | None, clock: VirtualClock, opened: list[Runner]
) -> None:
    sender = ScriptedSender(lambda _, number: RateLimited("429", retry_after=wish) if number == 1 else None)
    began = clock.now()
    drain(start(opened, runner_with(sender, clock), 1))
    assert 0.4 < clock.now() - began <= 600 * 1.2


def test_a_call_that_is_taken_and_never_answered_is_not_paid_for_without_end(
    clock: VirtualClock, opened: list[Runner]
) -> None:
    def lost(asked: Request, _: int) -> Failure | None:
        return Transient("timed out", accepted=True) if asked.index == 3 else None

    sender = ScriptedSender(lost)
    purse = Purse(1000, 0)
    found = drain(start(opened, runner_with(sender, clock, purse=purse, worst=10, cost=2), 6))
    (failed,) = (one for one in found if one.error)
    assert failed.request_id == "r000003"
    assert "no answer in 3 calls" in str(failed.error)
    assert sender.sent["r000003"] == 3
    # Three calls may have been billed at their worst, five were at their price.
    assert purse.spent == 3 * 10 + 5 * 2


def test_an_invalid_request_fails_its_row_and_no_other(clock: VirtualClock, opened: list[Runner]) -> None:
    def invalid(asked: Request, _: int) -> Failure | None:
        return RowFailure(f"prompt of {asked.index} is too long", status=400) if asked.index % 5 == 2 else None

    found = drain(start(opened, runner_with(ScriptedSender(invalid), clock), 50))
    assert sorted(one.request_id for one in found if one.error) == [f"r{n:06d}" for n in range(50) if n % 5 == 2]
    assert len(found) == 50


def test_ten_failures_alike_stop_the_run_and_show_one(clock: VirtualClock, opened: list[Runner]) -> None:
    sender = ScriptedSender(lambda asked, _: RowFailure(f"thinking is not supported (request {asked.index})"))
    runner = start(opened, runner_with(sender, clock), 1000)
    with pytest.raises(HaltedError, match="thinking is not supported") as halted:
        drain(runner)
    assert halted.value.exit_code == 4
    assert len(sender.sent) <= 26


def test_billing_halts_after_what_is_under_way_has_come(clock: VirtualClock, opened: list[Runner]) -> None:
    async def a_second() -> None:
        await clock.sleep(1 + len(sender.order) % 3)

    def broke(asked: Request, _: int) -> Failure | None:
        return Fatal("credit balance is too low", hint="Top up.") if asked.index >= 30 else None

    sender = ScriptedSender(broke, during=a_second)
    runner = start(opened, runner_with(sender, clock), 100)
    found: list[Response] = []
    with pytest.raises(HaltedError, match="credit balance"):
        collect_for_ever(runner, found)
    assert {one.request_id for one in found} == {f"r{n:06d}" for n in range(30)}
    assert sum(sender.sent.values()) < 30 + 17


def test_a_dead_server_is_asked_seldom_and_by_one_call_at_a_time(clock: VirtualClock, opened: list[Runner]) -> None:
    began = clock.now()
    sender = ScriptedSender(
        lambda _, __: Transient("503: down", status=503) if clock.now() - began < 3600 else None,
    )
    assert len(drain(start(opened, runner_with(sender, clock), 200))) == 200
    assert sum(sender.sent.values()) - 200 < 40


@pytest.mark.parametrize(("status", "patience", "says"), [(0, 120, "can be reached"), (503, 7200, "two hours")])
def test_a_server_that_never_answers_is_not_tried_for_ever(
    status: int, patience: float, says: str, clock: VirtualClock, opened: list[Runner]
) -> None:
    began = clock.now()
    sender = ScriptedSender(lambda _, __: Transient("nobody there", status=status))
    runner = start(opened, runner_with(sender, clock), 20)
    with pytest.raises(HaltedError, match=says):
        drain(runner)
    assert patience <= clock.now() - began < patience + 700


def test_requests_and_tokens_a_minute_are_kept(clock: VirtualClock, opened: list[Runner]) -> None:
    sender = ScriptedSender()
    began = clock.now()
    drain(start(opened, runner_with(sender, clock, rates=Rates(64, requests=60)), 121))
    assert clock.now() - began >= 118
    tokens = ScriptedSender()
    began = clock.now()
    # Twenty tokens come back from each call, and 600 a minute may.
    drain(start(opened, runner_with(tokens, clock, rates=Rates(1, output_tokens=600)), 61))
    assert clock.now() - began >= 115


def test_the_budget_halts_with_what_was_spent(clock: VirtualClock, opened: list[Runner]) -> None:
    purse = Purse(100, 0)
    runner = start(opened, runner_with(ScriptedSender(), clock, purse=purse, worst=10, cost=7), 50)
    found: list[Response] = []
    with pytest.raises(HaltedError, match="budget"):
        collect_for_ever(runner, found)
    assert len(found) == purse.spent / 7 == 13
    assert purse.spent <= 100


def test_closing_lets_go_of_the_connections(clock: VirtualClock) -> None:
    sender = ScriptedSender()
    runner = runner_with(sender, clock)
    runner.submit([request(1)])
    runner.close()
    runner.close()
    assert sender.closed
