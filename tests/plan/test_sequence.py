"""Even spreading by integers."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdf.plan.sequence import GOLDEN, MASK, Wheel, generator, mix, scaled, spread


def test_the_golden_multiplier_is_the_odd_integer_next_to_the_golden_section() -> None:
    assert GOLDEN % 2 == 1
    # x = 2^64/φ is where x² + 2^64·x - 2^128 changes sign.
    at = lambda x: x * x + (x << 64) - (1 << 128)  # noqa: E731
    assert at(GOLDEN - 1) < 0 < at(GOLDEN + 1)


def test_a_wheel_gives_every_weight_its_share_at_every_prefix_within_three() -> None:
    weights = [1, 7, 2, 0.5, 13, 3, 3, 40, 0.1, 11] * 8
    wheel = Wheel(weights)
    counts = [0] * len(weights)
    for index in range(5000):
        counts[wheel.at(spread(GOLDEN, index, 12345))] += 1
        if index % 97 == 0:
            worst = max(abs(count - (index + 1) * wheel.share(n)) for n, count in enumerate(counts))
            assert worst <= 3, (index, worst)


def test_a_weight_of_zero_is_never_met() -> None:
    wheel = Wheel([1, 0, 1])
    assert {wheel.at(spread(GOLDEN, i, 0)) for i in range(1000)} == {0, 2}


@pytest.mark.parametrize("weights", [[], [0, 0], [-1, 2]])
def test_a_wheel_without_weight_is_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Wheel(weights)


@given(st.integers(0, MASK), st.integers(1, 10_000))
def test_a_scaled_point_is_inside_and_keeps_the_order(point: int, size: int) -> None:
    assert 0 <= scaled(point, size) < size
    assert scaled(point, size) <= scaled(MASK, size) == size - 1


def test_generators_are_odd_and_differ() -> None:
    found = [generator(n) for n in range(24)]
    assert len(set(found)) == 24
    assert all(g % 2 == 1 for g in found)


def test_mix_does_not_depend_on_the_process() -> None:
    here = mix("a", 1, "b")
    code = "from sdf.plan.sequence import mix; print(mix('a', 1, 'b'))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(out.stdout) == here
    assert mix("a", 11) != mix("a1", 1)
