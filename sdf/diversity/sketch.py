"""Many texts to signatures at once, from the bytes of an Arrow column."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sdf.diversity.letters import letters
from sdf.diversity.shingles import DOCUMENT_SHINGLE
from sdf.diversity.signature import DOCUMENT_PERMS, permutations

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Sketches:
    """What comparing needs of each of n texts.

    `signatures` has shape (n, perms); `exact` (n,) is equal for texts whose words are the
    same in the same order; `words` (n,) counts them.
    """

    signatures: NDArray[np.uint32]
    exact: NDArray[np.uint64]
    words: NDArray[np.int32]


def sketch(
    texts: Sequence[str] | pa.Array, *, k: int = DOCUMENT_SHINGLE, perms: int = DOCUMENT_PERMS, threads: int = 1
) -> Sketches:
    """The sketches of texts, in their order, from their distinct word k-shingles.

    The same on any number of threads. A text without words has the largest value in every
    place of its signature.

    Raises:
        UnicodeEncodeError: a text of a list holds half a surrogate pair, which is no text.
        ValueError: a text of a column is no UTF-8.
    """
    import numpy as np

    data, ends = columns(texts)
    rows = len(ends) - 1
    made = Sketches(np.empty((rows, perms), np.uint32), np.zeros(rows, np.uint64), np.empty(rows, np.int32))
    step = -(-rows // max(1, threads)) or 1
    pieces = [slice(first, min(rows, first + step)) for first in range(0, rows, step)]

    def one(piece: slice) -> None:
        _sketch(data, ends[piece.start : piece.stop + 1], k, made, piece, normal=False)

    if len(pieces) > 1:
        with ThreadPoolExecutor(len(pieces)) as pool:
            list(pool.map(one, pieces))
    else:
        for piece in pieces:
            one(piece)
    _resolve(data, ends, k, made)
    return made


def columns(texts: Sequence[str] | pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes of all texts, and where each ends: text i is `data[ends[i] : ends[i + 1]]`."""
    import numpy as np
    import pyarrow as pa

    column = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.large_string())
    # Readers of files do not look, and the kernel would read past the end of a cut character.
    column.validate(full=True)
    if column.type != pa.large_string():
        column = column.cast(pa.large_string())
    if column.null_count:
        column = column.fill_null("")
    _, places, data = column.buffers()
    if places is None or data is None:
        return np.empty(0, np.uint8), np.zeros(len(column) + 1, np.int64)
    ends = np.frombuffer(places, np.int64)[column.offset : column.offset + len(column) + 1]
    return np.frombuffer(data, np.uint8), ends


def _resolve(data: NDArray[np.uint8], ends: NDArray[np.int64], k: int, made: Sketches) -> None:
    """Sketch the texts that may not be in normal form once more, from their normal form."""
    import numpy as np

    unsure = np.flatnonzero(made.words < 0)
    if not len(unsure):
        return
    texts = [data[ends[row] : ends[row + 1]].tobytes().decode() for row in unsure]
    again, places = columns([unicodedata.normalize("NFC", text) for text in texts])
    perms = made.signatures.shape[1]
    part = Sketches(
        np.empty((len(unsure), perms), np.uint32), np.empty(len(unsure), np.uint64), np.empty(len(unsure), np.int32)
    )
    _sketch(again, places, k, part, slice(0, len(unsure)), normal=True)
    made.signatures[unsure], made.exact[unsure], made.words[unsure] = part.signatures, part.exact, part.words


def _sketch(
    data: NDArray[np.uint8], ends: NDArray[np.int64], k: int, made: Sketches, rows: slice, *, normal: bool
) -> None:
    from sdf.diversity.kernel import sketched

    sketched(
        data,
        ends,
        normal,
        letters(),
        *permutations(made.signatures.shape[1]),
        k,
        made.signatures[rows],
        made.exact[rows],
        made.words[rows],
    )
