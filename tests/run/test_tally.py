"""Nothing that was planned disappears, and what does not add up is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sdf.run.directory import RunDirectory
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedDecision
from sdf.run.tally import Tally, conserved, tally

Decide = Callable[..., RecordedDecision]
Told = tuple[int, str, str]


def test_a_finished_run_adds_up(finished: RunDirectory) -> None:
    with Ledger.open(finished.db, read_only=True) as ledger:
        found = tally(ledger)
    none = {"truncated": 0, "invalid": 0, "failed": 0, "pending": 0}
    assert found == Tally(
        planned=10,
        accepted=9,
        unfilled=1,
        pending=0,
        attempts={"accepted": 9, "rejected": 4, "refused": 1} | none,
    )


def test_an_empty_ledger_adds_up(ledger: Ledger) -> None:
    assert tally(ledger).planned == 0
    assert conserved(ledger) == []


def test_briefs_without_an_end_are_pending(ledger: Ledger, decide: Decide) -> None:
    ledger.open_wave("base", 0, 0, 10)
    ledger.open_wave("gap-1", 0, 0, 2)
    ledger.record_decisions(
        [
            decide(0),
            decide(1, "failed"),
            decide(2, phase="premise"),
            decide(3, "rejected", phase="premise"),
            decide(3, attempt=1, phase="premise"),
            decide(3, attempt=1),
            decide(1, series="gap-1"),
        ]
    )
    found = tally(ledger)
    assert found.problems == ()
    assert (found.planned, found.accepted, found.unfilled, found.pending) == (12, 3, 0, 9)
    assert found.attempts["pending"] == 9
    assert found.attempts["rejected"] == 1


def rows(decide: Decide, told: list[Told]) -> list[RecordedDecision]:
    return [decide(0, o, attempt=a, phase=p) for a, p, o in told]


WRONG: list[tuple[list[Told], str]] = [
    ([(1, "document", "accepted")], "attempt 1 stands where 0 is due"),
    ([(0, "document", "accepted"), (1, "document", "accepted")], "attempt 1 follows one that"),
    ([(0, "premise", "accepted"), (1, "premise", "rejected")], "attempt 1 follows one that"),
    ([(0, "premise", "rejected"), (0, "document", "accepted")], "its premise was rejected"),
    ([(a, "document", "failed") for a in range(4)], "attempt 3 stands where 3 is due"),
    ([(0, "document", "failed")], "pending in a wave that is closed"),
]


@pytest.mark.parametrize(("told", "named"), WRONG)
def test_impossible_stories_are_named(ledger: Ledger, decide: Decide, told: list[Told], named: str) -> None:
    ledger.open_wave("base", 0, 0, 1)
    ledger.record_decisions(rows(decide, told))
    ledger.close_wave("base", 0)
    assert any(problem.startswith("base 0: ") and named in problem for problem in conserved(ledger))


def test_a_decision_outside_of_every_wave_is_named(ledger: Ledger, decide: Decide) -> None:
    ledger.open_wave("base", 0, 0, 5)
    ledger.open_wave("base", 2, 10, 15)
    ledger.record_decisions([decide(0), decide(7), decide(15), decide(0, series="gap")])
    wrong = [f"{name}: decided outside of every wave" for name in ("base 7", "base 15", "gap 0")]
    assert conserved(ledger) == wrong


def test_a_closed_wave_must_be_complete(ledger: Ledger, decide: Decide) -> None:
    ledger.open_wave("base", 0, 0, 5)
    ledger.record_decisions([decide(0)])
    ledger.close_wave("base", 0)
    assert conserved(ledger) == ["wave 0 of base is closed without 4 briefs"]


def test_many_problems_are_summed_up(ledger: Ledger, decide: Decide) -> None:
    ledger.record_decisions([decide(index) for index in range(150)])
    found = conserved(ledger)
    assert len(found) == 101
    assert found[-1] == "and 51 more like these"
