"""What a plan will cost, as a range: a sample of its prompts is rendered, and no brief beyond it.

Prompts are the real ones; where a stage sees earlier answers, stand-ins of the right
length stand in. Five things are not known before the answers are there, and each has a
low and a high: bytes a token, words and thinking of an answer, how much of a prompt
comes from the provider's cache, and how many attempts an accepted document takes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import cycle, islice

from sdf.genres.pack import Genre, Stage
from sdf.plan.briefs import Plan
from sdf.plan.table import TOKENS_PER_WORD
from sdf.providers.prices import OFFLINE, PICO, Price, price_of, rates
from sdf.records import Brief, Record, Request, Response, StopReason
from sdf.run.chain import Chain
from sdf.run.setup import Setup

SAMPLE, LEAST = 72, 2
"""Briefs that are rendered, and how many of each genre at least."""

BYTES_PER_TOKEN = (4.4, 2.7)
"""English prose under tokenizers of OpenAI's kind; and under Claude's since Opus 4.7, which
count a quarter more than those, and 30 % more again. Older ones of Claude give 4.2."""

WORD_TOKENS = (TOKENS_PER_WORD, TOKENS_PER_WORD * BYTES_PER_TOKEN[0] / BYTES_PER_TOKEN[1])

ATTEMPTS = (1.0, 1.6)
"""Judged pipelines accept 71 to 99 of 100; the rest is written again, some of it twice."""

BATCH_HITS, REALTIME_HITS = (0.98, 0.3), (0.99, 0.8)
"""Share of requests that find their prefix in the cache. In batches it is best effort; one
by one, a prefix is asked for again within five minutes, but many at once may all miss."""

ANSWER_WORDS = {"premise": (120, 220), "description": (100, 250), "review": (120, 500)}
OTHER_WORDS, JUDGEMENT_WORDS = (50, 400), (80, 300)
"""Words inside a tag; a premise comes with the situations it was chosen from."""

THINKING = {"low": (0, 1500), "medium": (200, 4000), "high": (400, 8000), "max": (800, 200_000)}
"""Tokens thought before an answer, by effort; a stage's limit holds for both together."""

Pair = tuple[float, float]


class Range(Record):
    """A low and a high figure."""

    low: float
    high: float


class StageCost(Record):
    """One stage's calls for all documents. `usd` is None without a price."""

    stage: str
    model: str
    requests: Range
    input: Range
    output: Range
    usd: Range | None


class Estimate(Record):
    """What `documents` accepted documents will take. Stages written offline are not among `stages`.

    `tokens` are those of the accepted documents, counted as the plan counts them;
    `per_million` is dollars for a million of them. `unpriced` are models without a price
    (for batches, when it goes by batch), `uncached` those whose cache prices are not
    known: every prompt is then counted in full.
    """

    documents: int
    batch: bool
    tokens: int
    stages: tuple[StageCost, ...]
    usd: Range | None
    per_million: Range | None
    unpriced: tuple[str, ...] = ()
    uncached: tuple[str, ...] = ()

    @property
    def offline(self) -> bool:
        """Whether nothing at all is sent."""
        return not self.stages


@dataclass(frozen=True)
class _Call:
    """A sampled request, how many of the plan's it speaks for, and its answer's tokens."""

    request: Request
    weight: float
    output: Pair


def estimate(setup: Setup, n: int, *, batch: bool, on: date | None = None) -> Estimate:
    """The range of tokens and dollars for `n` accepted documents, at the prices of a day (today).

    It takes as long for ten million documents as for a hundred.

    Raises:
        GenreError: a template cannot be rendered.
        RecipeError: the recipe's `[prices]` give part of a price only.
    """
    weighted = _sampled(setup.plan, n)
    calls = [call for brief, weight in weighted for call in _calls(setup, brief, weight)]
    day = on or date.today()
    prices = {model: price_of(model, setup.recipe.prices, day) for model in _models(calls)}
    priced = {model: price for model, price in prices.items() if price and rates(price, 0, batch=batch)}
    stages = tuple(
        _stage([call for call in calls if _row(call) == row], priced.get(row[1]), batch)
        for row in dict.fromkeys(map(_row, calls))
    )
    words = sum(setup.catalogue.genre(brief.cell.genre).expected_words * weight for brief, weight in weighted)
    tokens = round(words * TOKENS_PER_WORD)
    usd = _total([stage.usd for stage in stages])
    return Estimate(
        documents=n,
        batch=batch,
        tokens=tokens,
        stages=stages,
        usd=usd,
        per_million=usd and Range(low=usd.low * 1e6 / tokens, high=usd.high * 1e6 / tokens),
        unpriced=tuple(model for model in prices if model not in priced),
        uncached=tuple(model for model, price in priced.items() if _cache_rates(price, 0, batch) is None),
    )


def _sampled(plan: Plan, n: int) -> list[tuple[Brief, float]]:
    """Briefs of the plan's first `n`, each with the number of documents that it speaks for."""
    if n <= SAMPLE:
        return [(brief, 1.0) for brief in plan.briefs(0, n)]
    taken: dict[str, list[int]] = {row.cell.genre: [] for row in plan.cells}
    for index in range(min(n, 20 * SAMPLE)):
        of_genre = taken[plan.cells[plan.cell_number(index)].cell.genre]
        if index < SAMPLE or len(of_genre) < LEAST:
            of_genre.append(index)
    shares = dict.fromkeys(taken, 0.0)
    for number, row in enumerate(plan.cells):
        shares[row.cell.genre] += plan.share(number)
    # A genre too rare to be met leaves its share to the others.
    met = sum(shares[genre] for genre, indices in taken.items() if indices)
    return [
        (plan.brief(index), n * shares[genre] / met / len(indices))
        for genre, indices in taken.items()
        for index in indices
    ]


