"""What a plan will cost, before anything is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sdf.plan.table import plan_table
from sdf.providers import prices
from sdf.providers.prices import Band, Entry, Price
from sdf.records import Request
from sdf.run.estimate import ATTEMPTS, BYTES_PER_TOKEN, LEAST, SAMPLE, Estimate, estimate
from sdf.run.setup import Setup

MakeSetup = Callable[..., Setup]
SONNET, HAIKU = "anthropic:claude-sonnet-5-5", "anthropic:claude-haiku-5-5"
LOCAL = "openai:local"
TODAY = date(2026, 11, 22)


def priced(setup: Setup, n: int = 100, *, batch: bool = False, on: date = TODAY) -> Estimate:
    return estimate(setup, n, batch=batch, on=on)


def both(writer: str, judge: str | None = None, **more: Any) -> Mapping[str, Any]:
    return {"writer": writer, "judge": judge or writer, **more}


class Counting:
    """Counts the requests that are rendered, by genre."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self.genres: Counter[str] = Counter()
        self.prompts: list[Request] = []

    def request(self, *asked: Any) -> Request:
        request = self._setup.requests.request(*asked)
        self.genres[request.genre] += 1
        self.prompts.append(request)
        return request


def counted(setup: Setup) -> tuple[Setup, Counting]:
    counting = Counting(setup)
    return replace(setup, requests=counting), counting  # type: ignore[arg-type]


def test_a_plan_has_its_price(make_setup: MakeSetup) -> None:
    setup = make_setup(models=both(SONNET, HAIKU))
    found = priced(setup, 1000)
    assert [(row.stage, row.model) for row in found.stages] == [
        ("premise", SONNET),
        ("draft", SONNET),
        ("rewrite", SONNET),
        ("judge", HAIKU),
    ]
    assert found.usd is not None
    assert found.per_million is not None
    assert 10 < found.usd.low < found.usd.high < 500
    assert found.usd.high == pytest.approx(sum(row.usd.high for row in found.stages if row.usd))
    assert found.per_million.low == pytest.approx(found.usd.low * 1e6 / found.tokens)
    assert found.stages[0].requests.low == pytest.approx(1000)
    assert found.stages[0].requests.high == pytest.approx(1000 * ATTEMPTS[1])
    # Both count the same documents: the plan one by one, the estimate by shares.
    assert found.tokens == pytest.approx(plan_table(setup.plan, 1000).tokens, rel=0.01)


def test_tokens_come_from_the_prompts_that_will_be_sent(make_setup: MakeSetup) -> None:
    setup, counting = counted(make_setup("essay", "parable", models=both(LOCAL)))
    found = priced(setup, 5)
    sent = [request for request in counting.prompts if request.stage == "premise"]
    assert [request.index for request in sent] == list(range(5))
    size = sum(len(block.text.encode()) for request in sent for block in request.blocks)
    assert found.stages[0].input.low == pytest.approx(size / BYTES_PER_TOKEN[0])
    assert found.stages[0].input.high == pytest.approx(size / BYTES_PER_TOKEN[1] * ATTEMPTS[1])


def test_later_stages_see_a_draft_of_the_right_length(make_setup: MakeSetup) -> None:
    setup, counting = counted(make_setup("essay", models=both(LOCAL)))
    priced(setup, 3)
    expected = setup.catalogue.genre("essay").expected_words
    drafts = [request.variables["document"] for request in counting.prompts if request.stage == "rewrite"]
    assert [len(draft.split()) for draft in drafts] == [round(expected)] * 3


def test_dollars_are_tokens_times_rates(make_setup: MakeSetup) -> None:
    given = {LOCAL: {"input": 3, "output": 7}}
    found = priced(make_setup("essay", models=both(LOCAL), prices=given))
    for row in found.stages:
        assert row.usd is not None
        assert row.usd.low == pytest.approx((row.input.low * 3 + row.output.low * 7) / 1e6, rel=1e-5)
        assert row.usd.high == pytest.approx((row.input.high * 3 + row.output.high * 7) / 1e6, rel=1e-5)
    assert found.uncached == (LOCAL,)


def test_ten_million_documents_are_sampled(make_setup: MakeSetup) -> None:
    setup, counting = counted(make_setup(models=both(SONNET)))
    many, some = priced(setup, 10**7), priced(setup, 10**5)
    assert many.usd is not None
    assert some.usd is not None
    assert many.usd.high == pytest.approx(100 * some.usd.high)
    stages = 4
    assert counting.genres.total() <= 2 * stages * (SAMPLE + LEAST * len(setup.catalogue.genres))


