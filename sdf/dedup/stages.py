"""The stages of a dedup. Each writes one file from those before it, and is skipped where that file is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from sdf.corpora import Corpus, Row
from sdf.dedup.folder import DedupChoice, DedupFolder
from sdf.dedup.verify import similarities_of
from sdf.diversity import signature_file
from sdf.diversity.pairs import candidates
from sdf.diversity.signature import DOCUMENT_PERMS
from sdf.diversity.sketch import Sketches, sketch
from sdf.errors import DamagedError, InputError
from sdf.files import write_atomic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Progress = Callable[[str, int], None]


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
        InputError: the signatures are of another version, or damaged.
        DamagedError: the lengths are damaged.
    """
    import numpy as np

    ids, signatures = signature_file.read(folder.signatures, perms=DOCUMENT_PERMS, shingle=choice.shingle)
    return Sketches(signatures, ids.view(np.uint64), read_arrays(folder.lengths))


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
    found = read_arrays(folder.candidates)
    pairs, copies = found["pairs"], found["copies"]
    members: dict[int, dict[str, Any]] = {}

    def seen(number: int, row: Row) -> None:
        members[number] = {"number": number, "id": row.id, "score": _score(row, choice.score)}

    similarities = similarities_of(corpus, pairs, choice.shingle, also=copies.ravel().tolist(), seen=seen)
    said("verified", len(pairs))
    kept = similarities >= choice.threshold
    write_atomic(folder.members, (line(members[number]) + b"\n" for number in sorted(members)))
    save = partial(np.savez, pairs=pairs[kept], similarities=similarities[kept], compared=np.array(len(pairs)))
    _write_array(folder.verified, save)


def read_arrays(path: Path) -> Any:
    """What a stage left: an array, or arrays by name.

    Raises:
        DamagedError: it is not what was written.
    """
    import numpy as np

    try:
        held = np.load(path)
        if isinstance(held, np.ndarray):
            return held
        with held:
            return dict(held)
    except (OSError, EOFError, ValueError, BadZipFile):
        raise DamagedError("damaged", where=str(path), hint="Remove the file; it is made anew.") from None


def read_members(folder: DedupFolder) -> dict[int, Mapping[str, Any]]:
    """Number, id and score of every text that was in a candidate pair, by number.

    Raises:
        DamagedError: they are not what was written.
    """
    try:
        rows = [json.loads(row) for row in folder.members.read_bytes().splitlines()]
    except ValueError:
        raise DamagedError("damaged", where=str(folder.members), hint="Remove the file; it is made anew.") from None
    return {row["number"]: row for row in rows}


def line(value: Mapping[str, Any]) -> bytes:
    """JSON in one line. What cannot be written as UTF-8, half a surrogate pair, is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return json.dumps(value, default=str).encode()


def _score(row: Row, name: str | None) -> float | None:
    if name is None:
        return None
    value: Any = row.source
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        with suppress(OverflowError):
            number = float(value)
            if isfinite(number):
                return number
    raise InputError(f"the row has no number in `{name}`", where=row.where, hint="--score names a field.")


def _write_array(path: Path, save: Callable[[BytesIO], None]) -> None:
    held = BytesIO()
    save(held)
    write_atomic(path, held.getvalue())
