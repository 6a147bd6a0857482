"""Rows through batches in a process of its own: `python -m benchmarks.client_batch ROWS URL [WINDOW]`.

Prints its peak memory in KB and its CPU seconds. At most WINDOW requests are taken and
not yet recorded at a time, as a run holds no more than the waves that it has open; 0
takes all rows at once.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from benchmarks.client_work import KEY, MODEL, SMALL, record, requests
from sdf.providers.anthropic.batches import BatchLane
from sdf.providers.anthropic.client import open_client
from sdf.providers.anthropic.sender import AnthropicSender
from sdf.providers.clock import SystemClock
from sdf.providers.lane import Lane, Rates
from sdf.providers.money import Money
from sdf.providers.runner import Runner
from sdf.providers.settings import ModelSettings
from sdf.recipe import Endpoint, Recipe
from sdf.run.batch_log import BatchLog
from sdf.run.ledger import Ledger
from sdf.run.spending import open_purse


@contextmanager
def opened(ledger: Ledger, url: str, money: Money) -> Iterator[Runner]:
    """A runner that sends in batches, and looks at the server more often than one would pay for."""
    recipe = Recipe.model_validate({"run": {"budget": 10_000.0}})
    purse = open_purse(ledger, recipe)
    runner = Runner(purse, money.settled)
    endpoint, clock = Endpoint(base_url=url), SystemClock()
    batches = BatchLane(
        open_client(endpoint, 600),
        ModelSettings(batch=True),
        BatchLog(ledger),
        runner,
        purse=purse,
        clock=clock,
        worst=lambda request: money.worst(request, batch=True),
        warn=print,
        pause=0.2,
        gather=0.05,
    )
    runner.add_batches(batches)
    runner.add_lane(
        f"anthropic:{MODEL}",
        Lane(
            AnthropicSender(open_client(endpoint, 600), ModelSettings()),
            Rates(8),
            runner,
            purse=purse,
            worst=lambda request: money.worst(request, batch=False),
            clock=clock,
            beyond=batches.take,
        ),
    )
    try:
        yield runner
    finally:
        runner.close()


def main(rows: int, url: str, window: int) -> None:
    os.environ["ANTHROPIC_API_KEY"] = KEY
    money = Money({}, date(2026, 11, 22))
    window = window or rows
    with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder) / "run.db") as ledger:
        with opened(ledger, url, money) as runner:
            index_of: dict[str, int] = {}
            taken = 0
            while taken < rows or index_of:
                if taken < rows and len(index_of) <= window // 2:
                    asked = list(requests(taken, min(rows, taken + window - len(index_of)), SMALL, 200))
                    index_of |= {request.id: request.index for request in asked}
                    taken += len(asked)
                    runner.submit(asked)
                    del asked
                answers = runner.collect()
                record(ledger, answers, index_of, money)
                runner.recorded(answers)
                for answer in answers:
                    del index_of[answer.request_id]
        (count,) = next(ledger.rows("SELECT count(*) FROM responses WHERE error IS NULL"))
        assert count == rows  # noqa: S101 - the figure of a run that lost rows says nothing
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time())


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 0)
