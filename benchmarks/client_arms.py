"""One client in a process of its own: `python -m benchmarks.client_arms ARM URL`.

For every line with a number on its standard input it sends so many requests, and then
says the CPU seconds (user and system) that this took it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

Arm = Callable[[int, int], None]
"""Sends the requests from the first number to the second, and fails unless all are answered."""


@contextmanager
def ours(url: str) -> Iterator[Arm]:
    """The runner with its lane, sender, purse and ledger, put together as a run puts them together."""
    from benchmarks.client_work import CONCURRENCY, KEY, MODEL, record, requests
    from sdf.genres.load import load_catalogue
    from sdf.providers.choose import Means, provider_for
    from sdf.providers.money import Money
    from sdf.recipe import Recipe
    from sdf.run.ledger import Ledger
    from sdf.run.spending import open_purse

    os.environ["ANTHROPIC_API_KEY"] = KEY
    recipe = Recipe.model_validate(
        {"endpoints": {"anthropic": {"base_url": url}}, "run": {"concurrency": CONCURRENCY, "budget": 1000.0}}
    )
    money = Money({}, date(2026, 11, 22))
    with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder) / "run.db") as ledger:
        means = Means(
            recipe=recipe,
            catalogue=load_catalogue([ROOT / "genres"], ["essay"]),
            purse=open_purse(ledger, recipe),
            money=money,
        )
        runner = provider_for(f"anthropic:{MODEL}", means)

        def arm(start: int, stop: int) -> None:
            asked = list(requests(start, stop))
            index_of = {request.id: request.index for request in asked}
            runner.submit(asked)
            while runner.busy():
                answers = runner.collect()
                record(ledger, answers, index_of, money)
                runner.recorded(answers)
            (count,) = next(ledger.rows("SELECT count(*) FROM responses WHERE idx >= ? AND error IS NULL", start))
            assert count == stop - start  # noqa: S101 - a benchmark of what failed would be none

        yield arm
        runner.close()


@contextmanager
def sdk(url: str) -> Iterator[Arm]:
    """`AsyncAnthropic().messages.create` in a bounded loop, which keeps nothing."""
    from anthropic import AsyncAnthropic

    from benchmarks.client_work import CONCURRENCY, KEY

    client = AsyncAnthropic(api_key=KEY, base_url=url, max_retries=0)

    async def worker(waiting: Iterator[dict[str, Any]], seen: list[int]) -> None:
        for params in waiting:
            message = await client.messages.create(**params)
            seen.append(len(message.content[0].text))

    async def all_of(start: int, stop: int) -> None:
        waiting, seen = map(params_of, _asked(start, stop)), list[int]()
        await asyncio.gather(*(worker(waiting, seen) for _ in range(CONCURRENCY)))
        assert len(seen) == stop - start  # noqa: S101

    with asyncio.Runner() as loop:
        yield lambda start, stop: loop.run(all_of(start, stop))
        loop.run(client.close())


@contextmanager
def langchain(url: str) -> Iterator[Arm]:
    """`ChatAnthropic.abatch` with a bound on its concurrency, which keeps nothing."""
    from langchain_anthropic import ChatAnthropic
    from langchain_core.messages import HumanMessage, SystemMessage

    from benchmarks.client_work import CONCURRENCY, KEY, MAX_TOKENS, MODEL

    model = ChatAnthropic(model=MODEL, api_key=KEY, base_url=url, max_retries=0, max_tokens=MAX_TOKENS)

    def messages(params: dict[str, Any]) -> list[Any]:
        return [SystemMessage(params["system"]), HumanMessage(params["messages"][0]["content"])]

    async def all_of(start: int, stop: int) -> None:
        asked = [messages(params_of(request)) for request in _asked(start, stop)]
        answers = await model.abatch(asked, {"max_concurrency": CONCURRENCY})
        assert sum(bool(answer.text) for answer in answers) == stop - start  # noqa: S101

    with asyncio.Runner() as loop:
        yield lambda start, stop: loop.run(all_of(start, stop))


def params_of(request: Any) -> dict[str, Any]:
    """The same request in the API's own words."""
    *prefix, task = request.blocks
    mark = {"type": "ephemeral"}
    return {
        "model": request.model.removeprefix("anthropic:"),
        "max_tokens": request.max_tokens,
        "system": [{"type": "text", "text": block.text, "cache_control": mark} for block in prefix],
        "messages": [{"role": "user", "content": [{"type": "text", "text": task.text}]}],
    }


def _asked(start: int, stop: int) -> Iterator[Any]:
    from benchmarks.client_work import requests

    return requests(start, stop)


ARMS = {
    "ours": (ours, "anthropic"),
    "sdk": (sdk, "anthropic"),
    "langchain": (langchain, "langchain-anthropic"),
}


def main(name: str, url: str) -> None:
    opened, package = ARMS[name]
    say = partial(print, flush=True)
    with opened(url) as arm:
        say(package, version(package), "anthropic", version("anthropic"))
        sent = 0
        for line in sys.stdin:
            stop = sent + int(line)
            before = time.process_time()
            arm(sent, stop)
            say(time.process_time() - before)
            sent = stop


if __name__ == "__main__":
    main(*sys.argv[1:])
