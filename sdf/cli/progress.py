"""Progress on a terminal as a live bar, elsewhere as a line every ten seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sdf.cli import console
from sdf.run.generate import Progress

LINE_EVERY_SECONDS = 10.0
WIDE = 80


@contextmanager
def shown(wanted: int, quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """A function to report progress to, drawn in the way that fits where stderr goes."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar(wanted) as report:
            yield report
    else:
        yield _lines()


def _lines() -> Callable[[Progress], None]:
    began = last = time.monotonic()

    def report(now: Progress) -> None:
        nonlocal last
        at = time.monotonic()
        if at - last >= LINE_EVERY_SECONDS:
            last = at
            rate = now.answered / (at - began)
            pace = f"{now.answered:,} answers, {_pace(rate)}{_cost(now)}"
            console.say(f"{now.accepted:,} of {now.wanted:,} accepted, {pace}")

    return report


def _pace(rate: float) -> str:
    return f"{rate:,.0f} answers/s" if rate >= 1 else f"{rate * 60:,.1f} answers/min"


def _cost(now: Progress) -> str:
    return f", ${now.spent:,.2f}" if now.spent else ""


@contextmanager
def _bar(wanted: int) -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    count = TextColumn("{task.completed:,.0f}/{task.total:,.0f}")
    left = (TextColumn("left"), TimeRemainingColumn())
    narrow = (count, *left)
    wide = (BarColumn(bar_width=30), count, TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), *left)
    with Bar(*(wide if console.width >= WIDE else narrow), console=console, transient=True) as bar:
        task = bar.add_task("", total=wanted, rate="")
        began = time.monotonic()

        def report(now: Progress) -> None:
            seconds = max(time.monotonic() - began, 1e-6)
            # Between two decisions the bar moves by answers, a part of a document each.
            moving = min(float(wanted), now.decided + now.in_flight_documents)
            bar.update(task, completed=moving, rate=f"{_pace(now.answered / seconds)}{_cost(now)}")

        yield report
