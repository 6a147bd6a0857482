"""What a call costs: the shipped table, a recipe's own figures, and the most that can become due.

Amounts are whole 10^-12 dollars, so that sums have no order. What is not known is not
free: a model without a price has None for a price, and a call whose usage holds a kind
of token without a price has None for a cost.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from sdf.errors import RecipeError
from sdf.recipe import PriceChoice
from sdf.records import Record, Request, Usage

PICO = 10**12
"""Parts of a dollar that amounts are counted in."""

OFFLINE = "offline"
OVERHEAD = 600
"""Tokens that a provider may put round our text: roles, separators, its words on an answer's schema."""

_TABLE = Path(__file__).with_name("prices.toml")
_DEAREST_WRITE = 2.0
_DEAREST_FIGURE = 1_000_000
_PROSE = bytes(range(ord("a"), ord("z") + 1)) + b" "


class Band(Record):
    """Long prompts cost more: above so many tokens of prompt, all of the call is multiplied.

    `input` multiplies every kind of input, cached or not.
    """

    above: int = Field(ge=0)
    input: float = Field(gt=0)
    output: float = Field(gt=0)


class Price(Record):
    """Dollars for a million tokens of one model; None is what is not known.

    `cache_write` is for five minutes, `cache_write_1h` for an hour; `batch` multiplies
    everything. `cache_min` is the shortest prefix that is cached, in tokens.
    """

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cache_read: float | None = Field(default=None, ge=0)
    cache_write: float | None = Field(default=None, ge=0)
    cache_write_1h: float | None = Field(default=None, ge=0)
    batch: float | None = Field(default=None, ge=0, le=1)
    bands: tuple[Band, ...] = ()
    cache_min: int | None = None


class Entry(Record):
    """A price of the table, valid from `effective` until the model's next entry."""

    model: str
    effective: date
    source: str
    price: Price


class Rates(NamedTuple):
    """10^-12 dollars a token by kind of usage, for one size of prompt; None is what is not known."""

    input: int
    output: int
    cache_read: int | None
    cache_write: int | None
    cache_write_1h: int | None


_FREE = Price(input=0, output=0, cache_read=0, cache_write=0, cache_write_1h=0, batch=1)


def price_of(model: str, overrides: Mapping[str, PriceChoice], on: date) -> Price | None:
    """The price of a model, as a recipe writes it, on a day; None when there is none.

    `overrides` are the recipe's `[prices]`: their figures go before the table's one by
    one, and bands stay on top of them. A model that the table does not know, or did not
    yet know on that day, may be priced whole: `input` and `output` at least. The offline
    provider is free; `files:` and servers of one's own have the price that the recipe
    gives them, and no other.

    Raises:
        RecipeError: the recipe prices only part of a model that the table does not have,
            or gives a figure that is no price.
    """
    given = _given(model, overrides[model]) if model in overrides else None
    known = _FREE if model == OFFLINE else _on(table(), model, on)
    if given is None:
        return known
    if known is not None:
        return known.model_copy(update=given)
    missing = [f"`{key}`" for key in ("input", "output") if key not in given]
    if missing:
        raise RecipeError(
            f"{model} is priced in part: {' and '.join(missing)} missing",
            where=f'[prices."{model}"]',
            hint=f"Add {' and '.join(missing)}, in dollars for a million tokens.",
        )
    return Price.model_validate(given)


def nearest(model: str) -> list[str]:
    """Models of the table whose names come near, the nearest first; for messages about an unknown one."""
    known = {entry.model: None for entry in table()}
    bare = {name.partition(":")[2]: name for name in known}
    found = difflib.get_close_matches(model, known, n=3, cutoff=0.6)
    found += [bare[name] for name in difflib.get_close_matches(model.rpartition(":")[2], bare, n=3, cutoff=0.6)]
    return list(dict.fromkeys(found))[:3]


def rates(price: Price, prompt: int, *, batch: bool) -> Rates | None:
    """What each kind of token costs in a call with `prompt` tokens of input, cached ones included.

    None when it goes by batch and the price of batches is not known.
    """
    share = price.batch if batch else 1.0
    return None if share is None else _rates(price, prompt, share)


def cost(price: Price | None, usage: Usage, *, batch: bool) -> int | None:
    """What a call cost in 10^-12 dollars; None when any part of it has no price."""
    found = rates(price, _prompt(usage), batch=batch) if price else None
    if found is None:
        return None
    total = 0
    for rate, count in zip(found, _counts(usage), strict=True):
        if rate is None and count:
            return None
        total += (rate or 0) * count
    return total


