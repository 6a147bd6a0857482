"""What has been accepted so far, as later decisions need it: signatures and openings.

A decision is a pure function of what is recorded. So the order of decisions is fixed,
whatever order answers came in: documents by wave, attempt and index; premises of a
wave see the premises of earlier waves' first attempts, of everything that closed
`LAG` waves before, and of their own wave. Waves up to `LAG` apart may therefore be in
flight at once without one's luck changing another's corpus.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sdf.check.corpus import OpeningCounter, opening_key
from sdf.check.quote_index import QuoteIndex, own_words
from sdf.check.reading import Reading, read
from sdf.diversity.index import NearDuplicateIndex, premise_index
from sdf.diversity.normalise import words
from sdf.diversity.shingles import DOCUMENT_SHINGLE, PREMISE_SHINGLE, distinct, ngram_hashes, shingles
from sdf.diversity.signature import PREMISE_PERMS, signature
from sdf.recipe import CheckChoice
from sdf.records import Flag, Verdict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAG = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands in its run. Packs into one number for the index."""

    wave: int
    index: int
    attempt: int

    def packed(self) -> int:
        """One 64-bit number a place."""
        return (self.wave << 40) | (self.index << 2) | self.attempt

    @classmethod
    def unpacked(cls, number: int) -> Place:
        """What `packed` was made from."""
        return cls(number >> 40, (number >> 2) & ((1 << 38) - 1), number & 3)


TextOf = Callable[[Place], str]


class Corpus:
    """The accepted texts of one series. `document_at` and `premise_at` fetch recorded texts."""

    def __init__(self, checks: CheckChoice, quotes: QuoteIndex | None, document_at: TextOf, premise_at: TextOf) -> None:
        self._documents = NearDuplicateIndex(checks.near_duplicate)
        self._premises = premise_index(checks.same_premise)
        self._openings = OpeningCounter(checks.opening_share)
        self._quotes = quotes
        self._fetch_document = lru_cache(512)(
            lambda number: self.document_shingles(read(document_at(Place.unpacked(number))))
        )
        self._fetch_premise = lru_cache(512)(lambda number: _premise_shingles(premise_at(Place.unpacked(number))))

    def document_shingles(self, reading: Reading) -> NDArray[np.uint64]:
        """The 5-shingles of a document's own words: what it quotes from the constitution is left out."""
        # Of a text in ASCII, the tokens of its reading are its words.
        tokens = reading.tokens if reading.text.isascii() else words(reading.text)
        own = tokens if self._quotes is None else own_words(tokens, self._quotes)
        return distinct(ngram_hashes(own, DOCUMENT_SHINGLE))

    def judge_document(self, genre: str, reading: Reading) -> tuple[list[Verdict], bytes, int]:
        """Corpus verdicts on a document, its sketch and its opening; nothing is added."""
        found = self.document_shingles(reading)
        sketch = signature(found)
        near = self._documents.query(sketch, found, self._fetch_document)
        verdicts = [self._openings.would_exceed(genre, reading.text), _near_verdict("near_duplicate", near)]
        return verdicts, sketch.tobytes(), opening_key(reading.text)

    def add_document(self, place: Place, genre: str, sketch: bytes, opening: int) -> None:
        """Count an accepted document."""
        self._documents.add(place.packed(), _unpacked(sketch))
        self._openings.add_key(genre, opening)

    def judge_premise(self, place: Place, text: str) -> tuple[Verdict, bytes]:
        """Whether a premise has been used, among those that this place may see."""

        def visible(number: int) -> bool:
            other = Place.unpacked(number)
            if other.wave == place.wave:
                return True
            return other.wave < place.wave and (
                other.attempt == 0 or place.attempt > 0 or other.wave <= place.wave - LAG
            )

        found = _premise_shingles(text)
        sketch = signature(found, PREMISE_PERMS)
        near = self._premises.query(sketch, found, self._fetch_premise, visible)
        return _near_verdict("same_premise", near), sketch.tobytes()

    def add_premise(self, place: Place, sketch: bytes) -> None:
        """Count an accepted premise."""
        self._premises.add(place.packed(), _unpacked(sketch))


def _premise_shingles(text: str) -> NDArray[np.uint64]:
    return shingles(text, PREMISE_SHINGLE)


def _unpacked(sketch: bytes) -> NDArray[np.uint32]:
    import numpy as np

    return np.frombuffer(sketch, dtype="<u4")


def _near_verdict(check: str, near: object) -> Verdict:
    from sdf.diversity.index import Neighbour

    if not isinstance(near, Neighbour):
        return Verdict(check=check, passed=True)
    place = Place.unpacked(near.entry_id)
    detail = f"Jaccard {near.similarity:.2f} with index {place.index}, attempt {place.attempt}"
    return Verdict(check=check, passed=False, flags=(Flag(rule=check, detail=detail),))
