"""`--budget 5`: never exceeded, and nearly used up, whatever calls cost, how they end, and when the run is killed.

The lane, the runner, the purse and the ledger are real; the server is not, and knows
what it has billed. SDF_FAULTS=1 tries a thousand plans of each kind.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from sdf.errors import HaltedError
from sdf.providers import runner as runner_module
from sdf.providers.failures import Failure, RateLimited, RowFailure, Transient
from sdf.providers.lane import Lane, Rates
from sdf.providers.prices import PICO
from sdf.providers.purse import Purse
from sdf.providers.runner import Runner
from sdf.recipe import Recipe
from sdf.records import Request, Response
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedResponse
from sdf.run.spending import open_purse
from tests.providers.scripted import answer, request
from tests.providers.virtual_clock import VirtualClock

BUDGET = 5
CAP = BUDGET * PICO
RECIPE = Recipe.model_validate({"run": {"budget": BUDGET}})
PLANS = settings(
    max_examples=1000 if os.environ.get("SDF_FAULTS") else 40,
    deadline=None,
    # A plan is mostly its seed, which cannot be made simpler.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Plan(NamedTuple):
    """What calls cost and how they end; the shares are of all calls, the rest is answered."""

    seed: int
    dearest: float = 0.099  # dollars, the worst case of the dearest request
    cheapest: float = 0.02
    thrift: float = 0.5  # the least that an answer costs, as a share of its worst case
    concurrency: int = 16
    limited: float = 0.0
    broken: float = 0.0
    lost: float = 0.0  # taken in and not answered; every other one is billed
    refused: float = 0.0


class Server:
    """A sender, and the books of who is behind it."""

    def __init__(self, plan: Plan, clock: VirtualClock) -> None:
        self.plan = plan
        self.clock = clock
        self.chance = Random(plan.seed)  # noqa: S311 - chance, and no secret
        self.billed = 0
        self.costs: dict[str, int] = {}

    def worst(self, asked: Request) -> int:
        """The worst case of a request: the same whenever it is asked for."""
        share = blake2b(f"{self.plan.seed} {asked.id}".encode(), digest_size=1).digest()[0] / 255
        low, high = sorted((self.plan.cheapest, self.plan.dearest))
        return round((low + share * (high - low)) * PICO)

    async def send(self, asked: Request) -> Response:
        """Take a while, and end as the plan has it."""
        try:
            await self.clock.sleep(self.chance.random() * 20)
        except asyncio.CancelledError:
            # The run was killed: the call is answered, to nobody, and billed.
            self.billed += self.worst(asked)
            raise
        return self._ended(asked)

    def _ended(self, asked: Request) -> Response:
        share, plan = self.chance.random(), self.plan
        failures: list[tuple[float, Failure]] = [
            (plan.limited, RateLimited("slow down", retry_after=self.chance.choice((None, 3.0)))),
            (plan.broken, Transient("overloaded", status=529)),
            (plan.lost, Transient("timed out", accepted=True)),
            (plan.refused, RowFailure(f"request {asked.id}: {self.chance.random()}", status=400)),
        ]
        for rate, failure in failures:
            if share < rate:
                if isinstance(failure, Transient) and failure.accepted and self.chance.random() < 0.5:
                    self.billed += self.worst(asked)
                raise failure
            share -= rate
        cost = round(self.worst(asked) * self.chance.uniform(self.plan.thrift, 1.0))
        self.costs[asked.id] = cost
        self.billed += cost
        return answer(asked)

    async def aclose(self) -> None:
        """Nothing to close."""


class Run:
    """A run's ledger, and the starts over it."""

    def __init__(self, path: Path, plan: Plan) -> None:
        self.path = path
        self.clock = VirtualClock(settle=3)
        self.server = Server(plan, self.clock)
        self.spent = 0

    def start(self, rounds: int | None = None) -> bool:
        """One start, which is killed after so many rounds; whether the budget halted it."""
        with Ledger.open(self.path) as ledger:
            # A kill of the process leaves what SQLite has handed to the system.
            ledger._connection.execute("PRAGMA synchronous = OFF")
            purse = open_purse(ledger, RECIPE)
            runner = Runner(purse, lambda response: (self.server.costs.get(response.request_id) or 0, True))
            rates = Rates(self.server.plan.concurrency)
            lane = Lane(self.server, rates, runner, purse=purse, worst=self.server.worst, clock=self.clock)
            runner.add_lane("test:m", lane)
            recorded = {row.response.request_id for row in ledger.responses("base", 0, 10**6)}
            runner.submit([one for one in map(request, range(400)) if one.id not in recorded])
            try:
                return self._collect(runner, purse, ledger, rounds)
            finally:
                self.spent = purse.spent
                if not runner._loop.is_closed():
                    kill(runner)

    def _collect(self, runner: Runner, purse: Purse, ledger: Ledger, rounds: int | None) -> bool:
        number = 0
        while number != rounds and runner.busy():
            number += 1
            try:
                answers = runner.collect()
            except HaltedError as halted:
                runner.close()
                return "budget" in halted.message
            ledger.record_responses([self._row(one) for one in answers])
            runner.recorded(answers)
            assert purse.spent + purse.reserved <= CAP
            assert self.server.billed <= CAP
        return False

    def _row(self, response: Response) -> RecordedResponse:
        return RecordedResponse(
            series="base",
            index=int(response.request_id[1:]),
            attempt=0,
            stage="draft",
            genre="essay",
            template_sha256="b" * 64,
            cost=self.server.costs.get(response.request_id, 0),
            response=response,
        )


