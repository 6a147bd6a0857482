"""A form and a value on every axis for a brief, with forbidden combinations left out.

Choices are made one after the other in a fixed order. A value that would complete a
forbidden combination has no weight, and the others of its axis share what it had, so
the cell's own share is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping

from sdf.errors import GenreError
from sdf.genres.pack import Forbidden, Genre
from sdf.plan.sequence import Wheel
from sdf.records import Expects

# Choices that exclude others come first, so that what depends on them can give way.
_FIRST = ("naming", "resolution", "centrality", "stance")


class AxisWheels:
    """The weighted choices of one genre; conditional wheels are built as they are met."""

    def __init__(self, genre: Genre) -> None:
        self.genre = genre
        names = [axis.name for axis in genre.axes]
        self.order = tuple([n for n in _FIRST if n in names] + [n for n in names if n not in _FIRST])
        self._ids = {axis.name: tuple(v.id for v in axis.values) for axis in genre.axes}
        self._weights = {axis.name: tuple(v.weight for v in axis.values) for axis in genre.axes}
        self._belongs = {axis.name: tuple(v.form for v in axis.values) for axis in genre.axes}
        self._owners = {name: frozenset(owners) for name, owners in self._belongs.items()}
        self._forbid = genre.forbid + _always(genre)
        self._concerned = {n: _concerned(n, self._forbid, self._belongs[n]) for n in self.order}
        self._wheels: dict[tuple[str, ...], Wheel] = {}
        self.forms = Wheel([form.weight for form in genre.forms])

    def form(self, point: int) -> str:
        """The form at a point of the circle."""
        return self.genre.forms[self.forms.at(point)].id

    def applies(self, axis: str, form: str) -> bool:
        """Whether an axis has a value for a form: a form need not have subtypes."""
        return not self._owners[axis].isdisjoint(("", form))

    def value(self, axis: str, point: int, chosen: Mapping[str, str]) -> str:
        """The value of an axis at a point, given the choices already made (form included).

        Raises:
            GenreError: the forbidden combinations leave no value.
        """
        key = (axis, *[chosen.get(other, "") for other in self._concerned[axis]])
        wheel = self._wheels.get(key)
        if wheel is None:
            wheel = self._wheels[key] = self._wheel(axis, chosen)
        return self._ids[axis][wheel.at(point)]

    def _wheel(self, axis: str, chosen: Mapping[str, str]) -> Wheel:
        form = chosen.get("form", "")
        weights = [
            0.0 if own not in ("", form) or self._completes(axis, value, chosen) else weight
            for value, weight, own in zip(self._ids[axis], self._weights[axis], self._belongs[axis], strict=True)
        ]
        if sum(weights) <= 0:
            said = ", ".join(f"{name}={value}" for name, value in chosen.items())
            raise GenreError(
                f"no value of `{axis}` is allowed with {said}",
                where=f"genres/{self.genre.name}/genre.toml",
                hint="Loosen a [[forbid]].",
            )
        return Wheel(weights)

    def _completes(self, axis: str, value: str, chosen: Mapping[str, str]) -> bool:
        return any(
            value in rule.when.get(axis, ())
            and all(chosen.get(other) in allowed for other, allowed in rule.when.items() if other != axis)
            for rule in self._forbid
        )


def _concerned(axis: str, forbid: tuple[Forbidden, ...], belongs: tuple[str, ...]) -> tuple[str, ...]:
    others = {other for rule in forbid if axis in rule.when for other in rule.when if other != axis}
    return tuple(sorted(others | ({"form"} if any(belongs) else set())))


def _always(genre: Genre) -> tuple[Forbidden, ...]:
    """What holds in every pack: own voice means own name; nothing at stake is not the subject."""
    rules = [Forbidden(when={"resolution": ("nothing-at-stake",), "centrality": ("central",)})]
    own_voice = tuple(form.id for form in genre.forms if form.identity)
    if own_voice:
        rules.append(Forbidden(when={"form": own_voice, "naming": ("unnamed", "fictional")}))
    known = {axis.name: {value.id for value in axis.values} for axis in genre.axes}
    return tuple(
        rule
        for rule in rules
        if all(name == "form" or set(values) & known.get(name, set()) for name, values in rule.when.items())
    )


def expects(centrality: str, resolution: str) -> Expects:
    """How plainly a text of this kind should link behaviour to reason."""
    if resolution == "nothing-at-stake" or centrality == "passing":
        return "none"
    return "shown" if centrality == "central" else "implied"
