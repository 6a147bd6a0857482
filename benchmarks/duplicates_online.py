"""The online index with a million accepted texts: CPU time a text, memory, reload, and what it lets through.

Texts are made from their numbers, chunk by chunk, and none are kept. Where the index asks
for the shingles of a text, the text is made anew; the time that making takes is left out
of every figure, the time that cutting it into shingles takes is not.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.planted import Kind, altered, kind
from sdf.diversity.index import NearDuplicateIndex
from sdf.diversity.shingles import shingle_hashes, shingles
from sdf.diversity.signature import signature
from sdf.diversity.sketch import sketch

ACCEPTED, TEMPLATE_ACCEPTED = 1_000_000, 50_000
ASKED, ALTERED, SINGLE = 50_000, 2_000, 3_000
CHUNK, BLOCK = 10_000, 100

Text = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Submitted:
    """CPU microseconds a text of each chunk, and what became of the texts."""

    sketching: list[float]
    indexing: list[float]
    rejected: int
    verified: int

    def said(self, middle: Callable[[list[float]], float] = median) -> str:
        """The microseconds, together and apart."""
        one, two = middle(self.sketching), middle(self.indexing)
        return f"{one + two:6.1f} us a text ({one:.1f} to sketch, {two:.1f} in the index)"


class Bench:
    """An index under a kind of texts, which are made by their numbers, and the CPU seconds that it uses."""

    def __init__(self, texts: Kind) -> None:
        self.kind = texts
        self.index = NearDuplicateIndex()
        self._making = 0.0

    def now(self) -> float:
        """CPU seconds so far, without those in which texts were made."""
        return time.process_time() - self._making

    def made(self, make: Callable[[], Any]) -> Any:
        """What `make` makes, in no time."""
        before = time.process_time()
        found = make()
        self._making += time.process_time() - before
        return found

    def fetch(self, number: int) -> NDArray[np.uint64]:
        """The shingles of an accepted text."""
        return shingles(self.made(lambda: self.kind.text(number)))

    def admit(self, numbers: Sequence[int], texts: Sequence[str]) -> tuple[float, float, int]:
        """Sketch and admit texts: CPU seconds of each, and how many were rejected."""
        column = pa.array(texts, pa.large_string())
        begun = self.now()
        sketches = sketch(column)
        sketched = self.now()
        answers = self.index.admit(numbers, sketches.signatures, lambda place: shingles(texts[place]), self.fetch)
        return sketched - begun, self.now() - sketched, sum(answer is not None for answer in answers)

    def submit(self, numbers: Sequence[int], text: Text) -> Submitted:
        """Admit texts chunk by chunk."""
        verified, sketching, indexing, rejected = self.index.verified, [], [], 0
        for first in range(0, len(numbers), CHUNK):
            chunk = numbers[first : first + CHUNK]
            one, two, more = self.admit(chunk, [text(number) for number in chunk])
            sketching.append(one / len(chunk) * 1e6)
            indexing.append(two / len(chunk) * 1e6)
            rejected += more
        return Submitted(sketching, indexing, rejected, self.index.verified - verified)


def online(accepted: int) -> None:
    """Print the figures of a large index and of one on texts that are mostly alike."""
    _warm()
    _low(accepted)
    _template(min(TEMPLATE_ACCEPTED, accepted))


def _low(accepted: int) -> None:
    bench = Bench(kind("low"))
    before = _resident()
    print(f"low background, {accepted:,} accepted")
    built = bench.submit(range(accepted), bench.kind.text)
    pa.default_memory_pool().release_unused()
    held = (_resident() - before) / accepted
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before) / accepted
    print(f"  all until then  {built.said(fmean)}, growing included; {built.rejected} rejected (0)")
    print(f"  memory          {held:6.0f} bytes a text (1,024), {peak:.0f} at the most, while it grew")
    _print_reload(bench.index)
    _print_single(bench, accepted)
    _print_rejected(bench, accepted)
    new = range(2 * accepted, 2 * accepted + min(ASKED, accepted))
    found = bench.submit(new, bench.kind.text)
    print(f"  batched (12)    {found.said()}; {found.rejected} of {len(new):,} new ones rejected (0)")


def _template(accepted: int) -> None:
    bench = Bench(kind("template"))
    print(f"template-heavy, {accepted:,} accepted: fewer, because texts meet long chains")
    for part in range(5):
        cut = bench.index.capped
        numbers = range(part * accepted // 5, (part + 1) * accepted // 5)
        found = bench.submit(numbers, bench.kind.text)
        more = f"{found.rejected} rejected, {found.verified} compared, {bench.index.capped - cut:,} walks cut"
        print(f"  up to {len(bench.index):9,} {found.said()}; {more}")
    _print_single(bench, accepted)
    _print_rejected(bench, accepted)


def _print_reload(index: NearDuplicateIndex) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "signatures"
        index.save(file)
        cpu, wall = time.process_time(), time.perf_counter()
        loaded = NearDuplicateIndex.load(file)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        size, kept = file.stat().st_size / len(index), loaded.nbytes / len(index)
    more = f"{size:.0f} bytes a text in the file, {kept:.0f} in memory"
    print(f"  reload          {cpu:6.2f} CPU s, {wall:.2f} s (5); {more}")


def _print_single(bench: Bench, accepted: int) -> None:
    """One new text at a time, in blocks that the ways of asking take in turn; nothing is added."""
    index = bench.index

    def lazily(text: str) -> None:
        index.query(signature(shingle_hashes(text)), lambda: shingles(text), bench.fetch)

    def at_once(text: str) -> None:
        found = shingles(text)
        index.query(signature(found), found, bench.fetch)

    ways = {"shingles when they are needed": lazily, "shingles at once": at_once}
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for first in range(0, SINGLE, BLOCK):
        for turn, (name, way) in enumerate(ways.items()):
            start = 3 * accepted + turn * SINGLE + first
            texts = [bench.kind.text(number) for number in range(start, start + BLOCK)]
            before = bench.now()
            for text in texts:
                way(text)
            spent[name].append((bench.now() - before) / BLOCK * 1e6)
    for name, each in spent.items():
        print(f"  single (40)     {median(each):6.1f} us a text: {name}")


def _print_rejected(bench: Bench, accepted: int) -> None:
    """Texts that were accepted come again, as they were and altered."""
    places = np.random.default_rng(9).choice(accepted, min(ASKED, accepted), replace=False).tolist()
    ways: dict[str, tuple[list[int], Text]] = {
        "resubmitted": (places, bench.kind.text),
        "altered to 0.9": (places[:ALTERED], lambda number: altered(bench.kind, number, 0.9, block=number % 2 == 0)),
    }
    for name, (numbers, text) in ways.items():
        found = bench.submit(numbers, text)
        more = f"{found.rejected:,} of {len(numbers):,} rejected (all), {found.verified:,} compared"
        print(f"  {name:15} {found.said()}; {more}")


def _warm() -> None:
    bench = Bench(kind("low"))
    bench.submit(range(100), bench.kind.text)
    bench.submit(range(100), bench.kind.text)
    bench.index.query(signature(bench.fetch(1)), bench.fetch(1), bench.fetch)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
