"""The budget: what is spent, what could still become due, and the cap over both.

All amounts are whole 10^-12 dollars. Before a request is sent its worst case is
reserved; when its answer is recorded the reservation gives way to its cost. So at every
moment `spent + reserved <= cap`, whatever order answers come in.

A kill leaves calls in flight whose cost nobody will ever learn. Their worst case is
therefore on the disk before they are sent (`keep`), and counts as spent when the run
is started again.
"""

from __future__ import annotations

from collections.abc import Callable

_AHEAD = 4


class Purse:
    """The money of one run. `cap` is None without a budget, and then nothing is refused."""

    def __init__(
        self,
        cap: int | None,
        spent: int = 0,
        keep: Callable[[int], None] = lambda _: None,
        doubt: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Both callbacks return when the amount is on the disk.

        `keep(amount)` is the most that calls in flight may cost, `doubt(amount)` what was
        suspected of having been billed without an answer, and is added up.
        """
        self.cap = cap
        self.spent = spent
        self._keep = keep
        self._doubt = doubt
        self._kept = 0
        self._reserved: dict[str, tuple[int, bool]] = {}
        self._total = 0
        self._live = 0

    @property
    def reserved(self) -> int:
        """What the requests in flight may cost at most."""
        return self._total

    def reserve(self, key: str, worst: int | None, *, on_disk: bool = False) -> bool:
        """Set a request's worst case aside; False, and nothing changes, when the cap does not allow it.

        A request that has no price is let through only where there is no cap. `on_disk`
        says that the caller itself keeps the amount there, as the record of a batch does.
        """
        if not self.fits(worst):
            return False
        amount = worst or 0
        if self.cap is not None and not on_disk:
            self._keep_enough(self._live + amount, amount, self.cap)
        self._hold(key, amount, on_disk=on_disk)
        return True

    def in_flight(self, key: str, worst: int) -> None:
        """An earlier start sent this, and keeps its amount on the disk: it counts, whether it fits or not."""
        self._hold(key, worst, on_disk=True)

    def fits(self, worst: int | None) -> bool:
        """Whether a reservation would be granted now."""
        if self.cap is None:
            return True
        return worst is not None and self.spent + self._total + worst <= self.cap

    def settle(self, key: str, cost: int, *, known: bool = True) -> None:
        """An answer came: its cost replaces its reservation.

        `known` is False for a bound, where part of it has no price: nobody else keeps that.
        """
        if cost and not known:
            self._doubt(cost)
        self._let_go(key)
        self.spent += cost

    def release(self, key: str) -> None:
        """A request came to nothing and will not be billed."""
        self._let_go(key)

    def suspect(self, key: str) -> None:
        """A request came to nothing and may be billed all the same: its worst case counts as spent."""
        amount, on_disk = self._reserved.get(key, (0, True))
        if amount and not on_disk:
            self._doubt(amount)
        self.spent += self._let_go(key)

    def rest(self) -> None:
        """Nothing is in flight any more: take back what was kept on the disk."""
        if self._kept and not self._live:
            self._kept = 0
            self._keep(0)

    def _keep_enough(self, needed: int, amount: int, cap: int) -> None:
        # A little ahead, so that not every request waits for the disk; and not far
        # ahead, because after a kill all of it counts as spent.
        ahead = max(_AHEAD * amount, needed // 2)
        if not needed <= self._kept <= 2 * needed + ahead:
            self._kept = min(needed + ahead, cap - self.spent)
            self._keep(self._kept)

    def _hold(self, key: str, amount: int, *, on_disk: bool) -> None:
        self._let_go(key)
        self._reserved[key] = (amount, on_disk)
        self._total += amount
        self._live += 0 if on_disk else amount

    def _let_go(self, key: str) -> int:
        amount, on_disk = self._reserved.pop(key, (0, True))
        self._total -= amount
        self._live -= 0 if on_disk else amount
        return amount
