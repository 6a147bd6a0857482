"""Who must be taught where: the cells and their integer-exact shares.

Shares of genres are by token; a cell's weight is in documents, so a genre's share is
divided by the expected length of its forms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from sdf.errors import RecipeError
from sdf.genres.pack import Genre
from sdf.records import Cell, Principle, Record


class WeightedCell(Record):
    """A cell and its share of the documents (relative)."""

    cell: Cell
    weight: float


def weighted_cells(
    principles: Sequence[Principle],
    genres: Sequence[Genre],
    *,
    genre_shares: Mapping[str, float],
    principle_weights: Mapping[str, float],
    tension_share: float,
) -> tuple[WeightedCell, ...]:
    """All cells in a fixed order: by genre name, then principles in id order, then pairs.

    `genre_shares` replace the packs' own shares when there are any. Pairs are only
    those that a principle lists as its tensions.

    Raises:
        RecipeError: a weight names nothing, or every weight is zero.
    """
    _refuse_strangers(principles, principle_weights)
    per_principle = {p.id: _weight_of(p.id, principle_weights) for p in principles}
    pairs = tension_pairs(principles)
    total_single = sum(per_principle.values())
    cells: list[WeightedCell] = []
    for genre in sorted(genres, key=lambda pack: pack.name):
        documents = genre_shares.get(genre.name, 0.0 if genre_shares else genre.share) / genre.expected_words
        if documents <= 0 or total_single <= 0:
            continue
        alone = documents * (1 - tension_share if pairs else 1.0) / total_single
        for pid in sorted(per_principle):
            if per_principle[pid] > 0:
                cells.append(_cell((pid,), genre.name, alone * per_principle[pid]))
        together = {pair: min(per_principle[pair[0]], per_principle[pair[1]]) for pair in pairs}
        total_pairs = sum(together.values())
        for pair, weight in sorted(together.items()):
            if weight > 0:
                cells.append(_cell(pair, genre.name, documents * tension_share * weight / total_pairs))
    if not cells:
        raise RecipeError("no cell has any weight", hint="Give at least one genre and one principle a weight over 0.")
    return tuple(cells)


def tension_pairs(principles: Sequence[Principle]) -> tuple[tuple[str, str], ...]:
    """The pairs of principles that the constitution itself says pull against each other."""
    known = {p.id for p in principles}
    found = {
        (min(p.id, other), max(p.id, other))
        for p in principles
        for other in p.tension_ids
        if other in known and other != p.id
    }
    return tuple(sorted(found))


def _cell(principle_ids: tuple[str, ...], genre: str, weight: float) -> WeightedCell:
    return WeightedCell(cell=Cell(principle_ids=principle_ids, genre=genre), weight=weight)


def _weight_of(principle_id: str, weights: Mapping[str, float]) -> float:
    if principle_id in weights:
        return weights[principle_id]
    matching = [weight for pattern, weight in weights.items() if fnmatchcase(principle_id, pattern)]
    return matching[-1] if matching else 1.0


def _refuse_strangers(principles: Sequence[Principle], weights: Mapping[str, float]) -> None:
    for pattern in weights:
        if not any(fnmatchcase(p.id, pattern) for p in principles):
            raise RecipeError(
                f"[weights] `{pattern}` matches no principle",
                where="sdf.toml",
                hint="`sdf constitution` lists the ids.",
            )
