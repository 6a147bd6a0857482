"""Whether two sets of texts can be told apart by their surface, and by what.

A logistic regression on words, pairs of words and marks. An area under the curve of 0.5
says that it cannot tell them apart, 1.0 that it always can. It reads no further than a
spam filter does, so 0.5 is no proof of likeness; a high figure names its tells.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from sdf.diversity.normalise import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDS = 5
LEAST_TEXTS = 20
_MOST_FEATURES = 4000
_LEAST_SHARE = 0.02
_STEPS, _RATE, _RIDGE = 200, 0.5, 1e-3
_MARK = re.compile(r"[^\w\s]|\n")


@dataclass(frozen=True, slots=True)
class Separation:
    """`auc` with the standard error of its folds, and the features that tell most, for the first set and the second."""

    auc: float
    error: float
    first: tuple[str, ...]
    second: tuple[str, ...]


def separation(first: Sequence[str], second: Sequence[str], cut: int = 400) -> Separation | None:
    """How well the texts of two sets are told apart, by their first `cut` words; None for too few of them.

    Every text is judged by a model that has not seen it. The larger set is cut to the size
    of the smaller, in order.
    """
    import numpy as np

    size = min(len(first), len(second))
    if size < LEAST_TEXTS:
        return None
    told = [_features(text, cut) for text in [*first[:size], *second[:size]]]
    names = _chosen(told)
    if not names:
        return Separation(0.5, 0.0, (), ())
    rows = _matrix(told, names)
    labels = np.repeat([0.0, 1.0], size)
    areas = []
    for fold in range(FOLDS):
        held = np.arange(2 * size) % size % FOLDS == fold
        weights, bias = _fitted(rows[~held], labels[~held])
        areas.append(_area(rows[held] @ weights + bias, labels[held]))
    weights, _ = _fitted(rows, labels)
    order = np.argsort(weights)
    tells = [names[place] for place in order]
    # Folds share their training texts, so their spread alone says too little.
    spread, area = float(np.std(areas, ddof=1) / FOLDS**0.5), float(np.mean(areas))
    return Separation(area, max(spread, _standard_error(area, size)), tuple(tells[:8]), tuple(reversed(tells[-8:])))


def _standard_error(area: float, size: int) -> float:
    """The error of an area from two sets of this size (Hanley and McNeil 1982)."""
    one, two = area / (2 - area), 2 * area**2 / (1 + area)
    return float(((area * (1 - area) + (size - 1) * (one + two - 2 * area**2)) ** 0.5) / size)


def _features(text: str, cut: int) -> Counter[str]:
    own = words(text)
    share = min(1.0, cut / max(1, len(own)))
    own = own[:cut]
    marks = _MARK.findall(text[: int(len(text) * share)])
    return Counter([*own, *map(" ".join, pairwise(own)), *(f"mark {mark!r}" for mark in marks)])


def _chosen(told: Sequence[Counter[str]]) -> list[str]:
    """The features of enough texts, the commonest of them, in the order of the alphabet."""
    texts = Counter(name for counts in told for name in counts)
    enough = [(-count, name) for name, count in texts.items() if count >= max(2, _LEAST_SHARE * len(told))]
    return sorted(name for _, name in sorted(enough)[:_MOST_FEATURES])


def _matrix(told: Sequence[Counter[str]], names: Sequence[str]) -> NDArray[np.float64]:
    import numpy as np

    place = {name: number for number, name in enumerate(names)}
    rows = np.zeros((len(told), len(names)))
    for row, counts in zip(rows, told, strict=True):
        for name in counts.keys() & place.keys():
            row[place[name]] = np.log1p(counts[name])
    rows -= rows.mean(axis=0)
    rows /= np.maximum(rows.std(axis=0), 1e-9)
    rows /= len(names) ** 0.5
    return rows


def _fitted(rows: NDArray[np.float64], labels: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Weights and bias by plain gradient descent with a ridge, the same on every machine but for rounding."""
    import numpy as np

    weights, bias = np.zeros(rows.shape[1]), 0.0
    for _ in range(_STEPS):
        wrong = 1 / (1 + np.exp(-(rows @ weights + bias))) - labels
        weights -= _RATE * (rows.T @ wrong / len(rows) + _RIDGE * weights)
        bias -= _RATE * float(wrong.mean())
    return weights, bias


def _area(scores: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """The area under the curve: how often a text of the second set scores above one of the first."""
    import numpy as np

    ahead = scores[labels == 1][:, None] - scores[labels == 0][None, :]
    return float(((ahead > 0) + 0.5 * (ahead == 0)).mean()) if ahead.size else float(np.nan)
