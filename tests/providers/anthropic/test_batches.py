"""Batches through the SDK, against a server that misbehaves: nothing is lost, nothing is paid for twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sdf.providers.anthropic import results
from sdf.providers.anthropic.batch_server import BatchServer
from sdf.providers.anthropic.journal import Fate
from sdf.providers.anthropic.packing import Limits
from sdf.records import Block
from tests.providers.anthropic.virtual_clock import World, ask, world
from tests.standin import Fault, Faults
from tests.standin import Limits as ServerLimits


def test_answers_come_to_their_requests(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(50)]
    with world(tmp_path, Faults(shuffled=True)) as run:
        runner = asyncio.run(run.run(requests, limits=Limits(requests=20)))
        run.assert_conserved(requests)
        assert len(run.server.accepted_batches) == 3
        assert run.paid() == {1: 50}
        assert all(response.batch and response.usage.output for response in runner.answers)


def test_half_expired_errored_canceled(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(400)]
    faults = Faults(expired=0.3, errored=0.1, canceled=0.1, shuffled=True, seed=3)
    with world(tmp_path, faults) as run:
        asyncio.run(run.run(requests))
        recorded = run.recorded()
        run.assert_conserved(requests)
        failed = [one for one in recorded.values() if one.error]
        assert len(failed) < 30  # five batches left them out
        assert run.paid() == {1: 400 - len(failed)}
        assert all("no answer from 5 batches" in (one.error or "") for one in failed)
        sent = sum(run.log.fate_counts().values())
        assert sent == sum(len(batch.ids) for batch in run.server.books.batches)


def test_a_bag_of_results_is_never_guessed(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(300)]
    faults = Faults(doubled=0.05, foreign=0.03, shuffled=True, seed=5)
    with world(tmp_path, faults) as run:
        asyncio.run(run.run(requests))
        run.assert_conserved(requests)
        assert run.paid() == {1: 300}
        kept = run.ledger.quarantined()
        assert set(kept) == {"a second result for the same request", "a custom_id that is none of ours"}


def test_missing_results_are_sent_again_after_a_second_look(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(100)]
    with world(tmp_path, Faults(missing=0.1, seed=1)) as run:
        asyncio.run(run.run(requests))
        run.assert_conserved(requests)
        counts = run.log.fate_counts()
        assert counts[Fate.missing] >= 3
        assert counts[Fate.recorded] == 100
        assert run.log.suspected() == counts[Fate.missing] * 1000
        assert run.purse.spent == run.log.suspected() + 100 * 500
        assert any("without a result for" in text for text in run.warnings)


def test_a_result_of_an_unknown_type_fails_its_request_and_is_not_paid_again(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(60)]
    with world(tmp_path, Faults(unknown_type=0.1, seed=2)) as run:
        runner = asyncio.run(run.run(requests))
        run.assert_conserved(requests)
        assert run.paid() == {1: 60}
        assert runner.failures
        assert all("'postponed'" in failure.message for _, failure in runner.failures)
        assert len(run.server.accepted_batches) == 1
        assert run.log.fate_counts()[Fate.failed] == len(runner.failures)


@pytest.mark.parametrize("cut", [0, 700, 5000, 20_000])
def test_a_stream_that_is_cut_is_read_again(tmp_path: Path, cut: int) -> None:
    requests = [ask(number) for number in range(80)]
    faults = Faults(script=(Fault(route="batches.results", cut=cut, times=2),))
    with world(tmp_path, faults) as run:
        runner = asyncio.run(run.run(requests))
        run.assert_conserved(requests)
        assert run.paid() == {1: 80}
        assert len(runner.answers) == 80
        assert len(run.server.accepted_batches) == 1


def test_an_invalid_request_fails_alone(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(10)] + [ask(10, text=" ")]
    requests.append(ask(11).model_copy(update={"max_tokens": 10**7, "id": "f" * 40}))
    with world(tmp_path) as run:
        runner = asyncio.run(run.run(requests))
        recorded = run.recorded()
        assert len(recorded) == 12
        assert "max_tokens" in (recorded["f" * 40].error or "")
        assert len(runner.failures) <= 2
        assert len(run.server.accepted_batches) == 1


def test_a_request_too_large_for_any_batch_fails(tmp_path: Path) -> None:
    half = ask(3).model_copy(update={"blocks": (Block(text="half a pair \ud800"),)})
    requests = [ask(1), ask(2, text="long " * 2000), half]
    with world(tmp_path) as run:
        runner = asyncio.run(run.run(requests, limits=Limits(bytes=5000)))
        told = {request.index: failure.message for request, failure in runner.failures}
        assert told.keys() == {2, 3}
        assert "a batch holds 5,000" in told[2]
        assert "surrogate" in told[3]
        assert run.paid() == {1: 1}


def test_a_server_with_smaller_limits_gets_smaller_batches(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(64)]
    with world(tmp_path, limits=ServerLimits(batch_requests=10)) as run:
        asyncio.run(run.run(requests))
        run.assert_conserved(requests)
        assert run.paid() == {1: 64}
        assert max(batch.size for batch in run.server.books.batches) <= 10


def test_results_in_lines_that_other_splitters_would_break(tmp_path: Path) -> None:
    requests = [ask(number, text=f"Line\u2028{number}\u0085end\x0b.") for number in range(5)]
    with world(tmp_path) as run:
        asyncio.run(run.run(requests))
        run.assert_conserved(requests)


def test_a_result_of_more_than_five_megabytes_fails_its_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results.lines, "__defaults__", (1200,))
    requests = [ask(1), ask(2, text="say much. " * 400), ask(3)]
    with world(tmp_path) as run:
        runner = asyncio.run(run.run(requests))
        assert [request.index for request, _ in runner.failures] == [2]
        assert len(run.server.accepted_batches) == 1
        assert run.paid() == {1: 3}


def test_two_thousand_documents_with_everything_at_once(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(2000)]
    script = (Fault(route="batches.results", cut=100_000),)
    faults = Faults(script, errored=0.05, expired=0.05, foreign=0.01, doubled=0.01, shuffled=True, seed=11)

    async def story(run: World) -> None:
        # Killed again and again, each time after some answers of which the last are not recorded.
        for after in (1, 300, 700):
            await run.run(requests, kill_after=after)
        await run.run(requests)

    with world(tmp_path, faults) as run:
        asyncio.run(story(run))
        run.assert_conserved(requests)
        counts = run.log.fate_counts()
        failed = [one for one in run.recorded().values() if one.error]
        assert all("no answer from 5 batches" in (one.error or "") for one in failed)
        assert counts[Fate.recorded] == 2000 - len(failed)
        assert sum(batch.size for batch in run.server.books.batches) == sum(counts.values())
        assert run.paid() == {1: 2000 - len(failed)}
        assert list(run.ledger.damage()) == []


def test_five_batches_without_an_answer_are_enough(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(3)]
    with world(tmp_path, Faults(expired=1.0)) as run:
        runner = asyncio.run(run.run(requests))
        assert len(run.server.accepted_batches) == 5
        assert [failure.message for _, failure in runner.failures] == [
            "no answer from 5 batches; the last: expired"
        ] * 3
        assert run.paid() == {}
        run.assert_conserved(requests)


def test_results_that_stop_early_without_a_word_are_not_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [ask(number) for number in range(30)]
    whole = BatchServer.results
    reads = []

    async def short(server: BatchServer, batch_id: str) -> AsyncIterator[bytes]:
        raw = b"".join([piece async for piece in whole(server, batch_id)])
        reads.append(batch_id)
        yield raw if len(reads) > 1 else b"\n".join(raw.split(b"\n")[:20]) + b"\n"

    monkeypatch.setattr(BatchServer, "results", short)
    with world(tmp_path) as run:
        asyncio.run(run.run(requests))
        run.assert_conserved(requests)
        assert len(run.server.accepted_batches) == 1
        assert run.paid() == {1: 30}


def test_what_was_handed_out_is_not_handed_out_again_before_it_is_recorded(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(500)]
    faults = Faults(script=(Fault(route="batches.results", cut=150_000, times=2),))
    with world(tmp_path, faults) as run:
        runner = asyncio.run(run.run(requests, hours=2, records=False))
        assert len(runner.answers) == 500
        assert run.server.books.served["batches.results"] >= 3


def test_no_more_answers_are_handed_out_than_are_recorded_in_time(tmp_path: Path) -> None:
    requests = [ask(number) for number in range(200)]
    with world(tmp_path) as run:
        runner = asyncio.run(run.run(requests, ahead=10))
        run.assert_conserved(requests)
        assert runner.peak == 11
