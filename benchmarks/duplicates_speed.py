"""CPU time a text of sketching and of the whole search, beside other packages.

All arms take turns in one process, in another order each round. The ratios are of one
round each; a ratio holds on a busy machine, where the microseconds beside it do not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks import peers
from benchmarks.duplicates_quality import SHARE_PLANTED, near_duplicates
from benchmarks.planted import kind, plant, scripts
from sdf.diversity.index import NearDuplicateIndex
from sdf.diversity.shingles import shingles
from sdf.diversity.sketch import sketch

ROUNDS = 9
TEXTS = 10_000
_ACCENTS = (("be", "bé"), ("ca", "çà"), ("do", "dô"), ("gu", "gü"), ("li", "lî"), ("ne", "nè"), ("so", "sö"))
_STRAIGHT, _CURLY = ('"', '"', "'", " -- ", "..."), ("“", "”", "’", " — ", "…")


@dataclass(frozen=True, slots=True)
class Arm:
    """Something that takes so many texts, and the packages that it needs."""

    run: Callable[[], Any]
    count: int
    needs: tuple[str, ...] = ()


def speed(texts: int) -> None:
    """Print the microseconds a text of every arm, and the ratios that count."""
    installed = peers.versions()
    arms = {**_sketching(min(texts, TEXTS)), **_writing(min(texts, TEXTS)), **_searching(min(texts, 2 * TEXTS))}
    for name, arm in arms.items():
        for package in arm.needs:
            if not installed[package]:
                print(f"{name}: {package} is not installed, left out")
    present = {name: arm for name, arm in arms.items() if all(installed[package] for package in arm.needs)}
    spent = measured(present, ROUNDS)
    print(f"us of CPU a text, {ROUNDS} rounds in shuffled order   median  (least to most)")
    for name, each in spent.items():
        print(f"  {name:42} {median(each):9.2f}  ({min(each):.2f} to {max(each):.2f})")
    _print_ratios(spent)


def measured(arms: Mapping[str, Arm], rounds: int) -> dict[str, list[float]]:
    """Microseconds a text of each arm in each round, after one round that does not count."""
    chance = np.random.default_rng(7)
    names = list(arms)
    spent: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds + 1):
        for place in chance.permutation(len(names)).tolist():
            arm = arms[names[place]]
            before = time.process_time()
            arm.run()
            if turn:
                spent[names[place]].append((time.process_time() - before) / arm.count * 1e6)
    return spent


def _sketching(count: int) -> dict[str, Arm]:
    low = kind("low")
    texts = [low.text(number) for number in range(count)]
    column = _column(texts)

    def indexed() -> None:
        made = sketch(column)
        fetch = lambda place: shingles(texts[place])  # noqa: E731
        NearDuplicateIndex().admit(range(count), made.signatures, fetch, fetch)

    some, few = texts[: count // 10], texts[: max(1, count // 200)]
    datasketch = ("datasketch",)
    return {
        "ours": Arm(lambda: sketch(column), count),
        "ours, of a list": Arm(lambda: sketch(texts), count),
        "ours, and the online index": Arm(indexed, count),
        "datasketch update()": Arm(lambda: peers.datasketch_naive(few), len(few), datasketch),
        "datasketch bulk, xxh32": Arm(lambda: peers.datasketch_bulk(some), len(some), (*datasketch, "xxhash")),
        "rensa RMinHash": Arm(lambda: peers.rensa(some), len(some), ("rensa",)),
        "gaoya, and its index": Arm(lambda: peers.gaoya(some), len(some), ("gaoya",)),
    }


def _writing(count: int) -> dict[str, Arm]:
    """Our own on texts that are the same but for their punctuation and their letters."""
    low = kind("low")
    texts = [low.text(number) for number in range(count)]
    columns = {
        "punctuation, straight": _column([_punctuated(text, _STRAIGHT) for text in texts]),
        "punctuation, typographic": _column([_punctuated(text, _CURLY) for text in texts]),
        "letters, 4% accented": _column([_accented(text) for text in texts]),
    }
    for name, script in scripts().items():
        chance = np.random.default_rng(8)
        columns[f"words, {name}"] = _column([script.text(script.draw(chance, 460)) for _ in range(count // 5)])
    return {name: Arm(lambda column=column: sketch(column), len(column)) for name, column in columns.items()}


def _searching(count: int) -> dict[str, Arm]:
    """Near-duplicates of a fixed set: signatures, candidates, and ours verified exactly."""
    large, small = (plant(kind("low"), n, int(n * SHARE_PLANTED)).texts for n in (count, count // 10))
    column = _column(large)
    return {
        "search, ours, verified": Arm(lambda: near_duplicates(large, column), len(large)),
        "search, datasketch bulk and MinHashLSH": Arm(
            lambda: peers.datasketch_pairs(small), len(small), ("datasketch", "xxhash")
        ),
    }


def _print_ratios(spent: Mapping[str, Sequence[float]]) -> None:
    for more, less, goal in (
        ("datasketch update()", "ours", "at least 800"),
        ("datasketch bulk, xxh32", "ours", "at least 40"),
        ("rensa RMinHash", "ours", "at least 20"),
        ("gaoya, and its index", "ours, and the online index", "at least 8"),
        ("punctuation, typographic", "punctuation, straight", "at most 1.5"),
        ("letters, 4% accented", "ours", "at most 1.5"),
        ("search, datasketch bulk and MinHashLSH", "search, ours, verified", "at least 25"),
    ):
        if more in spent:
            each = [a / b for a, b in zip(spent[more], spent[less], strict=True)]
            name = f"{more} / {less}"
            print(f"{name:64} {median(each):7.2f}  ({min(each):.2f} to {max(each):.2f}; {goal})")


def _punctuated(text: str, marks: tuple[str, ...]) -> str:
    """Every other sentence with a quotation, an apostrophe, a dash or an ellipsis, as prose has them."""
    opening, closing, apostrophe, dash, dots = marks
    sentences = text.split(". ")
    for place in range(0, len(sentences) - 1, 2):
        first, second, *rest = sentences[place].split(" ")
        changed = (
            f"{opening}{first} {second}{closing} {' '.join(rest)}",
            f"{first}{apostrophe}{second} {' '.join(rest)}",
            f"{first}{dash}{second} {' '.join(rest)}",
            f"{first} {second}{dots} {' '.join(rest)}",
        )
        sentences[place] = changed[place // 2 % len(changed)]
    return ". ".join(sentences)


def _accented(text: str) -> str:
    for plain, accented in _ACCENTS:
        text = text.replace(plain, accented)
    return text


def _column(texts: list[str]) -> pa.Array:
    return pa.array(texts, pa.large_string())