def _calls(setup: Setup, brief: Brief, weight: float) -> Iterator[_Call]:
    """The requests of one attempt at a brief that would be sent, with stand-ins for the answers."""
    chain = Chain(brief, setup.catalogue.genre(brief.cell.genre))
    while (stage := chain.stage) is not None:
        request = setup.requests.request(brief, stage, chain.outputs)
        if request.model != OFFLINE:
            yield _Call(request, weight, _answer_tokens(setup, chain.genre, stage))
        if stage.role == "judge":
            chain.stage_number += 1
            continue
        text = "".join(f"<{tag}>{_stand_in(setup, chain.genre, brief, tag)}</{tag}>" for tag in stage.tags)
        chain.take(Response(request_id=request.id, text=text, stop=StopReason.end, model=request.model), 0)


def _stand_in(setup: Setup, genre: Genre, brief: Brief, tag: str) -> str:
    """A text as long as the answer's, in the words of the brief's principle."""
    principle = next(p for p in setup.teachable if p.id == brief.cell.principle_ids[0])
    words = f"{principle.title} {principle.text}".replace("<", "").split()
    return " ".join(islice(cycle(words), round(sum(_tag_words(genre, tag)) / 2)))


def _tag_words(genre: Genre, tag: str) -> Pair:
    if tag == "document":
        return genre.expected_words, genre.expected_words
    return ANSWER_WORDS.get(tag, OTHER_WORDS)


def _answer_tokens(setup: Setup, genre: Genre, stage: Stage) -> Pair:
    models = setup.recipe.models
    words = [_tag_words(genre, tag) for tag in stage.tags] or [JUDGEMENT_WORDS]
    thought = THINKING[models.effort or "high"] if models.thinking == "adaptive" else (0, 0)
    low, high = (
        min(sum(pair[side] for pair in words) * WORD_TOKENS[side] + thought[side], stage.max_tokens) for side in (0, 1)
    )
    return low, high


def _row(call: _Call) -> tuple[str, str]:
    return call.request.stage, call.request.model


def _models(calls: Sequence[_Call]) -> list[str]:
    return list(dict.fromkeys(call.request.model for call in calls))


def _stage(calls: Sequence[_Call], price: Price | None, batch: bool) -> StageCost:
    """The row of the calls of one stage and model."""
    requests = _summed(calls, lambda _, __: 1.0)
    # The first request of a genre finds no prefix in the cache.
    most = max(0.0, 1 - len({call.request.genre for call in calls}) / requests.low)
    hits = [min(share, most) for share in (BATCH_HITS if batch else REALTIME_HITS)]
    return StageCost(
        stage=calls[0].request.stage,
        model=calls[0].request.model,
        requests=requests,
        input=_summed(calls, lambda call, side: sum(_input_tokens(call.request, side))),
        output=_summed(calls, lambda call, side: call.output[side]),
        usd=price and _summed(calls, lambda call, side: _dollars(price, call, side, hits[side], batch)),
    )


def _summed(calls: Sequence[_Call], figure: Callable[[_Call, int], float]) -> Range:
    low, high = (sum(figure(call, side) * call.weight for call in calls) * ATTEMPTS[side] for side in (0, 1))
    return Range(low=round(low, 6), high=round(high, 6))


def _input_tokens(request: Request, side: int) -> Pair:
    """The tokens of the prefix that is marked for the cache, and of the rest."""
    marked = max((number for number, block in enumerate(request.blocks, 1) if block.cache), default=0)
    sizes = [len(block.text.encode("utf-8", "surrogatepass")) for block in request.blocks]
    schema = len(json.dumps(request.output_schema)) if request.output_schema else 0
    return sum(sizes[:marked]) / BYTES_PER_TOKEN[side], (sum(sizes[marked:]) + schema) / BYTES_PER_TOKEN[side]


def _dollars(price: Price, call: _Call, side: int, hits: float, batch: bool) -> float:
    prefix, rest = _input_tokens(call.request, side)
    rate = rates(price, round(prefix + rest), batch=batch)
    if rate is None:
        return 0.0
    cached = _cache_rates(price, round(prefix + rest), batch)
    if cached and price.cache_min is not None and prefix >= price.cache_min:
        read, write = cached
        prefix_due = prefix * (hits * read + (1 - hits) * write)
    else:
        prefix_due = prefix * rate.input
    return (prefix_due + rest * rate.input + call.output[side] * rate.output) / PICO


def _cache_rates(price: Price, prompt: int, batch: bool) -> Pair | None:
    """What reading and writing the cache costs; batches keep it for an hour. None where one is not known."""
    rate = rates(price, prompt, batch=batch)
    write = rate and (rate.cache_write_1h if batch else rate.cache_write)
    return (rate.cache_read, write) if rate and rate.cache_read is not None and write is not None else None


def _total(parts: Sequence[Range | None]) -> Range | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return Range(low=sum(part.low for part in known), high=sum(part.high for part in known))