def at_most(price: Price, usage: Usage, *, batch: bool) -> int:
    """The most that a call can have cost: as `cost`, with a bound for the parts that have no price.

    A read from the cache is never dearer than input, a write never dearer than twice
    the input (the hour's rate of every model in the table), a batch never dearer than
    calls one by one.
    """
    bounds = _bounds(price, _prompt(usage), batch)
    return sum(rate * count for rate, count in zip(bounds, _counts(usage), strict=True))


def worst_case(price: Price, prompt: int, max_tokens: int, *, batch: bool) -> int:
    """The most that a call can come to in 10^-12 dollars, before it is sent.

    `prompt` is a bound on its tokens of input, from `prompt_bound`. All of it is taken
    at the dearest kind, `max_tokens` (which thinking counts towards) as output, and of
    the price's bands the dearest that such a prompt can reach.
    """
    reached = [0, *(band.above + 1 for band in price.bands if band.above < prompt)]
    worst = 0
    for size in reached:
        plain, out, *cached = _bounds(price, size, batch)
        worst = max(worst, prompt * max(plain, *cached) + max_tokens * out)
    return worst


def prompt_bound(request: Request) -> int:
    """A bound on the tokens of input of a request: its blocks, its schema and what is put round them."""
    schema = len(json.dumps(request.output_schema)) if request.output_schema else 0
    return sum(token_bound(block.text) for block in request.blocks) + schema + OVERHEAD


@lru_cache(maxsize=256)
def token_bound(text: str) -> int:
    """A bound on the tokens of a text in a prompt.

    One token a byte of UTF-8 is the bound that needs no assumption, and three times too
    large. Here every byte that is no small ASCII letter or space counts as a token
    (capitals, digits, punctuation, line breaks and all other scripts), and of small
    letters and spaces every second one. Under the published tokenizer of older Claude
    models, prompts and constitutions come to 4.2 bytes a token and stay 2.2 times below
    the bound; newer ones count some 30 % more, which leaves 1.7. What prompts do not
    consist of stays below it too (base64, hexadecimal digits, Chinese, JSON), but for
    long runs of small letters in no order, which reach 1.9 bytes a token.
    """
    data = text.encode("utf-8", "surrogatepass")
    others = len(data.translate(None, _PROSE))
    return others + (len(data) - others + 1) // 2


@cache
def table() -> tuple[Entry, ...]:
    """The shipped prices, in the order of the file."""
    rows = tomllib.loads(_TABLE.read_text(encoding="utf-8"))["entry"]
    return tuple(_entry(row) for row in rows)


def _entry(row: Mapping[str, Any]) -> Entry:
    about = {key: row[key] for key in ("model", "effective", "source")}
    return Entry(**about, price=Price.model_validate({key: row[key] for key in row.keys() - about.keys()}))


def _on(entries: Iterable[Entry], model: str, day: date) -> Price | None:
    begun = [entry for entry in entries if entry.model == model and entry.effective <= day]
    return max(begun, key=lambda entry: entry.effective).price if begun else None


def _given(model: str, choice: PriceChoice) -> dict[str, float]:
    given: dict[str, float] = choice.model_dump(exclude_none=True)
    for key, figure in given.items():
        if figure > _DEAREST_FIGURE:
            raise RecipeError(
                f"`{key} = {figure}` is no price",
                where=f'[prices."{model}"]',
                hint=f"Prices are dollars for a million tokens, up to {_DEAREST_FIGURE:,}.",
            )
    return given


def _rates(price: Price, prompt: int, share: float) -> Rates:
    band = max((band for band in price.bands if prompt > band.above), key=lambda band: band.above, default=None)
    into, out = (band.input, band.output) if band else (1.0, 1.0)

    def rate(dollars: float) -> int:
        return round(dollars * share * into * (PICO / 10**6))

    return Rates(
        input=rate(price.input),
        output=round(price.output * share * out * (PICO / 10**6)),
        cache_read=None if price.cache_read is None else rate(price.cache_read),
        cache_write=None if price.cache_write is None else rate(price.cache_write),
        cache_write_1h=None if price.cache_write_1h is None else rate(price.cache_write_1h),
    )


def _bounds(price: Price, prompt: int, batch: bool) -> tuple[int, ...]:
    """As `_rates`, in the order of `Rates`, with a bound in place of what is not known."""
    found = _rates(price, prompt, price.batch if batch and price.batch is not None else 1.0)
    write = round(found.input * _DEAREST_WRITE)
    unknown = (found.input, found.output, found.input, write, write)
    return tuple(bound if rate is None else rate for rate, bound in zip(found, unknown, strict=True))


def _prompt(usage: Usage) -> int:
    return usage.input + usage.cache_read + usage.cache_write + usage.cache_write_1h


def _counts(usage: Usage) -> tuple[int, ...]:
    return usage.input, usage.output, usage.cache_read, usage.cache_write, usage.cache_write_1h
