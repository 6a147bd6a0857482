"""The hash tables of the bands: chained, in flat arrays, without a Python object an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MULTIPLIER = 0x9E3779B97F4A7C15
_FINALISER = 0xC2B2AE3D27D4EB4F
_NONE = -1


class Buckets:
    """One table a band. A slot holds its newest entry, and each entry the one before it.

    Slots are not checked for equal bands: entries that only share a slot are returned
    too, about one a band, and the caller drops them by their signatures.
    """

    def __init__(self, bands: int, rows: int, capacity: int) -> None:
        """Begin empty, with `capacity` slots and entries in each band."""
        import numpy as np

        self._rows = rows
        self._bands = np.arange(bands)
        self._newest = np.full((bands, capacity), _NONE, np.int32)
        self._before = np.empty((bands, capacity), np.int32)

    @property
    def nbytes(self) -> int:
        """The memory that the tables take."""
        return self._newest.nbytes + self._before.nbytes

    def add(self, entry: int, signature: NDArray[np.uint32]) -> None:
        """Put an entry at the head of its chain in every band."""
        slots = self._slots(signature[None, :])[0]
        self._before[:, entry] = self._newest[self._bands, slots]
        self._newest[self._bands, slots] = entry

    def matching(self, signature: NDArray[np.uint32], chain_limit: int) -> tuple[NDArray[np.int32], bool]:
        """The entries that share a slot, once for each band, and whether a chain was cut short."""
        import numpy as np

        bands, slots = self._bands, self._slots(signature[None, :])[0]
        entries = self._newest[bands, slots]
        levels = []
        # All chains are walked at once, one step of each at a time.
        for _ in range(chain_limit):
            alive = entries != _NONE
            if not alive.any():
                break
            bands, entries = bands[alive], entries[alive]
            levels.append(entries)
            entries = self._before[bands, entries]
        if not levels:
            return np.empty(0, np.int32), False
        return np.concatenate(levels), bool((entries != _NONE).any())

    def rebuild(self, signatures: NDArray[np.uint32], capacity: int) -> None:
        """Lay the tables out anew for `capacity` entries, as if all had been added in order."""
        import numpy as np

        bands = len(self._bands)
        self._newest = np.full((bands, capacity), _NONE, np.int32)
        self._before = np.empty((bands, capacity), np.int32)
        slots = self._slots(signatures)
        for band in range(bands):
            order = np.argsort(slots[:, band], kind="stable").astype(np.int32)
            chained = slots[order, band]
            same = chained[1:] == chained[:-1]
            self._before[band, order[1:]] = np.where(same, order[:-1], _NONE)
            self._before[band, order[:1]] = _NONE
            last = np.append(~same, True)[: len(order)]
            self._newest[band, chained[last]] = order[last]

    def _slots(self, signatures: NDArray[np.uint32]) -> NDArray[np.uint64]:
        """The slot of every signature in every band, of shape (n, bands)."""
        import numpy as np

        bands = len(self._bands)
        rows = signatures[:, : bands * self._rows].reshape(-1, bands, self._rows)
        key = np.zeros((len(signatures), bands), np.uint64)
        for row in range(self._rows):
            key = (key ^ rows[:, :, row]) * np.uint64(_MULTIPLIER)
            key ^= key >> np.uint64(29)
        key *= np.uint64(_FINALISER)
        return (key >> np.uint64(20)) % np.uint64(self._newest.shape[1])
