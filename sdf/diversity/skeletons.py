"""Sentences as skeletons: the commonest words stay, all others become a place to fill.

Two sentences of one skeleton were made on one pattern, whatever they are about. Which
words are the commonest is taken from the texts themselves, so it works in any language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sdf.diversity.normalise import words

KEPT_WORDS = 150
LEAST_WORDS = 8
_SENTENCE = re.compile(r"[^.!?\u3002\uff01\uff1f\u0964\n]+[.!?\u3002\uff01\uff1f\u0964]?")
_MARK = re.compile(r"[,;:\u2014\u2013\u3001\uff0c]")
_FILLED = "_"


def common_words(worded: Iterable[Sequence[str]], most: int = KEPT_WORDS) -> frozenset[str]:
    """The words that the most texts have, the alphabet deciding between equals."""
    counts = Counter(word for one in worded for word in set(one))
    return frozenset(word for word, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most])


def skeletons(text: str, kept: frozenset[str]) -> Iterator[tuple[str, str]]:
    """(skeleton, sentence) of every sentence of at least LEAST_WORDS words."""
    for match in _SENTENCE.finditer(text):
        sentence = match[0].strip()
        if len(sentence) < 2 * LEAST_WORDS:
            continue
        parts, count = list[str](), 0
        for piece in _MARK.split(sentence):
            found = words(piece)
            count += len(found)
            parts += [word if word in kept else _FILLED for word in found]
            parts.append(",")
        if count >= LEAST_WORDS:
            yield " ".join(parts[:-1]), sentence


def shared_skeletons(texts: Sequence[str], kept: frozenset[str], least: int = 3) -> tuple[float, list[tuple[str, int]]]:
    """The share of sentences whose skeleton stands in at least `least` texts, and the commonest, with their texts.

    Each is shown by the first sentence that has it.
    """
    shown: dict[str, str] = {}
    texts_with: Counter[str] = Counter()
    sentences: Counter[str] = Counter()
    for text in texts:
        own = set()
        for skeleton, sentence in skeletons(text, kept):
            sentences[skeleton] += 1
            shown.setdefault(skeleton, sentence)
            own.add(skeleton)
        texts_with.update(own)
    shared = [skeleton for skeleton, count in texts_with.items() if count >= least]
    share = sum(sentences[skeleton] for skeleton in shared) / max(1, sum(sentences.values()))
    top = sorted(shared, key=lambda skeleton: (-texts_with[skeleton], skeleton))[:10]
    return share, [(shown[skeleton], texts_with[skeleton]) for skeleton in top]
