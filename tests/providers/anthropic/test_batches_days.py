"""Batches over days and commands: canceled, expired, lost, submitted now and collected later."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sdf.providers.anthropic.journal import Fate
from tests.providers.anthropic.virtual_clock import World, ask, world


def test_canceling_is_waited_for(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(40)]

    async def story(run: World) -> None:
        await run.run(requests, hours=0.2)
        (batch,) = run.server.books.batches
        run.server._batches.cancel(batch.id, run.server.now(), 300.0)
        await run.run(requests)

    with world(tmp_path, takes=3600.0) as run:
        asyncio.run(story(run))
        run.assert_conserved(requests)
        assert run.paid() == {1: 40}
        counts = run.log.fate_counts()
        assert counts[Fate.canceled] == 32


def test_requests_that_expire_after_a_day_go_out_again(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(20)]

    async def story(run: World) -> None:
        await run.run(requests, hours=1)
        run.server.batch_seconds = 600.0
        await run.run(requests)

    with world(tmp_path, takes=40 * 3600.0) as run:
        asyncio.run(story(run))
        run.assert_conserved(requests)
        assert run.paid() == {1: 20}
        assert run.log.fate_counts()[Fate.expired] == 8
        assert run.server.books.batches[1].created - run.server.books.batches[0].created >= 24 * 3600


def test_after_29_days_the_results_are_lost_and_it_is_said(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(10)]

    async def story(run: World) -> None:
        await run.run(requests, hours=0.1)
        await run.clock.sleep(30 * 86_400.0)
        await run.run(requests)

    with world(tmp_path) as run:
        asyncio.run(story(run))
        run.assert_conserved(requests)
        assert run.log.fate_counts() == {Fate.lost: 10, Fate.recorded: 10}
        assert run.log.suspected() == 10 * 1000
        assert any("paid for and are lost" in text for text in run.warnings)


def test_a_batch_of_another_workspace_halts_and_is_not_sent_again(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(10)]

    async def story(run: World) -> None:
        await run.run(requests, hours=0.1)
        name = run.server.accepted_batches[0]
        hidden = run.server._batches._all.pop(name)
        runner = await run.run(requests)
        assert runner.fatal is not None
        assert "workspace" in runner.fatal.hint
        run.server._batches._all[name] = hidden
        await run.run(requests)

    with world(tmp_path) as run:
        asyncio.run(story(run))
        run.assert_conserved(requests)
        assert run.paid() == {1: 10}


def test_submitting_only_returns_and_the_next_command_collects(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(30)]

    async def story(run: World) -> None:
        runner = await run.run(requests[:20], submit_only=True)
        assert runner.answers == []
        assert run.clock.now() - 1000.0 < 300
        assert "20 requests in 1 batches" in runner.lane.described()
        assert "expires in 24 h 00 min" in runner.lane.described()
        await run.clock.sleep(3600)
        runner = await run.run(requests, submit_only=True)
        assert len(runner.answers) == 20
        assert "10 requests in 1 batches" in runner.lane.described()
        await run.run(requests)

    with world(tmp_path) as run:
        asyncio.run(story(run))
        run.assert_conserved(requests)
        assert run.paid() == {1: 30}


def test_requests_that_nobody_asks_for_yet_are_kept_for_when_they_are(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(20)]

    async def story(run: World) -> None:
        await run.run(requests, hours=0.1)
        runner = await run.run(requests[:8])
        assert len(runner.answers) == 8
        lane = runner.lane
        assert lane is not None
        assert lane.holds(requests[8].id)
        assert not lane.holds(requests[0].id)
        await run.run(requests)

    with world(tmp_path) as run:
        asyncio.run(story(run))
        run.assert_conserved(requests)
        assert len(run.server.accepted_batches) == 1


def test_submitting_only_sends_what_follows_from_what_it_collected(tmp_path: Path) -> None:
    first, second = [ask(number) for number in range(10)], [ask(number) for number in range(10, 20)]
    then = {one.id: other for one, other in zip(first, second, strict=True)}

    async def story(run: World) -> None:
        await run.run(first, submit_only=True)
        await run.clock.sleep(3600)
        await run.run(first, submit_only=True, then=then)
        assert [batch.size for batch in run.server.books.batches] == [10, 10]
        await run.run(first + second)

    with world(tmp_path) as run:
        asyncio.run(story(run))
        run.assert_conserved(first + second)
        assert run.paid() == {1: 20}
