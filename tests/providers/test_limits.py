"""How much may go out at once: concurrency, rates, the breaker and pauses, with times given by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdf.providers.limits import Breaker, Bucket, Concurrency, backoff

TIMES = st.floats(0, 1e6)


# --- concurrency ------------------------------------------------------------


def succeed(limit: Concurrency, rounds: int) -> None:
    """So many full rounds of answers."""
    for _ in range(rounds):
        for _ in range(limit.limit):
            limit.succeeded()


def test_it_begins_with_four_and_doubles_until_something_is_refused() -> None:
    limit = Concurrency(1000)
    grown = []
    for _ in range(5):
        grown.append(limit.limit)
        succeed(limit, 1)
    assert grown == [4, 8, 16, 32, 64]


def test_it_never_exceeds_what_is_allowed() -> None:
    limit = Concurrency(10)
    succeed(limit, 20)
    assert limit.limit == 10
    assert Concurrency(2).limit == 2


def test_a_429_takes_three_tenths_away() -> None:
    limit = Concurrency(1000)
    succeed(limit, 3)
    assert limit.limit == 32
    limit.limited(sent=1.0, now=2.0)
    assert limit.limit == 22


def test_after_a_429_it_grows_by_one_a_round() -> None:
    limit = Concurrency(1000)
    succeed(limit, 3)
    limit.limited(sent=1.0, now=2.0)
    before = limit.limit
    succeed(limit, 5)
    assert before + 4 <= limit.limit <= before + 5


def test_a_burst_of_429s_shrinks_once() -> None:
    limit = Concurrency(1000)
    succeed(limit, 3)
    for number in range(32):
        limit.limited(sent=1.0, now=2.0 + number / 100)
    assert limit.limit == 22
    limit.limited(sent=2.0, now=3.0)
    assert limit.limit == 15


def test_it_never_falls_below_one() -> None:
    limit = Concurrency(64)
    for second in range(50):
        limit.limited(sent=second, now=second + 0.5)
    assert limit.limit == 1


@given(st.integers(1, 200), st.lists(st.one_of(st.none(), st.tuples(TIMES, TIMES)), max_size=200))
def test_whatever_happens_it_lies_between_one_and_the_most(most: int, told: list[tuple[float, float] | None]) -> None:
    limit = Concurrency(most)
    for refused in told:
        if refused is None:
            limit.succeeded()
        else:
            limit.limited(*refused)
        assert 1 <= limit.limit <= most


# --- rates -------------------------------------------------------------------


def test_without_a_rate_nothing_waits() -> None:
    bucket = Bucket(None)
    bucket.take(1e9)
    assert bucket.delay(0.0) == 0.0


def test_a_rate_of_sixty_a_minute_lets_one_a_second_pass() -> None:
    bucket = Bucket(60)
    passed = []
    now = 100.0
    while now < 110.0:
        wait = bucket.delay(now)
        if not wait:
            bucket.take(1)
            passed.append(now)
        now += wait or 1e-6
    # A second's worth at once and one more into debt, then each a second after the other.
    assert len(passed) == 11
    assert all(later - sooner >= 0.99 for sooner, later in pairwise(passed[1:]))


def test_what_is_larger_than_a_seconds_worth_passes_and_is_waited_for() -> None:
    bucket = Bucket(600)
    assert bucket.delay(100.0) == 0.0
    bucket.take(100)
    assert bucket.delay(100.0) == pytest.approx(9.0)
    assert bucket.delay(109.1) == 0.0


def test_an_idle_hour_is_not_saved_up() -> None:
    bucket = Bucket(60)
    bucket.delay(0.0)
    bucket.delay(3600.0)
    bucket.take(1)
    assert bucket.delay(3600.0) > 0


@given(st.integers(1, 100_000), st.lists(st.floats(0.1, 5_000), min_size=1, max_size=60))
def test_no_minute_sees_more_than_the_rate_and_one_taking(rate: int, amounts: list[float]) -> None:
    bucket, now, taken = Bucket(rate), 0.0, 0.0
    for amount in amounts:
        while (wait := bucket.delay(now)) > 0:
            now += wait
        # All that was taken before fits into the time that has passed, and a second's worth (at least one).
        assert taken <= rate / 60 * now + max(1.0, rate / 60) + 1e-3
        bucket.take(amount)
        taken += amount


# --- the breaker -------------------------------------------------------------


def failed(breaker: Breaker, times: int, now: float = 0.0) -> Breaker:
    for _ in range(times):
        breaker.failed(now)
    return breaker


def test_seven_failures_in_a_row_stop_nothing_and_eight_do() -> None:
    breaker = failed(Breaker(), 7)
    assert (breaker.open, breaker.delay(0.0)) == (False, 0.0)
    failed(breaker, 1)
    assert (breaker.open, breaker.delay(0.0)) == (True, 5.0)


def test_an_answer_in_between_begins_the_count_anew() -> None:
    breaker = failed(Breaker(), 7)
    breaker.succeeded()
    assert not failed(breaker, 7).open


def test_calls_that_were_under_way_when_it_opened_do_not_lengthen_the_pause() -> None:
    breaker = failed(Breaker(), 60)
    assert breaker.delay(0.0) == 5.0


def test_each_look_that_fails_doubles_the_pause_up_to_five_minutes() -> None:
    breaker, now, pauses = failed(Breaker(), 8), 0.0, []
    for _ in range(9):
        pauses.append(breaker.delay(now))
        now += pauses[-1]
        breaker.failed(now)
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_an_answer_closes_it_and_forgets_the_long_pauses() -> None:
    breaker = failed(Breaker(), 8)
    failed(breaker, 1, now=5.0)
    breaker.succeeded()
    assert (breaker.open, breaker.delay(5.0)) == (False, 0.0)
    assert failed(breaker, 8, now=6.0).delay(6.0) == 5.0


# --- pauses ------------------------------------------------------------------

IDS = st.text(max_size=40)
NUMBERS = st.integers(1, 10_000)


@given(IDS, NUMBERS)
def test_without_a_wish_a_pause_is_half_a_second_to_a_minute(name: str, number: int) -> None:
    assert 0.5 <= backoff(name, number) <= min(60.0, 2.0 ** min(number, 6))


@given(IDS, NUMBERS, st.floats(allow_nan=False))
def test_a_wish_is_kept_within_a_second_and_ten_minutes_and_spread(name: str, number: int, wish: float) -> None:
    kept = min(max(wish, 1.0), 600.0)
    assert kept <= backoff(name, number, wish) <= 1.2 * kept


def test_pauses_grow_with_the_number_of_sendings() -> None:
    means = [sum(backoff(f"r{n}", number) for n in range(300)) / 300 for number in range(1, 7)]
    assert means == sorted(means)
    assert means[0] == pytest.approx(1.1, abs=0.2)
    assert means[5] == pytest.approx(30, abs=4)


def test_requests_do_not_come_back_together_and_each_repeats_its_own_pause() -> None:
    pauses = [backoff(f"r{n}", 3, 10.0) for n in range(100)]
    assert len(set(pauses)) == 100
    assert pauses == [backoff(f"r{n}", 3, 10.0) for n in range(100)]
