"""`check`: how varied a corpus is, in numbers that stand beside those of human prose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log
from pathlib import Path
from typing import Any

from sdf.check.quote_index import QuoteIndex
from sdf.corpora import Corpus, open_corpus
from sdf.diversity.normalise import words
from sdf.diversity.vendi import vendi
from sdf.errors import InputError
from sdf.panel.duplicates import Duplicates, duplicates
from sdf.panel.leftovers import leftovers
from sdf.panel.quotations import quotations
from sdf.panel.rows import SIZES, Evidence, Measured, measure, topic_likeness
from sdf.panel.scan import ALL, MOST_IN_A_GROUP, Group, Sampled, Scan, scan
from sdf.panel.separations import Apart, human_apart, labels_apart
from sdf.panel.verdicts import BAD, Range, human, limits, verdict

LEAST = SIZES[-1]
"""A group of fewer documents is too small to be measured."""
_PREMISES = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """One measure of one group. `evidence` shows what was found, in how many documents, and ids of some."""

    group: Group
    measure: str
    value: float
    size: int
    human: Range | None
    verdict: str
    evidence: tuple[tuple[str, int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `check` found. `groups` says how many documents each has, `lengths` how long they are in words."""

    documents: int
    words: int
    lengths: dict[str, int]
    groups: dict[Group, int]
    findings: tuple[Finding, ...]
    axes: dict[str, dict[str, int]]
    near_duplicate_groups: dict[int, int]
    compared: int
    capped: int
    groups_left_out: int
    reference: str
    apart: tuple[Apart, ...] = ()

    @property
    def bad(self) -> tuple[Finding, ...]:
        """Findings that are far from human prose."""
        return tuple(finding for finding in self.findings if finding.verdict == BAD)

    def of(self, group: Group = ALL) -> dict[str, Finding]:
        """The findings of a group by measure."""
        return {finding.measure: finding for finding in self.findings if finding.group == group}

    def as_json(self) -> dict[str, Any]:
        """What check.json holds."""
        told = asdict(self)
        told["groups"] = [{"group": list(group), "documents": count} for group, count in self.groups.items()]
        told["findings"] = [_as_json(finding) for finding in self.findings]
        told["apart"] = [asdict(one) | {"verdict": one.verdict} for one in self.apart]
        told["near_duplicate_groups"] = {str(size): count for size, count in self.near_duplicate_groups.items()}
        return told


def check(
    corpus: Path | Corpus,
    *,
    premise_of: Callable[[str], str | None] = lambda document_id: None,
    quotes: QuoteIndex | None = None,
    people: Corpus | None = None,
    threads: int = 1,
) -> CheckReport:
    """Measure a corpus, all of it and by genre, language and principle.

    Duplicates, counts and lengths are taken from every document, everything else from
    samples of fixed sizes, because those measures grow with the sample. `premise_of` gives
    the premise of a document by its id, where one is known; `quotes` are the
    words of the constitution; `people` are human texts of the same kinds, to ask how easily
    the corpus is told from them.

    Raises:
        InputError: the corpus cannot be read, or has fewer than LEAST documents.
    """
    corpus = corpus if isinstance(corpus, Corpus) else open_corpus(corpus)
    found = scan(corpus, threads)
    if found.documents < LEAST:
        raise InputError(
            f"{found.documents} documents are too few to measure; {LEAST} are needed", where=str(corpus.path)
        )
    alike = duplicates(corpus, found.sketches)
    return CheckReport(
        documents=found.documents,
        words=int(found.sketches.words.sum()),
        lengths=_lengths(found),
        groups={group: sample.seen for group, sample in found.samples.items()},
        findings=(*_whole(found, alike, premise_of), *_of_samples(found, quotes)),
        axes={axis: dict(counts.most_common(50)) for axis, counts in found.axes.items() if counts},
        near_duplicate_groups=alike.group_sizes,
        compared=alike.compared,
        capped=alike.capped,
        groups_left_out=found.groups_left_out,
        reference=human().source,
        apart=(*labels_apart(found), *(human_apart(found, people) if people else ())),
    )


