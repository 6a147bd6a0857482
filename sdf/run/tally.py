"""What became of every brief and every attempt, counted once and checked to add up."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from sdf.plan.briefs import MAX_ATTEMPTS
from sdf.records import Outcome, Record
from sdf.run.ledger import Ledger
from sdf.run.rows import Wave

_NAMED = 100


class Tally(Record):
    """The counts of a run.

    Every planned brief is accepted, unfilled or pending. `attempts` maps each outcome
    to its number; a pending brief has one pending attempt. `problems` says what does
    not add up, and is empty for every run that was left alone.
    """

    planned: int
    accepted: int
    unfilled: int
    pending: int
    attempts: Mapping[str, int]
    problems: tuple[str, ...] = ()


def tally(ledger: Ledger) -> Tally:
    """Count in one pass over the decisions, in memory that grows with waves only."""
    waves = _Waves(ledger.waves())
    briefs: Counter[str] = Counter()
    attempts: Counter[str] = Counter()
    problems: list[str] = []
    for (series, index), rows in groupby(ledger.outcomes(), key=itemgetter(0, 1)):
        ended, faults = _brief([row[2:] for row in rows])
        attempts.update(ended)
        state = _state(ended)
        briefs[state] += 1
        faults += waves.see(series, index, state)
        problems += [f"{series} {index}: {fault}" for fault in faults]
    problems += waves.incomplete()
    planned = sum(wave.stop - wave.start for wave in waves.all)
    pending = planned - briefs["accepted"] - briefs["unfilled"]
    decided = sum(attempts.values())
    attempts["pending"] = pending
    if decided != _decided(ledger):
        problems.append(f"{decided} attempts have an end, {_decided(ledger)} ends are recorded")
    if pending < 0:
        problems.append(f"{planned} briefs are planned, {-pending} more have an end")
    return Tally(
        planned=planned,
        accepted=briefs["accepted"],
        unfilled=briefs["unfilled"],
        pending=pending,
        attempts={str(outcome): attempts[outcome] for outcome in Outcome},
        problems=_shortened(problems),
    )


def conserved(ledger: Ledger) -> list[str]:
    """What does not add up over attempts and briefs; empty when everything does."""
    return list(tally(ledger).problems)


class _Waves:
    """Which wave an index is in, and how many briefs of each have been seen."""

    def __init__(self, waves: Sequence[Wave]) -> None:
        self.all = waves
        self._of: defaultdict[str, list[Wave]] = defaultdict(list)
        for wave in sorted(waves, key=lambda w: w.start):
            self._of[wave.series].append(wave)
        self._seen: Counter[tuple[str, int]] = Counter()

    def see(self, series: str, index: int, state: str) -> list[str]:
        waves = self._of.get(series, [])
        place = bisect_right(waves, index, key=lambda w: w.start) - 1
        if place < 0 or index >= waves[place].stop:
            return ["decided outside of every wave"]
        self._seen[series, waves[place].number] += 1
        if waves[place].closed and state == "pending":
            return ["pending in a wave that is closed"]
        return []

    def incomplete(self) -> Iterator[str]:
        for wave in self.all:
            missing = wave.stop - wave.start - self._seen[wave.series, wave.number]
            if wave.closed and missing:
                yield f"wave {wave.number} of {wave.series} is closed without {missing} briefs"


def _brief(rows: Sequence[tuple[int, str, str]]) -> tuple[list[str], list[str]]:
    """The outcomes of the attempts that ended, in order, and what is wrong with them."""
    ended: list[str] = []
    faults: list[str] = []
    open_attempt = False
    for position, (attempt, decided) in enumerate(groupby(rows, key=itemgetter(0))):
        phases = {phase: outcome for _, phase, outcome in decided}
        premise, document = phases.get("premise"), phases.get("document")
        if attempt != position or attempt >= MAX_ATTEMPTS:
            faults.append(f"attempt {attempt} stands where {position} is due")
        if open_attempt or "accepted" in ended:
            faults.append(f"attempt {attempt} follows one that was not over or was accepted")
        if document is not None and premise not in {None, "accepted"}:
            faults.append(f"attempt {attempt} was written although its premise was {premise}")
        outcome = document or (premise if premise != "accepted" else None)
        open_attempt = outcome is None
        ended += [outcome] if outcome else []
    return ended, faults


def _state(ended: Sequence[str]) -> str:
    if "accepted" in ended:
        return "accepted"
    return "unfilled" if len(ended) >= MAX_ATTEMPTS else "pending"


def _decided(ledger: Ledger) -> int:
    counts = ledger.outcome_counts().items()
    return sum(n for (_, phase, outcome), n in counts if (phase, outcome) != ("premise", "accepted"))


def _shortened(problems: list[str]) -> tuple[str, ...]:
    more = len(problems) - _NAMED
    return (*problems[:_NAMED], *([f"and {more} more like these"] if more > 0 else []))