def test_a_rare_genre_is_in_the_sample(make_setup: MakeSetup) -> None:
    setup, counting = counted(make_setup(models=both(LOCAL), genres={"essay": 99.5, "parable": 0.5}))
    assert priced(setup, 10_000).stages[0].requests.low == pytest.approx(10_000)
    premises = Counter(request.genre for request in counting.prompts if request.stage == "premise")
    assert premises["parable"] == LEAST
    assert premises["essay"] >= SAMPLE - LEAST


def test_the_cache_makes_it_cheaper_and_missing_it_dearer(make_setup: MakeSetup) -> None:
    plain = {LOCAL: {"input": 2, "output": 10, "batch": 0.5}}
    for batch in (False, True):
        cached = priced(make_setup("essay", models=both(SONNET)), 1000, batch=batch)
        uncached = priced(make_setup("essay", models=both(LOCAL), prices=plain), 1000, batch=batch)
        assert cached.usd is not None
        assert uncached.usd is not None
        assert cached.usd.low < 0.6 * uncached.usd.low
        # Seven of ten prompts of a batch may miss, and each pays for an hour's write.
        assert (cached.usd.high > uncached.usd.high) is batch


def test_the_first_prompt_of_a_genre_is_never_in_the_cache(make_setup: MakeSetup) -> None:
    setup = make_setup("essay", models=both(SONNET))
    one, plain = priced(setup, 1), make_setup("essay", models=both(LOCAL), prices={LOCAL: {"input": 2.5, "output": 10}})
    alone = priced(plain, 1)
    assert one.usd is not None
    assert alone.usd is not None
    # The prefix is written at 2.50; only what follows it costs 2.
    assert 0.9 * alone.usd.low < one.usd.low < alone.usd.low


def test_a_long_prompt_is_priced_by_its_band(make_setup: MakeSetup, monkeypatch: pytest.MonkeyPatch) -> None:
    price = Price(input=1, output=0, bands=(Band(above=100, input=5, output=1),))
    rows = (Entry(model="m:x", effective=TODAY, source="", price=price),)
    monkeypatch.setattr(prices, "table", lambda: rows)
    found = priced(make_setup("essay", models=both("m:x")), 10)
    assert found.usd is not None
    assert found.usd.low == pytest.approx(5 * sum(row.input.low for row in found.stages) / 1e6, rel=1e-4)


def test_thinking_widens_the_range_up_to_the_limit_of_a_stage(make_setup: MakeSetup) -> None:
    off = priced(make_setup("essay", models=both(SONNET)))
    some = priced(make_setup("essay", models=both(SONNET, thinking="adaptive", effort="medium")))
    most = priced(make_setup("essay", models=both(SONNET, thinking="adaptive", effort="max")))
    draft = [found.stages[1].output for found in (off, some, most)]
    assert draft[0].low < draft[1].low < draft[2].low
    assert draft[0].high < draft[1].high < draft[2].high
    limit = make_setup("essay").catalogue.genre("essay").stages[1].max_tokens
    assert draft[2].high == pytest.approx(100 * ATTEMPTS[1] * limit)


def test_what_has_no_price_is_unpriced_and_counted_in_tokens(make_setup: MakeSetup) -> None:
    found = priced(make_setup("essay", models=both(SONNET, LOCAL)))
    assert found.unpriced == (LOCAL,)
    assert found.usd is None
    assert found.per_million is None
    assert [row.usd is None for row in found.stages] == [False, False, False, True]
    assert found.stages[3].input.low > 0


def test_a_price_holds_from_its_day_and_for_its_road(make_setup: MakeSetup) -> None:
    setup = make_setup("essay", models=both(SONNET))
    assert priced(setup, on=date(2026, 11, 20)).unpriced == (SONNET,)
    plain = make_setup("essay", models=both(LOCAL), prices={LOCAL: {"input": 1, "output": 1}})
    assert priced(plain, batch=False).unpriced == ()
    assert priced(plain, batch=True).unpriced == (LOCAL,)


def test_offline_nothing_is_sent(make_setup: MakeSetup) -> None:
    found = priced(make_setup("essay"))
    assert found.offline
    assert found.usd is not None
    assert found.usd.high == 0
    judged = priced(make_setup("essay", models=both("offline", HAIKU)))
    assert [row.stage for row in judged.stages] == ["judge"]
    written = priced(make_setup("essay", models=both(HAIKU, "offline")))
    assert [row.stage for row in written.stages] == ["premise", "draft", "rewrite"]
