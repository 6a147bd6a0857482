"""Corpora with planted near-duplicates, whose truth is known; the same for the same numbers.

A document is about 460 words drawn by Zipf's law from an invented vocabulary, so that two
documents share nothing but the passages that their kind puts into both of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from sdf.diversity.normalise import words

SIMILARITIES = (0.5, 0.7, 0.8, 0.9)
SHINGLE = 5
_SENTENCE = 13
_LENGTHS = (380, 541)
_VOCABULARY = 20_000

Choice = Callable[[np.random.Generator], list[int]]
"""Which of the shared passages a document has."""


@dataclass(frozen=True, slots=True)
class Script:
    """Words, the most frequent first, and what stands between them."""

    words: tuple[str, ...]
    gap: str = " "

    def draw(self, chance: np.random.Generator, count: int) -> list[str]:
        """So many words: the n-th with a probability of about 1/n."""
        ranks = len(self.words) ** chance.random(count) - 1
        return [self.words[rank] for rank in ranks.astype(int).tolist()]

    def text(self, chosen: Sequence[str]) -> str:
        """Words as sentences."""
        cut = range(0, len(chosen), _SENTENCE)
        return ". ".join(self.gap.join(chosen[place : place + _SENTENCE]).capitalize() for place in cut) + "."


@dataclass(frozen=True, slots=True)
class Kind:
    """Documents without end: each is its script's words with some of the shared passages among them."""

    scripts: tuple[Script, ...]
    passages: tuple[list[str], ...]
    choose: Choice

    def script(self, number: int) -> Script:
        """What a document is written in."""
        return self.scripts[number % len(self.scripts)]

    def words(self, number: int) -> list[str]:
        """The words of a document."""
        chance = np.random.default_rng((1, number))
        shared = [self.passages[place] for place in self.choose(chance)]
        own = self.script(number).draw(chance, int(chance.integers(*_LENGTHS)) - sum(map(len, shared)))
        found, last = [], 0
        for place, passage in zip(sorted(chance.integers(0, len(own), len(shared)).tolist()), shared, strict=True):
            found += own[last:place] + passage
            last = place
        return found + own[last:]

    def text(self, number: int) -> str:
        """A document."""
        return self.script(number).text(self.words(number))


@dataclass(frozen=True, slots=True)
class Pair:
    """A document and its altered copy, by their places, and what was aimed at."""

    one: int
    two: int
    aim: float
    block: bool
    similarity: float


@dataclass(frozen=True, slots=True)
class Planted:
    """Texts, and the pairs planted among them; other pairs are alike only by their passages."""

    texts: list[str]
    pairs: list[Pair]


def plant(kind: Kind, documents: int, planted: int) -> Planted:
    """So many documents, of which `planted` are altered copies, each of another one, in a shuffled order."""
    first_copy = documents - planted
    texts = [kind.text(number) for number in range(first_copy)]
    for number in range(planted):
        aim, block = _aim(number)
        texts.append(altered(kind, number, aim, block=block))
    place_of = np.random.default_rng(2).permutation(documents).tolist()
    shuffled = [""] * documents
    for text, place in zip(texts, place_of, strict=True):
        shuffled[place] = text
    pairs = []
    for number in range(planted):
        one, two = sorted((place_of[number], place_of[first_copy + number]))
        pairs.append(Pair(one, two, *_aim(number), similarity(shuffled[one], shuffled[two])))
    return Planted(shuffled, pairs)


def altered(kind: Kind, number: int, aim: float, *, block: bool) -> str:
    """A document with some of its words drawn anew: one block of them, or ones all over it."""
    chance = np.random.default_rng((3, number))
    found = kind.words(number)
    kept = len(found) - SHINGLE + 1
    wanted = aim + chance.uniform(-0.03, 0.03)
    lost = round(kept * (1 - wanted) / (1 + wanted))
    if block:
        first = int(chance.integers(SHINGLE, kept - lost))
        places = list(range(first, first + max(1, lost - SHINGLE + 1)))
    else:
        places = _scattered(chance, len(found), lost)
    for place, word in zip(places, kind.script(number).draw(chance, len(places)), strict=True):
        found[place] = word
    return kind.script(number).text(found)


def shingle_set(text: str) -> frozenset[tuple[str, ...]]:
    """The word 5-shingles of a text, as plain Python has them."""
    found = words(text)
    return frozenset(tuple(found[place : place + SHINGLE]) for place in range(len(found) - SHINGLE + 1))


