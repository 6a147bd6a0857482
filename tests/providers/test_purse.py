"""The budget: reserved before, settled after, and on the disk before anything is sent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sdf.providers.purse import Purse

CAP = 1000


class Disk:
    """What a purse has put there, and what is found there after a kill."""

    def __init__(self) -> None:
        self.kept: list[int] = [0]
        self.doubted = 0

    def purse(self, cap: int | None = CAP, spent: int = 0) -> Purse:
        """A purse that writes here."""
        return Purse(cap, spent, self.kept.append, self._doubt)

    def _doubt(self, amount: int) -> None:
        self.doubted += amount

    @property
    def now(self) -> int:
        return self.kept[-1]

    @property
    def after_a_kill(self) -> int:
        """What counts as spent then, beside the answers."""
        return self.now + self.doubted


def test_a_reservation_gives_way_to_the_cost() -> None:
    purse = Purse(CAP)
    assert purse.reserve("a", 300)
    assert (purse.spent, purse.reserved) == (0, 300)
    purse.settle("a", 120)
    assert (purse.spent, purse.reserved) == (120, 0)


def test_what_the_cap_does_not_allow_changes_nothing() -> None:
    purse = Purse(CAP, spent=500)
    assert purse.reserve("a", 400)
    assert not purse.reserve("b", 101)
    assert (purse.spent, purse.reserved) == (500, 400)
    assert purse.reserve("c", 100)
    assert not purse.fits(1)


def test_what_is_released_can_be_had_again() -> None:
    purse = Purse(CAP)
    purse.reserve("a", CAP)
    purse.release("a")
    assert (purse.spent, purse.reserved) == (0, 0)
    assert purse.reserve("b", CAP)


def test_what_may_have_been_billed_counts_as_spent_at_its_worst() -> None:
    purse = Purse(CAP)
    purse.reserve("a", 300)
    purse.suspect("a")
    assert (purse.spent, purse.reserved) == (300, 0)
    purse.suspect("a")
    assert purse.spent == 300


def test_a_request_without_a_price_goes_only_where_there_is_no_cap() -> None:
    assert Purse(None).reserve("a", None)
    assert not Purse(CAP).reserve("a", None)


def test_without_a_cap_nothing_is_refused_and_nothing_kept() -> None:
    disk = Disk()
    purse = disk.purse(None)
    assert purse.reserve("a", 10**18)
    purse.settle("a", 10**18)
    purse.rest()
    assert (purse.spent, disk.kept) == (10**18, [0])


def test_an_answer_without_a_price_settles_at_nothing() -> None:
    purse = Purse(None)
    purse.reserve("a", None)
    purse.settle("a", 0)
    assert (purse.spent, purse.reserved) == (0, 0)


def test_reserving_again_under_the_same_name_holds_one_amount() -> None:
    purse = Purse(CAP)
    purse.reserve("a", 300)
    purse.reserve("a", 200)
    assert purse.reserved == 200


def test_the_worst_of_what_flies_is_on_the_disk_before_it_flies() -> None:
    disk = Disk()
    purse = disk.purse()
    for number in range(10):
        assert purse.reserve(f"r{number}", 100)
        assert disk.now >= 100 * (number + 1)


def test_not_every_reservation_waits_for_the_disk() -> None:
    disk = Disk()
    purse = disk.purse(10**9)
    for number in range(400):
        purse.reserve(f"r{number}", 10)
    assert len(disk.kept) - 1 <= 100
    written = len(disk.kept)
    for number in range(400):
        purse.settle(f"r{number}", 5)
        purse.reserve(f"again{number}", 10)
    assert len(disk.kept) == written


def test_what_its_caller_keeps_is_not_kept_twice() -> None:
    disk = Disk()
    purse = disk.purse()
    assert purse.reserve("a", 600, on_disk=True)
    assert disk.now == 0
    assert not purse.reserve("b", 500)
    purse.settle("a", 0)
    assert purse.reserve("b", 500)
    assert disk.now >= 500


def test_at_rest_nothing_stays_on_the_disk() -> None:
    disk = Disk()
    purse = disk.purse()
    purse.reserve("a", 300)
    purse.rest()
    assert disk.now >= 300
    purse.settle("a", 100)
    purse.rest()
    assert disk.now == 0


def test_what_may_have_been_billed_stays_on_the_disk_at_rest() -> None:
    disk = Disk()
    purse = disk.purse()
    purse.reserve("a", 300)
    purse.suspect("a")
    purse.rest()
    assert disk.after_a_kill == 300


def test_what_an_earlier_start_sent_counts_whether_it_fits_or_not() -> None:
    disk = Disk()
    purse = disk.purse(CAP, 900)
    purse.in_flight("a", 300)
    assert (purse.reserved, disk.now) == (300, 0)
    assert not purse.reserve("b", 0)
    purse.settle("a", 50)
    assert purse.reserve("b", 50)


Step = tuple[str, int, int, bool]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("reserve", "reserve", "settle", "release", "suspect", "rest")),
        st.integers(0, 3),  # which request
        st.integers(0, 400),  # its worst case
        st.booleans(),  # whether its caller keeps it on the disk
    ),
    max_size=80,
)


@given(st.integers(0, CAP), STEPS)
def test_spent_and_reserved_never_exceed_the_cap_and_the_disk_covers_what_flies(spent: int, steps: list[Step]) -> None:
    disk = Disk()
    purse = disk.purse(CAP, spent)
    flying: dict[str, tuple[int, bool]] = {}
    billed, lost = spent, 0
    for what, number, worst, on_disk in steps:
        key = f"r{number}"
        if what == "rest":
            purse.rest()
        elif what == "reserve" and key not in flying:
            if purse.reserve(key, worst, on_disk=on_disk):
                flying[key] = (worst, on_disk)
        elif what != "reserve" and key in flying:
            worst, on_disk = flying.pop(key)
            if what == "settle":
                purse.settle(key, worst // 2)
                billed += worst // 2
            elif what == "release":
                purse.release(key)
            else:
                purse.suspect(key)
                lost += worst
                billed += worst
                # What the caller keeps on the disk it also finds there after a kill.
                lost -= worst if on_disk else 0
        assert purse.spent == billed
        assert purse.reserved == sum(amount for amount, _ in flying.values())
        assert purse.spent + purse.reserved <= CAP
        assert disk.after_a_kill >= lost + sum(amount for amount, kept in flying.values() if not kept)
