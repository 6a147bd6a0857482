"""The money of a run as its ledger knows it: what is recorded, and what calls cut off may have cost."""

from __future__ import annotations

from functools import partial

from sdf.providers.prices import PICO
from sdf.providers.purse import Purse
from sdf.recipe import Recipe
from sdf.run.batch_log import BatchLog
from sdf.run.ledger import Ledger

_IN_FLIGHT = "in_flight"
_IN_DOUBT = "in_doubt"


def open_purse(ledger: Ledger, recipe: Recipe) -> Purse:
    """The purse of this start of a run.

    What the last start had in flight when it was killed counts as spent from now on:
    nobody can say whether it was billed.
    """
    left = _amount(ledger, _IN_FLIGHT)
    if left:
        _doubt(ledger, left)
        ledger.set_meta(_IN_FLIGHT, "0")
    budget = recipe.run.budget
    cap = None if budget is None else round(budget * PICO)
    return Purse(cap, ledger.spent() + in_doubt(ledger), partial(_keep, ledger), partial(_doubt, ledger))


def in_doubt(ledger: Ledger) -> int:
    """The most that may have been billed without an answer, in 10^-12 dollars.

    Calls that a kill cut off or the server took without an answer, and requests whose
    batch ended without a result for them.
    """
    return _amount(ledger, _IN_DOUBT) + BatchLog(ledger).suspected()


def _keep(ledger: Ledger, amount: int) -> None:
    ledger.set_meta(_IN_FLIGHT, str(amount))


def _doubt(ledger: Ledger, amount: int) -> None:
    ledger.set_meta(_IN_DOUBT, str(_amount(ledger, _IN_DOUBT) + amount))


def _amount(ledger: Ledger, key: str) -> int:
    return int(ledger.meta(key) or 0)
