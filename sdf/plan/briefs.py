"""Any brief of a plan, computed alone.

A brief depends on the seed, the constitution's ids, the packs' forms and axes, and the
recipe's weights; not on the identity's names and not on any other brief. An attempt
keeps the cell and the form and redraws everything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import cast

from sdf.genres.pack import Catalogue, Form, Genre, Setting
from sdf.plan.axes import AxisWheels, expects
from sdf.plan.cells import WeightedCell
from sdf.plan.names import NamePools
from sdf.plan.sequence import GOLDEN, MASK, Wheel, generator, mix, scaled, spread
from sdf.records import Brief, Cell, Naming, Split, Words

_FORM, _WORDS, _SETTING, _AXES = 0, 1, 2, 3
MAX_ATTEMPTS = 3


class Plan:
    """The plan of one series. Holds wheels only; no brief is stored."""

    def __init__(
        self,
        cells: Sequence[WeightedCell],
        catalogue: Catalogue,
        *,
        seed: int,
        model: str,
        holdout: float = 0.0,
        series: str = "base",
        locales: Mapping[str, float] | None = None,
    ) -> None:
        self.cells = tuple(cells)
        self.catalogue = catalogue
        self.series = series
        self._seed = seed
        self._model = model
        self._holdout = round(holdout * (1 << 32))
        self._wheel = Wheel(_normalised([row.weight for row in cells]))
        self._axes = {genre.name: AxisWheels(genre) for genre in catalogue.genres}
        self._genres = {genre.name: genre for genre in catalogue.genres}
        self._names = NamePools(catalogue.pools, seed, locales)
        self.cell_shift = mix(seed, series, "cell")
        self._shifts: dict[tuple[str, int], int] = {}
        # A brief is wanted when its wave opens and again when the wave is written.
        self._recent = lru_cache(8192)(self._brief)

    def cell_number(self, index: int) -> int:
        """The number in `cells` of the cell that owns this index."""
        return self._wheel.at(spread(GOLDEN, index, self.cell_shift))

    @property
    def bounds(self) -> tuple[int, ...]:
        """Where each cell's stretch of the circle of 2^64 points ends."""
        return self._wheel.bounds

    def share(self, number: int) -> float:
        """A cell's share of the documents."""
        return self._wheel.share(number)

    def form(self, index: int) -> Form:
        """The form of a brief, the same for all its attempts."""
        genre = self._genre(self.cells[self.cell_number(index)].cell)
        return genre.form(self._axes[genre.name].form(self._point(_FORM, "form", index, 0)))

    def brief(self, index: int, attempt: int = 0) -> Brief:
        """The brief at an index; indices from 0 up, attempts 0 to 2."""
        return self._recent(index, attempt)

    def _brief(self, index: int, attempt: int) -> Brief:
        cell = self.cells[self.cell_number(index)].cell
        genre = self._genre(cell)
        form = self.form(index)
        chosen = {"form": form.id}
        wheels = self._axes[genre.name]
        for number, axis in enumerate(wheels.order):
            if wheels.applies(axis, form.id):
                chosen[axis] = wheels.value(axis, self._point(_AXES + number, axis, index, attempt), chosen)
        setting = self._setting(index, attempt)
        placed, names = self._names.settle(index, attempt, cast(Naming, chosen["naming"]), self._model, setting)
        del chosen["form"]
        chosen |= {"setting": setting.id, **placed}
        family = f"{mix('family', *cell.principle_ids, setting.id):016x}"
        return Brief(
            series=self.series,
            index=index,
            attempt=attempt,
            id=f"{self.series}-{index:08d}-{attempt}",
            cell=cell,
            form=form.id,
            axes=chosen,
            expects=expects(chosen.get("centrality", ""), chosen.get("resolution", "")),
            names=names,
            words=self._words(form, index, attempt),
            seed=mix(self._seed, self.series, index, attempt),
            family=family,
            split=self._split(family),
        )

    def briefs(self, start: int, stop: int) -> Iterator[Brief]:
        """The first attempts of a range of indices."""
        return (self.brief(index) for index in range(start, stop))

    def _genre(self, cell: Cell) -> Genre:
        return self._genres[cell.genre]

    def _point(self, number: int, what: str, index: int, attempt: int) -> int:
        shift = self._shifts.get((what, attempt))
        if shift is None:
            shift = self._shifts[what, attempt] = mix(self._seed, self.series, what, attempt)
        return spread(generator_of(number), index, shift)

    def _setting(self, index: int, attempt: int) -> Setting:
        settings = self.catalogue.settings
        return settings[scaled(self._point(_SETTING, "setting", index, attempt), len(settings))]

    def _words(self, form: Form, index: int, attempt: int) -> Words:
        low, high = form.words
        # The target keeps away from the ends of the band, so that a writer who is a
        # little long or short is still inside it.
        margin = (high - low) // 6
        width = high - low - 2 * margin
        target = low + margin + scaled(self._point(_WORDS, "words", index, attempt), width + 1)
        return Words(low=low, high=high, target=target)

    def _split(self, family: str) -> Split:
        return "heldout" if mix("split", family) >> 32 < self._holdout else "train"


_GENERATORS = tuple(generator(number) for number in range(24))


def generator_of(number: int) -> int:
    """The cached multiplier of a choice."""
    return _GENERATORS[number % len(_GENERATORS)] & MASK


def _normalised(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [weight * 1000 / total for weight in weights]
