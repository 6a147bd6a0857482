"""Even spreading by integer arithmetic: additive recurrences modulo 2^64.

`position(i)` visits the circle of 2^64 points so that every prefix 0..n-1 is spread
almost as evenly as n points can be (Weyl's equidistribution; the three-distance
theorem bounds the gaps). A weighted choice looks the position up in cumulative
integer weights, so every weight gets its share at every prefix, and position
99,999,999 is computed without the ones before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b
from math import isqrt

MASK = (1 << 64) - 1

# The odd integer next to 2^64 / golden ratio: of all multipliers, the one whose
# multiples stay furthest apart. Cells use it; every other choice takes the
# fractional part of a square root of its own, so that two choices do not move in step.
GOLDEN = 0x9E3779B97F4A7C15

_PRIMES = (2, 3, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97)


def generator(number: int) -> int:
    """The multiplier of the `number`-th independent choice: 2^64 · frac(√p), made odd."""
    return (isqrt(_PRIMES[number % len(_PRIMES)] << 128) & MASK) | 1


def mix(*parts: str | int) -> int:
    """A 64-bit number from names and numbers, the same on every machine."""
    digest = blake2b(digest_size=8)
    for part in parts:
        digest.update(str(part).encode())
        digest.update(b"\x1f")
    return int.from_bytes(digest.digest(), "big")


class Wheel:
    """Weighted values laid out on the circle of 2^64 points, in the order given."""

    __slots__ = ("bounds", "total", "weights")

    def __init__(self, weights: Sequence[float]) -> None:
        # Weights become integers of a fixed resolution, so that no float rounding
        # can move a boundary between two machines.
        self.weights = tuple(round(weight * 1_000_000) for weight in weights)
        self.total = sum(self.weights)
        if self.total <= 0 or min(self.weights) < 0:
            raise ValueError("a wheel needs weights that are not negative and not all zero")
        running, bounds = 0, []
        for weight in self.weights:
            running += weight
            bounds.append((running << 64) // self.total)
        self.bounds = tuple(bounds)

    def at(self, point: int) -> int:
        """The number of the value that owns this point (0 <= point < 2^64)."""
        return bisect_right(self.bounds, point)

    def share(self, number: int) -> float:
        """The share of the circle that a value owns."""
        return self.weights[number] / self.total


def spread(multiplier: int, index: int, shift: int) -> int:
    """The point of `index` on the recurrence that starts at `shift`."""
    return (index * multiplier + shift) & MASK


def scaled(point: int, size: int) -> int:
    """A point as a whole number from 0 to size - 1, keeping the order of points."""
    return (point * size) >> 64
