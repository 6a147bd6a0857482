"""What should stand in no document: stock phrases in number, talk of training, what a template leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sdf.check.leftovers import leftover_flags
from sdf.check.reading import Reading, read
from sdf.check.wordlists import PhraseTable, language_table, packaged_table
from sdf.panel.rows import Evidence, Measured
from sdf.panel.scan import Sampled
from sdf.plan.locales import primary


def leftovers(documents: Sequence[Sampled]) -> dict[str, Measured]:
    """Stock phrases in a thousand words; documents that speak of their making; documents with leftovers."""
    readings = [read(one.text) for one in documents]
    words = sum(len(reading.tokens) for reading in readings)
    stock = [_phrases(reading, _stock_of(one)) for one, reading in zip(documents, readings, strict=True)]
    making = [_phrases(reading, packaged_table("training_talk")) for reading in readings]
    left = [[flag.detail for flag in leftover_flags(reading)] for reading in readings]
    return {
        "stock phrases": Measured(1000 * sum(map(len, stock)) / max(1, words), _evidence(stock)),
        "talk of training": Measured(_share(making), _evidence(making)),
        "leftovers": Measured(_share(left), _evidence(left)),
    }


def _stock_of(document: Sampled) -> PhraseTable | None:
    language = primary(document.facts.language or "en")
    return packaged_table("stock_phrases") if language == "en" else language_table("stock", language)


def _phrases(reading: Reading, table: PhraseTable | None) -> list[str]:
    return [phrase for phrase, _, _ in table.find(reading)] if table else []


def _share(found: Sequence[Sequence[str]]) -> float:
    return sum(map(bool, found)) / max(1, len(found))


def _evidence(found: Sequence[Iterable[str]]) -> tuple[Evidence, ...]:
    """The phrases that most documents have."""
    places: dict[str, list[int]] = {}
    for place, phrases in enumerate(found):
        for phrase in dict.fromkeys(phrases):
            places.setdefault(phrase, []).append(place)
    top = sorted(places, key=lambda phrase: (-len(places[phrase]), phrase))[:5]
    return tuple(Evidence(phrase, len(places[phrase]), tuple(places[phrase][:3])) for phrase in top)
