"""The stages of a dedup. Each writes one file from those before it, and is skipped where that file is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from io import BytesIO
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sdf.corpora import Corpus, Row
from sdf.dedup.folder import DedupChoice, DedupFolder
from sdf.diversity import signature_file
from sdf.diversity.pairs import candidates
from sdf.diversity.shingles import jaccard, shingles
from sdf.diversity.signature import DOCUMENT_PERMS
from sdf.diversity.sketch import Sketches, sketch
from sdf.errors import InputError
from sdf.files import write_atomic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Progress = Callable[[str, int], None]
MOST_AT_ONCE = 200_000
"""Texts whose shingles are held at a time: about 4 KB each."""


def sketch_stage(corpus: Corpus, folder: DedupFolder, choice: DedupChoice, said: Progress) -> None:
    """All texts to signatures, hashes and lengths."""
    import numpy as np

    if folder.signatures.exists() and folder.lengths.exists():
        return
    exact: list[NDArray[np.uint64]] = []
    words: list[NDArray[np.int32]] = []

    def signatures() -> Iterator[NDArray[np.uint32]]:
        for batch in corpus.batches():
            made = sketch([row.text for row in batch], k=choice.shingle)
            exact.append(made.exact)
            words.append(made.words)
            said("sketched", len(batch))
            yield made.signatures

    def ids() -> NDArray[np.int64]:
        return np.concatenate([*exact, np.empty(0, np.uint64)]).view(np.int64)

    signature_file.write(folder.signatures, signatures(), ids, perms=DOCUMENT_PERMS, shingle=choice.shingle)
    _write_array(folder.lengths, partial(np.save, arr=np.concatenate([*words, np.empty(0, np.int32)])))


def read_sketches(folder: DedupFolder, choice: DedupChoice) -> Sketches:
    """What `sketch_stage` wrote; the signatures stay on the disk.

    Raises:
        InputError: a file is of another version, or damaged.
    """
    import numpy as np

    ids, signatures = signature_file.read(folder.signatures, perms=DOCUMENT_PERMS, shingle=choice.shingle)
    return Sketches(signatures, ids.view(np.uint64), np.load(folder.lengths))


def candidate_stage(folder: DedupFolder, choice: DedupChoice) -> None:
    """Signatures to pairs worth comparing."""
    import numpy as np

    if folder.candidates.exists():
        return
    found = candidates(read_sketches(folder, choice), choice.threshold, bands=choice.bands, rows=choice.rows)
    save = partial(np.savez, pairs=found.pairs, copies=found.copies, capped=np.array(found.capped))
    _write_array(folder.candidates, save)


def verify_stage(corpus: Corpus, folder: DedupFolder, choice: DedupChoice, said: Progress) -> None:
    """Pairs to exact Jaccard similarities, and to what is known of the texts in them."""
    import numpy as np

    if folder.verified.exists() and folder.members.exists():
        return
    with np.load(folder.candidates) as found:
        pairs, copies = found["pairs"], found["copies"]
    members: dict[int, dict[str, Any]] = {}
    similarities = np.empty(len(pairs), np.float64)
    wanted = set(pairs.ravel().tolist()) | set(copies.ravel().tolist())
    for chosen, numbers in _in_parts(pairs):
        sets: dict[int, NDArray[np.uint64]] = {}
        for number, row in _those(corpus, wanted | numbers):
            if number in numbers:
                sets[number] = shingles(row.text, choice.shingle)
            if number in wanted:
                members[number] = {"number": number, "id": row.id, "score": _score(row, choice.score)}
        for place in chosen:
            similarities[place] = jaccard(sets[int(pairs[place, 0])], sets[int(pairs[place, 1])])
            said("verified", 1)
        wanted = set()
    kept = similarities >= choice.threshold
    rows = (json.dumps(members[number], ensure_ascii=False).encode() + b"\n" for number in sorted(members))
    write_atomic(folder.members, rows)
    save = partial(np.savez, pairs=pairs[kept], similarities=similarities[kept], compared=np.array(len(pairs)))
    _write_array(folder.verified, save)


def read_members(folder: DedupFolder) -> dict[int, Mapping[str, Any]]:
    """Number, id and score of every text that was in a candidate pair, by number."""
    rows = map(json.loads, folder.members.read_bytes().splitlines())
    return {row["number"]: row for row in rows}


def _in_parts(pairs: NDArray[np.int32]) -> Iterator[tuple[list[int], set[int]]]:
    """Places of pairs, and the texts in them, of so many texts at a time; once at least."""
    places: list[int] = []
    numbers: set[int] = set()
    for place, pair in enumerate(pairs.tolist()):
        places.append(place)
        numbers.update(pair)
        if len(numbers) >= MOST_AT_ONCE:
            yield places, numbers
            places, numbers = [], set()
    if places or not len(pairs):
        yield places, numbers


def _those(corpus: Corpus, numbers: Iterable[int]) -> Iterator[tuple[int, Row]]:
    wanted = frozenset(numbers)
    if wanted:
        yield from ((number, row) for number, row in enumerate(corpus.rows()) if number in wanted)


def _score(row: Row, name: str | None) -> float | None:
    if name is None:
        return None
    value: Any = row.source
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or isnan(value):
        raise InputError(f"the row has no number in `{name}`", where=row.where, hint="--score names a field.")
    return float(value)


def _write_array(path: Path, save: Callable[[BytesIO], None]) -> None:
    held = BytesIO()
    save(held)
    write_atomic(path, held.getvalue())
