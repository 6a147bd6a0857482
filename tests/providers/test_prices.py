"""What a call costs, and what it can cost at most."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdf.errors import RecipeError
from sdf.providers import prices
from sdf.providers.prices import (
    PICO,
    Band,
    Entry,
    Price,
    at_most,
    cost,
    nearest,
    price_of,
    prompt_bound,
    rates,
    table,
    token_bound,
    worst_case,
)
from sdf.recipe import PriceChoice
from sdf.records import Block, Request, Usage

TODAY = date(2026, 11, 22)
HAIKU, SONNET, FABLE = (f"anthropic:claude-{name}" for name in ("haiku-5-5", "sonnet-5-5", "fable-5-2"))


def shipped(model: str) -> Price:
    price = price_of(model, {}, TODAY)
    assert price is not None
    return price


def test_a_million_tokens_cost_what_the_table_says() -> None:
    sonnet = shipped(SONNET)
    million = 10**6
    assert cost(sonnet, Usage(input=million), batch=False) == 2 * PICO
    assert cost(sonnet, Usage(output=million), batch=False) == 10 * PICO
    assert cost(sonnet, Usage(cache_read=million), batch=False) == PICO // 10
    assert cost(sonnet, Usage(cache_write=million), batch=False) == 5 * PICO // 2
    assert cost(sonnet, Usage(cache_write_1h=million), batch=True) == 2 * PICO
    mixed = Usage(input=1200, output=900, cache_read=5000)
    assert cost(sonnet, mixed, batch=True) == round((1200 * 2 + 900 * 10 + 5000 * 0.1) / 2 * 10**6)


def test_a_long_prompt_costs_more_however_it_was_billed() -> None:
    haiku = shipped(HAIKU)
    at_the_edge = Usage(input=1, cache_read=99_999, output=100)
    beyond = Usage(input=2, cache_read=99_999, output=100)
    assert cost(haiku, at_the_edge, batch=False) == 1 * 100_000 + 99_999 * 10_000 + 100 * 500_000
    assert cost(haiku, beyond, batch=False) == 5 * (2 * 100_000 + 99_999 * 10_000 + 100 * 500_000)


def test_of_several_bands_the_highest_reached_holds() -> None:
    price = Price(input=1, output=1, bands=(Band(above=200, input=3, output=1.5), Band(above=100, input=2, output=1)))
    assert [rates(price, size, batch=False)[:2] for size in (100, 101, 201)] == [  # type: ignore[index]
        (10**6, 10**6),
        (2 * 10**6, 10**6),
        (3 * 10**6, 1_500_000),
    ]


def test_an_unknown_model_has_no_price_and_costs_nothing_known() -> None:
    unknown = price_of("anthropic:claude-sonet-5-5", {}, TODAY)
    assert unknown is None
    assert cost(unknown, Usage(input=5), batch=False) is None
    assert price_of("files:out@claude-sonnet-5-5", {}, TODAY) is None
    assert price_of("openai:local", {}, TODAY) is None


def test_offline_is_free() -> None:
    assert cost(shipped("offline"), Usage(input=10**9, output=10**9, cache_write_1h=5), batch=True) == 0


def test_nearest_names() -> None:
    assert nearest("anthropic:claude-sonet-5-5")[0] == SONNET
    assert nearest("claude-haiku-5.5")[0] == HAIKU
    assert nearest("something else") == []


def test_a_figure_that_the_table_lacks_leaves_that_cost_unknown_but_bounded() -> None:
    fable = shipped(FABLE)
    assert cost(fable, Usage(input=10, output=10), batch=False) == 480 * 10**6
    cached = Usage(input=10, cache_read=10, cache_write=10)
    assert cost(fable, cached, batch=False) is None
    assert at_most(fable, cached, batch=False) == (10 * 8 + 10 * 8 + 10 * 16) * 10**6
    nobatch = Price(input=1, output=1)
    assert cost(nobatch, Usage(input=1), batch=True) is None
    assert at_most(nobatch, Usage(input=1), batch=True) == 10**6


def test_a_recipe_changes_single_figures() -> None:
    changed = price_of(SONNET, {SONNET: PriceChoice(output=8, batch=0.4)}, TODAY)
    assert changed == shipped(SONNET).model_copy(update={"output": 8, "batch": 0.4})
    # What an override does not touch stays: a long prompt costs five times the recipe's figure.
    haiku = price_of(HAIKU, {HAIKU: PriceChoice(input=0.2)}, TODAY)
    assert cost(haiku, Usage(input=100_001), batch=False) == 100_001 * 10**6


def test_a_recipe_prices_an_unknown_model_whole() -> None:
    local = price_of("openai:local", {"openai:local": PriceChoice(input=0, output=0)}, TODAY)
    assert cost(local, Usage(input=7, output=7), batch=False) == 0
    with pytest.raises(RecipeError, match=r'\[prices\."openai:local"\].*priced in part: `output` missing'):
        price_of("openai:local", {"openai:local": PriceChoice(input=1)}, TODAY)
    with pytest.raises(RecipeError, match="`input` and `output` missing"):
        price_of("openai:local", {"openai:local": PriceChoice(batch=0.5)}, TODAY)
    with pytest.raises(RecipeError, match="`input = inf` is no price"):
        price_of(SONNET, {SONNET: PriceChoice(input=float("inf"))}, TODAY)


def test_entries_hold_from_their_day_until_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = tuple(
        Entry(model="m:x", effective=day, source="", price=Price(input=dollars, output=1))
        for day, dollars in ((date(2027, 3, 1), 4), (date(2027, 1, 1), 2))
    )
    monkeypatch.setattr(prices, "table", lambda: rows)
    found = [price_of("m:x", {}, date(2027, month, day)) for month, day in ((1, 1), (2, 28), (3, 1))]
    assert [price and price.input for price in found] == [2, 2, 4]
    assert price_of("m:x", {}, date(2026, 12, 31)) is None


def test_the_shipped_table_is_sound() -> None:
    assert len({(entry.model, entry.effective) for entry in table()}) == len(table())
    for entry in table():
        price = entry.price
        assert entry.model.startswith("anthropic:claude-")
        assert entry.source
        assert price.input < price.output
        # The bound on writes whose price is not known must hold for those that are.
        assert max(price.cache_write or 0, price.cache_write_1h or 0) <= 2 * price.input
        assert (price.cache_read or 0) <= price.input


figures = st.floats(min_value=0, max_value=100)
unsure = st.none() | figures
some_prices = st.builds(
    Price,
    input=figures,
    output=figures,
    cache_read=unsure,
    cache_write=unsure,
    cache_write_1h=unsure,
    batch=st.none() | st.floats(min_value=0, max_value=1),
    bands=st.lists(
        st.builds(
            Band,
            above=st.integers(0, 5000),
            input=st.floats(min_value=0.1, max_value=9),
            output=st.floats(min_value=0.1, max_value=9),
        ),
        max_size=3,
        unique_by=lambda band: band.above,
    ).map(tuple),
)
counts = st.integers(0, 3000)


@given(
    some_prices | st.sampled_from([entry.price for entry in table()]),
    st.builds(Usage, input=counts, output=counts, cache_read=counts, cache_write=counts, cache_write_1h=counts),
    st.integers(0, 100_000),
    st.integers(0, 1000),
    st.booleans(),
)
def test_no_usage_within_the_bound_costs_more_than_the_worst_case(
    price: Price, usage: Usage, shorter: int, unused: int, batch: bool
) -> None:
    prompt = usage.input + usage.cache_read + usage.cache_write + usage.cache_write_1h + shorter
    worst = worst_case(price, prompt, usage.output + unused, batch=batch)
    most = at_most(price, usage, batch=batch)
    known = cost(price, usage, batch=batch)
    assert most <= worst
    assert known is None or known == most


def test_the_worst_case_is_not_far_fetched() -> None:
    # One call at the worst: 10,000 tokens written to the cache for an hour, 2,000 out.
    assert worst_case(shipped(SONNET), 10_000, 2000, batch=True) == (10_000 * 2 + 2000 * 5) * 10**6


def test_a_prompt_is_bounded_by_its_bytes() -> None:
    assert token_bound("") == 0
    assert token_bound("people rely on it") == 9
    assert token_bound("X9!\n") == 4
    assert token_bound("诚实") == 6
    assert token_bound("\ud800") == 3


def test_a_request_is_bounded_with_its_schema_and_what_is_put_round_it() -> None:
    request = Request(
        id="r",
        series="base",
        index=0,
        attempt=0,
        stage="judge",
        genre="essay",
        model=SONNET,
        blocks=(Block(text="one two", cache=True), Block(text="three")),
        max_tokens=100,
        output_schema={"type": "object"},
    )
    assert prompt_bound(request) == 4 + 3 + len('{"type": "object"}') + prices.OVERHEAD
    assert prompt_bound(request.model_copy(update={"output_schema": None})) == 7 + prices.OVERHEAD
