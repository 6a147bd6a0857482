"""`sdf plan`: the principle × genre table before anything is spent."""

from __future__ import annotations

from typing import Any

import click

from sdf.cli import console
from sdf.cli.inputs import Inputs, batch_option, input_options, parse_tokens, read_inputs, size_options
from sdf.plan.table import PlanTable, documents_for_tokens, plan_table
from sdf.providers.prices import nearest, table
from sdf.run.estimate import ATTEMPTS, BATCH_HITS, BYTES_PER_TOKEN, REALTIME_HITS, Estimate, Range, estimate
from sdf.run.setup import Setup

DEFAULT_N = 1000


@click.command("plan")
@size_options
@input_options
@batch_option
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(number: int | None, tokens: str | None, as_json: bool, **inputs: Any) -> None:
    """Show who gets how many documents and tokens, and the price range. Spends nothing."""
    setup = read_inputs(Inputs(**inputs))
    counted = plan_table(setup.plan, wanted(setup, number, tokens))
    priced = estimate(setup, counted.n, batch=setup.recipe.run.batch)
    if as_json:
        console.result_json({**counted.model_dump(mode="json"), "estimate": priced.model_dump(mode="json")})
        return
    show(setup, counted)
    show_price(setup, priced)


def wanted(setup: Setup, number: int | None, tokens: str | None, default: int = DEFAULT_N) -> int:
    """The number of documents that `-n` or `--tokens` asks for."""
    if number is not None and tokens is not None:
        raise click.UsageError("give -n or --tokens, not both")
    if tokens is not None:
        return documents_for_tokens(setup.plan, parse_tokens(tokens))
    return number or default


def show(setup: Setup, counted: PlanTable) -> None:
    """Print the principle × genre table and the genres' shares."""
    names = [row.genre for row in counted.genres]
    grid: dict[str, dict[str, int]] = {p.id: dict.fromkeys(names, 0) for p in setup.teachable}
    pairs = dict.fromkeys(names, 0)
    for key, documents in counted.cells.items():
        ids, _, genre = key.rpartition("/")
        if "+" in ids:
            pairs[genre] += documents
        else:
            grid[ids][genre] += documents
    rows = [(pid, *by_genre.values(), sum(by_genre.values())) for pid, by_genre in grid.items()]
    if any(pairs.values()):
        rows.append(("(two in tension)", *pairs.values(), sum(pairs.values())))
    rows.append(("all", *(row.documents for row in counted.genres), counted.n))
    console.table(("documents", *names, "all"), rows)
    console.result()
    console.table(
        ("genre", "documents", "tokens", "share of tokens"),
        [(row.genre, row.documents, row.tokens, f"{row.share:.1%}") for row in counted.genres],
    )
    console.result(
        f"\n{counted.n:,} documents, about {counted.tokens:,} tokens, written by {setup.recipe.models.writer}. "
        f"{counted.per_premise:.1f} documents fall on each principle and form."
    )


def show_price(setup: Setup, priced: Estimate) -> None:
    """Print what each stage takes, in tokens and dollars, and what the range assumes."""
    if priced.offline:
        console.result("offline: nothing is sent")
        return
    rows = [
        (row.stage, row.model, _span(row.requests), _span(row.input), _span(row.output), _usd(row.usd))
        for row in priced.stages
    ]
    console.result()
    console.table(
        ("stage", "model", "requests", "tokens in", "tokens out", "dollars"),
        [*rows, ("all", "", "", "", "", _usd(priced.usd))],
    )
    if priced.per_million:
        console.result(f"\n{_usd(priced.per_million)} dollars for a million accepted tokens.")
    for model in priced.unpriced:
        console.result(f"\n{_unpriced(model, priced.batch, model in setup.recipe.prices)}")
    console.result(_assumed(setup, priced))


def _assumed(setup: Setup, priced: Estimate) -> str:
    most, least = BYTES_PER_TOKEN
    low, high = BATCH_HITS if priced.batch else REALTIME_HITS
    models = setup.recipe.models
    thinking = models.thinking + (f" at {models.effort} effort" if models.effort else "")
    uncached = f" (none for {', '.join(priced.uncached)}: no cache prices)" if priced.uncached else ""
    return (
        f"The range assumes {'batches' if priced.batch else 'one call at a time'}, {least} to {most} bytes a token, "
        f"{ATTEMPTS[0]:g} to {ATTEMPTS[1]:g} attempts a document, {high:.0%} to {low:.0%} of prefixes read from the "
        f"cache{uncached}, thinking {thinking}."
    )


def _unpriced(model: str, batch: bool, given: bool) -> str:
    if given or (batch and model in {entry.model for entry in table()}):
        return f'{model} is unpriced: it has no price for batches. Add `batch = ...` under [prices."{model}"].'
    near = nearest(model)
    known = f" Known near it: {', '.join(near)}." if near else ""
    return f'{model} is unpriced: give it `input` and `output` under [prices."{model}"].{known}'


def _usd(span: Range | None) -> str:
    """A range of dollars."""
    return "unpriced" if span is None else f"{_dollars(span.low)} - {_dollars(span.high)}"


def _dollars(amount: float) -> str:
    """Dollars to the cent, above a thousand to the dollar; below a cent, two digits that count."""
    if amount >= 1000:
        return f"{amount:,.0f}"
    return f"{amount:.2f}" if amount >= 0.01 or not amount else f"{amount:.2g}"


def _span(span: Range) -> str:
    return f"{_short(span.low)} - {_short(span.high)}"


def _short(count: float) -> str:
    """A count in at most four characters and a unit."""
    for size, unit in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e4, "k")):
        if count >= size:
            scaled = count / (1e3 if unit == "k" else size)
            return f"{scaled:,.0f}{unit}" if scaled >= 10 else f"{scaled:.1f}{unit}"
    return f"{count:,.0f}"
