"""What is found of planted near-duplicates, and what is said to be one and is not."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from benchmarks.peers import datasketch_pairs, versions
from benchmarks.planted import KINDS, Planted, kind, plant, shingle_set, similarity
from sdf.diversity.pairs import Candidates, candidates
from sdf.diversity.shingles import jaccard, shingles
from sdf.diversity.sketch import sketch

THRESHOLD, BANDS, ROWS = 0.8, 25, 5
DOCUMENTS, SHARE_PLANTED = 50_000, 0.12
SAMPLE = 400
"""Unplanted texts that are compared with each other one by one."""
PEER_DOCUMENTS = 10_000

Pairs = set[tuple[int, int]]


def quality(documents: int) -> None:
    """Print recall and precision at 0.8 on each kind of corpus."""
    for name in KINDS:
        planted = plant(kind(name), documents, int(documents * SHARE_PLANTED))
        true = {(pair.one, pair.two) for pair in planted.pairs if pair.similarity >= THRESHOLD}
        print(
            f"{name}: {documents:,} texts, {len(planted.pairs):,} planted pairs, {len(true):,} at {THRESHOLD} or above"
        )
        _print_background(planted)
        _print_ours(planted, true)
        part = plant(kind(name), min(documents, PEER_DOCUMENTS), int(min(documents, PEER_DOCUMENTS) * SHARE_PLANTED))
        _print_datasketch(part)


def _print_background(planted: Planted) -> None:
    """How alike texts are that nobody planted, over all pairs of a sample."""
    copies = {number for pair in planted.pairs for number in (pair.one, pair.two)}
    chosen = [number for number in range(len(planted.texts)) if number not in copies][:SAMPLE]
    sets = [shingle_set(planted.texts[number]) for number in chosen]
    found = sorted(len(a & b) / len(a | b) for place, a in enumerate(sets) for b in sets[:place])
    over = sum(similarity >= THRESHOLD for similarity in found)
    middle, most = found[len(found) // 2], found[-1]
    print(f"  unplanted       median {middle:.2f}, most {most:.2f}, {over} of {len(found):,} pairs at {THRESHOLD}")


def near_duplicates(texts: Sequence[str], column: pa.Array) -> tuple[Pairs, Candidates]:
    """Pairs at `THRESHOLD` or above, each verified exactly, and the candidates that they are among.

    `column` has the same texts; those of candidates are read from `texts`.
    """
    found = candidates(sketch(column), THRESHOLD, bands=BANDS, rows=ROWS)
    sets = {number: shingles(texts[number]) for number in set(found.pairs.ravel().tolist())}
    pairs = {(one, two) for one, two in found.pairs.tolist() if jaccard(sets[one], sets[two]) >= THRESHOLD}
    return pairs | {(one, two) for one, two in found.copies.tolist()}, found


def _print_ours(planted: Planted, true: Pairs) -> None:
    verified, found = near_duplicates(planted.texts, pa.array(planted.texts, pa.large_string()))
    rate = len(found.pairs) / len(planted.texts)
    missed = sum((1 - pair.similarity**ROWS) ** BANDS for pair in planted.pairs if (pair.one, pair.two) in true)
    more = f"{missed:.2f} misses expected; {rate:.3f} verifications a text, {found.capped:,} cuts"
    _print_found("ours", planted, verified, true, more)


def _print_datasketch(planted: Planted) -> None:
    told = versions()
    if not (told["datasketch"] and told["xxhash"]):
        print("  datasketch      datasketch and xxhash are not both installed: left out")
        return
    true = {(pair.one, pair.two) for pair in planted.pairs if pair.similarity >= THRESHOLD}
    some = f"{len(planted.texts):,} texts, {len(true):,} true"
    _print_found("datasketch", planted, datasketch_pairs(planted.texts), true, f"candidates; {some}")
    _print_found("  by estimate", planted, datasketch_pairs(planted.texts, THRESHOLD), true, some)


def _print_found(who: str, planted: Planted, found: Pairs, true: Pairs, more: str) -> None:
    right = sum(similarity(planted.texts[one], planted.texts[two]) >= THRESHOLD for one, two in found)
    precision = right / len(found) if found else 1.0
    unplanted = right - len(found & true)
    note = f", {unplanted} right ones not planted" if unplanted else ""
    recall = len(found & true) / len(true) if true else 1.0
    print(f"  {who:15} recall {recall:.4f}, precision {precision:.4f} ({more}{note})")
