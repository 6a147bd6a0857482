"""The window in which a batch was sent and its id is not known: exactly one is accepted."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sdf.providers.anthropic.batch_server import BatchServer
from sdf.providers.anthropic.journal import Send
from sdf.providers.failures import Fatal, RateLimited
from tests.providers.anthropic.virtual_clock import START, World, ask, world
from tests.standin import Fault, Faults, dropped, overloaded, page, rate_limited, spend_cap

CREATE = "batches.create"
REQUESTS = [ask(number) for number in range(12)]


class Killed(BaseException):
    """What a kill looks like from within."""


def assert_sent_once(run: World) -> None:
    run.assert_conserved(REQUESTS)
    assert len(run.server.accepted_batches) == 1
    assert run.paid() == {1: 12}


@pytest.mark.parametrize("hide", [0.0, 60.0, 599.0])
@pytest.mark.parametrize(
    "fault",
    [
        dropped(accepts=True, route=CREATE),
        Fault(route=CREATE, status=500, accepts=True),
        overloaded(route=CREATE, accepts=True),
        page(route=CREATE, accepts=True),
        page(200, route=CREATE, accepts=True),
    ],
    ids=["dropped", "500", "529", "page", "page under 200"],
)
def test_accepted_and_not_told(tmp_path: Path, fault: Fault, hide: float) -> None:
    from dataclasses import replace

    with world(tmp_path, Faults(script=(replace(fault, hide=hide),))) as run:
        asyncio.run(run.run(REQUESTS))
        assert_sent_once(run)
        assert any("not known whether" in text for text in run.warnings)
        assert any("Found again" in text for text in run.warnings)


@pytest.mark.parametrize("hide", [0.0, 60.0, 599.0])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_around_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str, hide: float) -> None:
    create = BatchServer.create

    async def dying(server: BatchServer, pieces: object, length: int, model: str) -> None:
        if moment == "after":
            await create(server, pieces, length, model)  # type: ignore[arg-type]
        raise Killed

    async def story(run: World) -> None:
        monkeypatch.setattr(BatchServer, "create", dying)
        with pytest.raises(Killed):
            await run.run(REQUESTS)
        monkeypatch.undo()
        assert len(run.log.open_batches()) == 1
        await run.run(REQUESTS)

    with world(tmp_path, Faults(script=(Fault(route=CREATE, hide=hide),))) as run:
        asyncio.run(story(run))
        assert_sent_once(run)


@pytest.mark.parametrize("method", ["intend", "submitted", "fates", "closed"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_around_every_step_of_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, moment: str
) -> None:
    async def story(run: World) -> None:
        step = getattr(run.log, method)

        def dying(*arguments: object) -> None:
            if moment == "after":
                step(*arguments)
            raise Killed

        monkeypatch.setattr(run.log, method, dying)
        with pytest.raises(Killed):
            await run.run(REQUESTS)
        monkeypatch.undo()
        await run.run(REQUESTS)

    with world(tmp_path) as run:
        asyncio.run(story(run))
        assert_sent_once(run)


@pytest.mark.parametrize("after", [1, 5, 11])
def test_killed_between_an_answer_and_its_record(tmp_path: Path, after: int) -> None:
    async def story(run: World) -> None:
        killed = await run.run(REQUESTS, kill_after=after, records=False)
        assert len(killed.answers) >= after
        assert run.recorded() == {}
        await run.run(REQUESTS)

    with world(tmp_path) as run:
        asyncio.run(story(run))
        assert_sent_once(run)


def test_a_list_that_hides_a_batch_beyond_the_grace_is_the_residual(tmp_path: Path) -> None:
    fault = dropped(accepts=True, route=CREATE, hide=3600.0)
    with world(tmp_path, Faults(script=(fault,))) as run:
        asyncio.run(run.run(REQUESTS))
        run.assert_conserved(REQUESTS)
        assert len(run.server.accepted_batches) == 2
        assert any("paid for twice" in text for text in run.warnings)


@pytest.mark.parametrize(
    "fault", [dropped(accepts=False, route=CREATE), overloaded(route=CREATE)], ids=["dropped", "529"]
)
def test_not_accepted_and_not_told_is_sent_again_after_the_grace(tmp_path: Path, fault: Fault) -> None:
    with world(tmp_path, Faults(script=(fault,))) as run:
        asyncio.run(run.run(REQUESTS))
        assert_sent_once(run)
        created = run.server.books.batches[0].created
        assert 600 <= created - START <= 800


def test_a_refusal_is_taken_back_at_once(tmp_path: Path) -> None:
    with world(tmp_path, Faults(script=(rate_limited("7", route=CREATE),))) as run:
        asyncio.run(run.run(REQUESTS))
        assert_sent_once(run)
        assert run.server.books.batches[0].created - START < 120
        assert run.log.number(REQUESTS[0].id) == 2


def test_another_run_of_the_same_size_is_not_adopted(tmp_path: Path) -> None:
    async def story(run: World) -> None:
        rows = [(f"{'a' * 40}-{'z' * 12}-{number}", {"number": number}) for number in range(12)]
        run.server._batches.add(rows, run.server.now(), 600.0, 0.0)
        await run.run(REQUESTS)

    with world(tmp_path, Faults(script=(dropped(accepts=True, route=CREATE),))) as run:
        asyncio.run(story(run))
        run.assert_conserved(REQUESTS)
        assert len(run.server.accepted_batches) == 2  # the foreign one, and one of ours
        assert run.paid() == {1: 12}


def test_a_batch_of_this_run_is_no_candidate_for_another_of_its_size(tmp_path: Path) -> None:
    more = [ask(number) for number in range(100, 112)]

    async def story(run: World) -> None:
        await run.run(REQUESTS, hours=0.01)
        run.server.faults = Faults(script=(dropped(accepts=False, route=CREATE),))
        await run.run(REQUESTS + more)

    with world(tmp_path, takes=7200.0) as run:
        asyncio.run(story(run))
        run.assert_conserved(REQUESTS + more)
        first, second = run.server.books.batches
        assert second.created < first.created + 900.0


def test_others_go_out_while_a_likely_batch_is_still_worked_on(tmp_path: Path) -> None:
    more = [ask(number) for number in range(100, 105)]

    async def story(run: World) -> None:
        await run.run(REQUESTS, hours=0.2)
        run.requests |= {request.id: request for request in more}
        await run.run(REQUESTS + more)

    with world(tmp_path, Faults(script=(dropped(accepts=True, route=CREATE),)), takes=7200.0) as run:
        asyncio.run(story(run))
        run.assert_conserved(REQUESTS + more)
        first, second = run.server.books.batches
        assert second.created < first.created + 7200.0
        assert run.paid() == {1: 17}


def test_nothing_else_is_sent_before_the_doubt_is_cleared_up(tmp_path: Path) -> None:
    more = [ask(number) for number in range(100, 105)]
    fault = dropped(accepts=True, route=CREATE, hide=400.0)
    with world(tmp_path, Faults(script=(fault,))) as run:

        async def story() -> None:
            await run.run(REQUESTS, hours=0.01)
            await run.run(REQUESTS + more)

        asyncio.run(story())
        run.assert_conserved(REQUESTS + more)
        first, second = run.server.books.batches
        assert second.created >= first.created + 400.0


@pytest.mark.parametrize("route", [CREATE, "batches.list", "batches.retrieve", "batches.results"])
def test_a_storm_of_twenty_minutes_ends_with_all_done(tmp_path: Path, route: str) -> None:
    storm = (overloaded(route=route, times=0, until=1200.0), rate_limited("3", route=route, times=0, until=1500.0))
    with world(tmp_path, Faults(script=storm), takes=60.0) as run:
        asyncio.run(run.run(REQUESTS))
        assert_sent_once(run)
        assert run.server.books.served[route] < 60


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (spend_cap(route=CREATE), "usage limits"),
        (spend_cap(route="batches.list"), "usage limits"),
        (Fault(route=CREATE, status=402, message="billing", times=0), "billing"),
        (Fault(route="batches.list", status=401, times=0), "the server refused the key"),
        (Fault(route=CREATE, status=400, message="requests.0: odd", times=0), "the server refused a batch"),
    ],
)
def test_what_needs_a_person_halts_and_goes_on_later(tmp_path: Path, fault: Fault, says: str) -> None:
    async def story(run: World) -> None:
        runner = await run.run(REQUESTS)
        assert isinstance(runner.fatal, Fatal)
        assert says in runner.fatal.message
        assert run.log.open_batches() == []
        assert run.purse.reserved == 0
        run.server.faults = Faults()
        await run.run(REQUESTS)

    with world(tmp_path, Faults(script=(fault,))) as run:
        asyncio.run(story(run))
        assert_sent_once(run)


def test_the_budget_keeps_back_what_it_cannot_pay(tmp_path: Path) -> None:
    async def story(run: World) -> None:
        run.cap = 5_000
        runner = await run.run(REQUESTS)
        assert runner.lane is not None
        assert runner.lane.short_of_money
        assert run.purse.spent + run.purse.reserved <= 5_000
        assert run.purse.spent == 4_500  # nine at 500; the worst case of a tenth would be 1,000

    with world(tmp_path) as run:
        asyncio.run(story(run))
        assert max(run.paid()) == 1


def test_what_is_in_flight_is_reserved_again_by_the_next_command(tmp_path: Path) -> None:
    async def story(run: World) -> None:
        await run.run(REQUESTS, hours=0.1)
        run.cap = 14_000
        more = [ask(number) for number in range(50, 60)]
        runner = await run.run(REQUESTS + more, hours=0.2)
        assert runner.lane is not None
        assert run.purse.reserved == 14_000
        assert run.server.books.batches[1].size == 2

    with world(tmp_path) as run:
        asyncio.run(story(run))


@pytest.mark.parametrize("jump", [-315_360_000.0, 315_360_000.0])
def test_this_machines_date_means_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    import time

    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() + jump)
    with world(tmp_path, Faults(script=(dropped(accepts=True, route=CREATE, hide=300.0),))) as run:
        asyncio.run(run.run(REQUESTS))
        assert_sent_once(run)


@pytest.mark.parametrize("nonce", ["", "short", "UPPERCASE123", "with-dash-12", "x" * 13, "äöüäöüäöüäöü"])
def test_a_nonce_that_the_grammar_refuses_sends_nothing(tmp_path: Path, nonce: str) -> None:
    with world(tmp_path) as run:
        with pytest.raises(ValueError, match="no name for a request"):
            asyncio.run(run.run(REQUESTS, nonce=lambda: nonce))
        assert run.server.accepted_batches == []
        assert run.log.open_batches() == []


def test_an_intent_is_durable_before_the_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[Send]] = []

    async def looking(server: BatchServer, pieces: object, length: int, model: str) -> None:
        (batch,) = run.log.open_batches()
        seen.append(list(run.log.sends(batch.nonce)))
        raise RateLimited("no")

    with world(tmp_path) as run:
        monkeypatch.setattr(BatchServer, "create", looking)
        asyncio.run(run.run(REQUESTS, hours=0.01))
        assert {send.request_id for send in seen[0]} == {request.id for request in REQUESTS}
