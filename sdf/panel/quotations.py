"""How much of the texts is the constitution's own, and which passage they all quote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sdf.check.quote_index import QuoteIndex, own_words, quoted_spans
from sdf.check.reading import read
from sdf.diversity.normalise import words
from sdf.panel.rows import Evidence, Measured

_HEAD = 8
"""Words by which a passage is known: quotations of it may be longer or shorter."""


def quotations(texts: Sequence[str], index: QuoteIndex) -> dict[str, Measured]:
    """The share of words that stand in the constitution, and the texts that quote the same passage."""
    total = quoted = 0
    places: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        tokens = read(text).tokens
        total += len(tokens)
        quoted += len(tokens) - len(own_words(tokens, index))
        passages = {" ".join(words(text[start:stop])[:_HEAD]) for start, stop in quoted_spans(text, index)}
        for passage in passages:
            places.setdefault(passage, []).append(place)
    counts = Counter({passage: len(found) for passage, found in places.items()})
    top = sorted(counts, key=lambda passage: (-counts[passage], passage))[:5]
    evidence = tuple(Evidence(passage, counts[passage], tuple(places[passage][:3])) for passage in top)
    return {
        "quoted": Measured(quoted / max(1, total), evidence),
        "most quoted passage": Measured(counts[top[0]] / len(texts) if top else 0.0, evidence),
    }