def similarity(one: str, two: str) -> float:
    """The Jaccard similarity of two texts, as plain Python finds it."""
    first, second = shingle_set(one), shingle_set(two)
    return len(first & second) / len(first | second)


def _aim(number: int) -> tuple[float, bool]:
    return SIMILARITIES[number % len(SIMILARITIES)], number // len(SIMILARITIES) % 2 == 1


def _scattered(chance: np.random.Generator, count: int, lost: int) -> list[int]:
    """Places of words of which so many shingles have one or more."""
    gone: set[int] = set()
    places = []
    for place in chance.permutation(count).tolist():
        if len(gone) >= lost:
            break
        gone.update(range(max(0, place - SHINGLE + 1), min(count - SHINGLE, place) + 1))
        places.append(place)
    return places


def _script(starts: str, ends: str = "", *, syllables: int = 3, gap: str = " ") -> Script:
    """Words of so many syllables at most, each a letter of `starts` and, if there are any, one of `ends`."""
    chance = np.random.default_rng(len(starts))
    lengths = chance.integers(1, syllables + 1, 2 * _VOCABULARY).tolist()
    made = ("".join(_syllable(chance, starts, ends) for _ in range(length)) for length in lengths)
    return Script(tuple(dict.fromkeys(made))[:_VOCABULARY], gap)


def _syllable(chance: np.random.Generator, starts: str, ends: str) -> str:
    return starts[chance.integers(len(starts))] + (ends[chance.integers(len(ends))] if ends else "")


@cache
def latin() -> Script:
    """Words in ASCII."""
    return _script("bcdfghjklmnprstvwz", "aeiou")


@cache
def scripts() -> dict[str, Script]:
    """Words in other letters, with marks, without blanks, and not in normal form."""
    return {
        "accented": _script("bcçdfghjlmnñprsštvz", "aeiouéèêëàâîïôöûüạậễộữ"),
        "decomposed": _script("bcdfghjlmnprstvz", "aeiou\u0301\u0308"),
        "cyrillic": _script("бвгджзклмнпрстфхцчш", "аеёиоуыэюя"),
        "greek": _script("βγδζθκλμνξπρστφχψ", "αεηιουωάέήίόύώ"),
        "arabic": _script("بتثجحخدذرزسشصضطظعغفقكلمنهوي", syllables=5),
        "devanagari": _script("कखगघचछजझटठडढतथदधनपफबभमयरलवशषसह", "ािीुूेैोौ"),
        "hangul": _script("".join(map(chr, range(0xAC00, 0xD7A4, 16)))),
        "han": _script("".join(map(chr, range(0x4E00, 0x5A00))), syllables=1, gap=""),
        "thai": _script("กขคงจฉชซญดตถทธนบปผพฟภมยรลวศสหอฮ", "ัิีึืุู่้็์", syllables=1, gap=""),
    }


def _drawn(script: Script, count: int, length: int) -> tuple[list[str], ...]:
    chance = np.random.default_rng(4)
    return tuple(script.draw(chance, length) for _ in range(count))


def _three_of_300(chance: np.random.Generator) -> list[int]:
    found: list[int] = chance.integers(0, 300, 3).tolist()
    return found


def _most_of_ten(chance: np.random.Generator) -> list[int]:
    found: list[int] = np.flatnonzero(chance.random(10) < 0.92).tolist()
    return found


def _three_well_known(chance: np.random.Generator) -> list[int]:
    found: list[int] = (20 ** chance.random(3) - 1).astype(int).tolist()
    return sorted(set(found))


@cache
def kind(name: str) -> Kind:
    """A kind of corpus, by its name.

    `low`: three stock sentences of 300 a document. `template`: most of the same ten stock
    paragraphs, so that unrelated documents are alike at about 0.25. `multilingual`: nine
    scripts. `quotation`: up to three of 20 passages of 70 words of one document, which are
    quoted by Zipf's law.
    """
    return {
        "low": lambda: Kind((latin(),), _drawn(latin(), 300, 14), _three_of_300),
        "template": lambda: Kind((latin(),), _drawn(latin(), 10, 26), _most_of_ten),
        "multilingual": lambda: Kind(tuple(scripts().values()), (), lambda _: []),
        "quotation": lambda: Kind((latin(),), _drawn(latin(), 20, 70), _three_well_known),
    }[name]()


KINDS = ("low", "template", "multilingual", "quotation")