def kill(runner: Runner) -> None:
    """End a start without any farewell to the ledger."""
    runner._loop.run_until_complete(runner._close())
    runner._loop.close()


@pytest.fixture(autouse=True)
def in_small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are recorded as they come, so that starts can be killed between any two."""
    monkeypatch.setattr(runner_module, "GROUP_SECONDS", 0.0)
    monkeypatch.setattr(runner_module, "LOOK_UP_SECONDS", 0.001)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("budget") / "empty.db"
    Ledger.create(path).close()
    return path


@pytest.fixture
def run(empty: Path) -> Callable[[Plan], Run]:
    """A run with nothing recorded, in place of the one before."""

    def made(plan: Plan) -> Run:
        path = empty.with_name("run.db")
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(empty, path)
        return Run(path, plan)

    return made


SHARES = st.sampled_from((0.0, 0.02, 0.1, 0.3))
CALM = st.builds(
    Plan,
    seed=st.integers(0, 2**32),
    dearest=st.floats(0.03, 0.0999),
    cheapest=st.floats(0.03, 0.0999),
    thrift=st.floats(0.5, 1.0),
    concurrency=st.integers(1, 64),
    limited=SHARES,
    broken=SHARES,
    lost=st.just(0.0),
    refused=st.just(0.0),
)
WILD = st.builds(
    Plan,
    seed=st.integers(0, 2**32),
    dearest=st.floats(0.03, 6.0),
    cheapest=st.floats(0.03, 1.0),
    thrift=st.floats(0.5, 1.0),
    concurrency=st.integers(1, 64),
    limited=SHARES,
    broken=SHARES,
    lost=SHARES,
    refused=SHARES,
)


@PLANS
@given(plan=CALM)
def test_nearly_all_of_a_budget_is_used_where_requests_are_cheap(run: Callable[[Plan], Run], plan: Plan) -> None:
    begun = run(plan)
    assert begun.start()
    assert 4 * PICO <= begun.server.billed <= CAP
    assert begun.spent == begun.server.billed


@PLANS
@given(plan=WILD, kills=st.lists(st.integers(1, 12), max_size=4))
@example(plan=Plan(1, lost=0.3, concurrency=1), kills=[])
@example(plan=Plan(2, lost=0.3, concurrency=1), kills=[10, 10, 10])
@example(plan=Plan(3, concurrency=64), kills=[1, 1, 1, 1])
def test_no_plan_exceeds_the_budget_also_when_it_is_killed(
    run: Callable[[Plan], Run], plan: Plan, kills: list[int]
) -> None:
    begun = run(plan)
    for rounds in kills:
        begun.start(rounds)
        assert begun.server.billed <= CAP
    poor = begun.start()
    assert begun.server.billed <= CAP
    # The same command again finds the money as spent as it was.
    begun.start()
    assert begun.server.billed <= CAP
    # Ten failures alike halt too; otherwise the halt comes at the last dollar. What was cut off counts.
    if poor and max(plan.dearest, plan.cheapest) < 1:
        assert begun.spent >= 4 * PICO
