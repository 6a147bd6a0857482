"""How much may go out at once: three small machines, driven by what the caller tells them.

None of them waits or looks at a clock: times are given in seconds and delays given back.
"""

from __future__ import annotations

from hashlib import blake2b

_FIRST = 4.0
_SHRINK = 0.7
_LEAST_PAUSE, _MOST_PAUSE = 1.0, 600.0
_BREAK_AFTER = 8


class Concurrency:
    """How many calls may be under way: grows while it goes well, shrinks on 429, holds on 5xx.

    Additive increase, multiplicative decrease; before the first 429 it doubles with
    every full round, so that a large limit is found in seconds. A burst of 429s
    shrinks once: answers to calls that were sent before the last shrink say nothing
    about the new limit.
    """

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self._limit = min(_FIRST, self._most)
        self._searching = True
        self._shrunk_at = float("-inf")

    @property
    def limit(self) -> int:
        """The most calls that may be under way now; at least 1."""
        return max(1, int(self._limit))

    def succeeded(self) -> None:
        """A call was answered."""
        self._limit = min(self._most, self._limit + (1.0 if self._searching else 1.0 / self._limit))

    def limited(self, sent: float, now: float) -> None:
        """A call that was sent at `sent` was refused with 429."""
        self._searching = False
        if sent >= self._shrunk_at:
            self._limit = max(1.0, self._limit * _SHRINK)
            self._shrunk_at = now


class Bucket:
    """A token bucket: `rate` a minute, of which a second's worth may go at once.

    It may be overdrawn by one taking, which then has to be waited for: a request
    larger than a second's worth still passes.
    """

    def __init__(self, rate: int | None) -> None:
        self._rate = rate / 60 if rate else None
        self._level = self._rate or 0.0
        self._at = 0.0

    def delay(self, now: float) -> float:
        """Seconds until something may be taken; 0 when now."""
        if self._rate is None:
            return 0.0
        self._level = min(max(self._rate, 1.0), self._level + (now - self._at) * self._rate)
        self._at = now
        return 0.0 if self._level > 0 else -self._level / self._rate + 1e-6

    def take(self, amount: float) -> None:
        """Take it, also into debt."""
        self._level -= amount if self._rate else 0.0


class Breaker:
    """Stops sending when nothing but failures come back, and lets one call out to look.

    After eight failures in a row it opens for five seconds, then for twice as long
    after every call that failed to come through, up to five minutes.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._pause = 5.0
        self._until = float("-inf")

    @property
    def open(self) -> bool:
        """Whether only one call at a time may look whether the server is back."""
        return self._failures >= _BREAK_AFTER

    def delay(self, now: float) -> float:
        """Seconds until the next call may be sent."""
        return max(0.0, self._until - now) if self.open else 0.0

    def succeeded(self) -> None:
        """A call was answered: all is well."""
        self._failures, self._pause, self._until = 0, 5.0, float("-inf")

    def failed(self, now: float) -> None:
        """A call ended in a failure that is the server's or the line's."""
        self._failures += 1
        if self.open and now >= self._until:
            self._until = now + self._pause
            self._pause = min(300.0, self._pause * 2)


def backoff(request_id: str, number: int, wish: float | None = None) -> float:
    """Seconds before a request goes out for the `number`th time again (1, 2, ...).

    A server's wish is kept, within a second and ten minutes, and spread by a fifth so
    that calls do not come back together. Without one: full jitter over 2, 4, 8 ... 60 s
    (Brooker, "Exponential Backoff and Jitter", 2015), from the request's id, so that a
    run can be repeated.
    """
    digest = blake2b(f"{request_id} {number}".encode(), digest_size=4).digest()
    chance = int.from_bytes(digest, "big") / 2**32
    if wish is not None:
        return min(max(wish, _LEAST_PAUSE), _MOST_PAUSE) * (1 + 0.2 * chance)
    return max(0.5, chance * min(60.0, 2.0 ** min(number, 6)))
