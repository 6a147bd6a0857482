"""What the rewrite did to the drafts: how much it changed, what it mended and what it broke.

A rewrite that copies its draft is the dearest way of doing nothing, so every run says.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sdf.check.context import CheckContext
from sdf.check.document import CHECKS, check_document
from sdf.diversity.normalise import words
from sdf.diversity.shingles import jaccard, shingles
from sdf.genres.pack import Genre, Stage
from sdf.records import Brief, Record, Verdict
from sdf.run.chain import Chain
from sdf.run.decide import check_context
from sdf.run.ledger import Ledger
from sdf.run.setup import Setup
from sdf.write.parse import parse_tags

BASE = "base"
SHINGLE = 3
MOST_COMPARED = 5_000
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


class Rewrite(Record):
    """One rewrite beside its draft.

    `similarity` is twice the longest common run of words in order, gaps allowed, over
    the words of both (1 for equal texts, 0 for none in common); `shingles` the Jaccard
    similarity of the word 3-shingles. `mended` are the checks that failed on the draft
    and not on the rewrite, `broken` the reverse.
    """

    similarity: float
    shingles: float
    mended: tuple[str, ...]
    broken: tuple[str, ...]


class RewriteFigures(Record):
    """Rewrites counted together. Quantiles are at QUANTILES; empty when nothing was compared.

    `untouched` rewrites have the very words of their drafts. `mended` and `broken`
    count documents by check.
    """

    compared: int
    untouched: int
    similarity: tuple[float, ...]
    shingles: tuple[float, ...]
    mended: Mapping[str, int]
    broken: Mapping[str, int]


class RewriteReport(Record):
    """What the rewrites of a run did, in all and by genre.

    `written` counts the attempts whose rewrite was checked; of many only every
    `step`th brief was compared.
    """

    written: int
    step: int
    all: RewriteFigures
    genres: Mapping[str, RewriteFigures]


def compare(draft: str, final: str, context: CheckContext, verdicts: Sequence[Verdict] | None = None) -> Rewrite:
    """What became of a draft. `verdicts` are the checks' on the rewrite, where they are known."""
    if draft == final:
        return Rewrite(similarity=1.0, shingles=1.0, mended=(), broken=())
    before = _failed(check_document(draft, context))
    after = _failed(check_document(final, context) if verdicts is None else verdicts)
    return Rewrite(
        similarity=similarity(words(draft), words(final)),
        shingles=jaccard(shingles(draft, SHINGLE), shingles(final, SHINGLE)),
        mended=tuple(name for name in CHECKS if name in before - after),
        broken=tuple(name for name in CHECKS if name in after - before),
    )


def similarity(one: Sequence[str], two: Sequence[str]) -> float:
    """Twice the length of the longest common subsequence over both lengths; 1 for two empty texts.

    The subsequence is counted in one bit a word of `one` (Hyyrö 2004): a few hundred
    microseconds for a thousand words.
    """
    if not one or not two:
        return float(len(one) == len(two))
    places: defaultdict[str, int] = defaultdict(int)
    for number, word in enumerate(one):
        places[word] |= 1 << number
    full = (1 << len(one)) - 1
    open_ = full
    for word in two:
        met = open_ & places.get(word, 0)
        open_ = ((open_ + met) | (open_ - met)) & full
    return 2 * (len(one) - open_.bit_count()) / (len(one) + len(two))


def run_rewrites(ledger: Ledger, setup: Setup, *, most: int = MOST_COMPARED) -> RewriteReport:
    """Compare the rewrites of a run's first series; of more than `most` an even share, in constant memory."""
    counts = ledger.outcome_counts().items()
    step = max(1, -(-sum(n for (_, phase, _), n in counts if phase == "document") // most))
    genres: defaultdict[str, _Sums] = defaultdict(_Sums)
    everything, written = _Sums(), 0
    for brief, genre, verdicts in _checked(ledger, setup):
        written += 1
        if brief.index % step:
            continue
        texts = _texts(ledger, brief, genre)
        if texts is not None:
            told = compare(*texts, check_context(Chain(brief, genre), setup.rules), verdicts)
            genres[genre.name].add(told)
            everything.add(told)
    return RewriteReport(
        written=written,
        step=step,
        all=everything.figures(),
        genres={name: genres[name].figures() for name in sorted(genres)},
    )


class _Sums:
    """Rewrites as they are counted: sixteen bytes each."""

    def __init__(self) -> None:
        self._similarity, self._shingles = array("d"), array("d")
        self._mended, self._broken = Counter[str](), Counter[str]()

    def add(self, told: Rewrite) -> None:
        self._similarity.append(told.similarity)
        self._shingles.append(told.shingles)
        self._mended.update(told.mended)
        self._broken.update(told.broken)

    def figures(self) -> RewriteFigures:
        return RewriteFigures(
            compared=len(self._similarity),
            untouched=self._similarity.count(1.0),
            similarity=quantiles(self._similarity),
            shingles=quantiles(self._shingles),
            mended=dict(sorted(self._mended.items())),
            broken=dict(sorted(self._broken.items())),
        )


def quantiles(values: Sequence[float]) -> tuple[float, ...]:
    """The values at QUANTILES, to four places, each one that occurs; empty when there are none."""
    ordered = sorted(values)
    last = len(ordered) - 1
    return tuple(round(ordered[round(part * last)], 4) for part in QUANTILES) if ordered else ()


def _checked(ledger: Ledger, setup: Setup) -> Iterator[tuple[Brief, Genre, tuple[Verdict, ...]]]:
    """Every attempt whose rewritten document was checked, in order."""
    for wave in ledger.waves(BASE):
        for row in ledger.decisions(wave.series, wave.start, wave.stop, "document"):
            decision = row.decision
            brief = setup.plan.brief(decision.index, decision.attempt)
            genre = setup.catalogue.genre(brief.cell.genre)
            if decision.verdicts and len(_writing(genre)) > 1:
                yield brief, genre, decision.verdicts


def _texts(ledger: Ledger, brief: Brief, genre: Genre) -> tuple[str, str] | None:
    """The first and the last document of an attempt, as its stages gave them."""
    texts = []
    for stage in (_writing(genre)[0], _writing(genre)[-1]):
        answer = ledger.response_text(brief.series, brief.index, brief.attempt, stage.name) or ""
        texts.append(parse_tags(answer, stage.tags).outputs.get("document", ""))
    draft, final = texts
    return (draft, final) if draft and final else None


def _writing(genre: Genre) -> list[Stage]:
    return [stage for stage in genre.stages if "document" in stage.tags]


def _failed(verdicts: Sequence[Verdict]) -> frozenset[str]:
    return frozenset(verdict.check for verdict in verdicts if verdict.check in CHECKS and verdict.passed is False)
