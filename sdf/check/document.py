"""All document checks, in their fixed order."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from sdf.check.context import CheckContext
from sdf.check.form import check_form
from sdf.check.invented_world import check_invented_world
from sdf.check.leakage import check_leakage
from sdf.check.names import check_names
from sdf.check.quotations import check_quotations
from sdf.check.reading import Reading, read
from sdf.check.stock import check_stock
from sdf.records import Verdict

Check = Callable[[Reading, CheckContext], Verdict]
CHECKS: MappingProxyType[str, Check] = MappingProxyType(
    {
        "form": check_form,
        "invented_world": check_invented_world,
        "quotations": check_quotations,
        "leakage": check_leakage,
        "names": check_names,
        "stock": check_stock,
    }
)


def check_document(text: str, context: CheckContext) -> tuple[Verdict, ...]:
    """Run every check on a text; the verdicts come in the order of CHECKS.

    A check that lacks what it needs answers with `passed=None` and a note.
    """
    return check_reading(read(text), context)


def check_reading(reading: Reading, context: CheckContext) -> tuple[Verdict, ...]:
    """`check_document` for a text that has been read."""
    return tuple(check(reading, context) for check in CHECKS.values())