def _whole(found: Scan, alike: Duplicates, premise_of: Callable[[str], str | None]) -> Iterator[Finding]:
    ids = {one.number: one.id for one in found.samples[ALL].documents()}
    yield from _findings(ALL, found.documents, alike.measured, ids)
    yield from _findings(ALL, found.documents, _evenness(found), {})
    yield from _premises(found, premise_of)


def _of_samples(found: Scan, quotes: QuoteIndex | None) -> Iterator[Finding]:
    for group, sample in found.samples.items():
        yield from _of_sample(group, sample.documents(), quotes)


def _lengths(found: Scan) -> dict[str, int]:
    sizes = sorted(found.sketches.words.tolist())
    spread = {f"p{share}": sizes[min(len(sizes) - 1, len(sizes) * share // 100)] for share in (5, 50, 95)}
    return spread | {"most": sizes[-1], "without words": sizes.count(0)}


def _of_sample(group: Group, documents: Sequence[Sampled], quotes: QuoteIndex | None) -> Iterator[Finding]:
    size = next((size for size in SIZES if len(documents) >= size), 0)
    ids = {place: one.id for place, one in enumerate(documents)}
    texts = [one.text for one in documents[:size]]
    if not texts:
        return
    yield from _findings(group, size, measure(texts), ids)
    yield from _findings(group, size, leftovers(documents[:size]), ids)
    if quotes is not None:
        yield from _findings(group, size, quotations(texts, quotes), ids)


def _findings(group: Group, size: int, measured: Mapping[str, Measured], ids: Mapping[int, str]) -> Iterator[Finding]:
    for name, one in measured.items():
        yield Finding(
            group=group,
            measure=name,
            value=one.value,
            size=size,
            human=human().range_of(name, size),
            verdict=verdict(name, one.value, size),
            evidence=tuple(
                (shown.shown, shown.texts, tuple(ids.get(place, f"document {place + 1}") for place in shown.places))
                for shown in one.evidence
            ),
        )


def _premises(found: Scan, premise_of: Callable[[str], str | None]) -> Iterator[Finding]:
    """The effective number of premises of each principle, of the number of its documents, and the lowest for all."""
    told: list[Finding] = []
    for group, sample in found.samples.items():
        documents = sample.documents()[:MOST_IN_A_GROUP]
        if group[0] in ("principle", "all") and len(documents) >= _PREMISES:
            texts = [words(premise_of(one.id) or one.text) for one in documents]
            share = vendi(topic_likeness(texts)) / len(texts)
            told += _findings(group, len(texts), {"distinct premises": Measured(share)}, {})
    yield from (finding for finding in told if finding.group != ALL)
    lowest = min(told, key=lambda finding: (finding.value, finding.group))
    evidence = Evidence(f"{' '.join(lowest.group).strip()}: {lowest.value:.2f}", lowest.size)
    yield from _findings(ALL, lowest.size, {"distinct premises": Measured(lowest.value, (evidence,))}, {})


def _evenness(found: Scan) -> dict[str, Measured]:
    """Entropy over the largest that it could be, at the least even axis that has two values or more."""
    shares = {axis: _entropy(counts) for axis, counts in found.axes.items() if len(counts) > 1}
    if not shares:
        return {}
    ordered = sorted(shares.items(), key=lambda pair: (pair[1], pair[0]))
    evidence = tuple(Evidence(f"{axis}: {share:.2f}", sum(found.axes[axis].values())) for axis, share in ordered)
    return {"axis evenness": Measured(ordered[0][1], evidence)}


def _entropy(counts: Counter[str]) -> float:
    total = sum(counts.values())
    return -sum(count / total * log(count / total) for count in counts.values()) / log(len(counts))


def _as_json(finding: Finding) -> dict[str, Any]:
    limit = limits().get(finding.measure)
    return {
        "group": list(finding.group),
        "measure": finding.measure,
        "says": limit.says if limit else "",
        "value": round(finding.value, 6),
        "documents": finding.size,
        "human": list(finding.human) if finding.human else None,
        "verdict": finding.verdict,
        "evidence": [{"shown": shown, "texts": texts, "ids": list(ids)} for shown, texts, ids in finding.evidence],
    }
