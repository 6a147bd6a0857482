"""A small corpus with planted near-duplicates."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

Texts = Callable[[int, int], list[str]]


def random_text(source: random.Random, n_words: int = 120) -> str:
    """Words that follow no order, so that unrelated texts share almost nothing."""
    return " ".join(f"w{source.randrange(4000)}" for _ in range(n_words))


def edited(text: str, changes: int, source: random.Random) -> str:
    """The text with so many of its words replaced."""
    words = text.split(" ")
    for place in source.sample(range(len(words)), changes):
        words[place] = f"x{source.randrange(10**6)}"
    return " ".join(words)


@pytest.fixture(scope="session")
def planted() -> list[str]:
    """400 texts: 200 unrelated ones, each followed by a copy with 0 to 9 words changed."""
    source = random.Random(7)  # noqa: S311  planted texts, not secrets
    texts = []
    for number in range(200):
        text = random_text(source)
        texts += [text, edited(text, number % 10, source)]
    return texts
