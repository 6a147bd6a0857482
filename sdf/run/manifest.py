"""manifest.json: what a finished run holds. No time, path or host is in it.

It follows from the ledger alone, which keeps the digest of every file from the moment
it was written: whether a file or the manifest was changed later can be told apart.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from sdf.files import readable_json, sha256_hex, write_atomic
from sdf.run.directory import RunDirectory
from sdf.run.ledger import Ledger
from sdf.run.shards import record_shards
from sdf.run.tally import Tally, conserved, tally

__all__ = ["MANIFEST_SCHEMA", "build_manifest", "conserved", "is_finished", "write_manifest"]

MANIFEST_SCHEMA = 1


def build_manifest(run: RunDirectory, ledger: Ledger) -> dict[str, Any]:
    """The manifest of a run, as what JSON can hold."""
    files = ledger.files()
    genres: Counter[str] = Counter()
    for name, file in files.items():
        if name.startswith(f"{run.documents.name}/"):
            genres.update(file.genres)
    return {
        "schema": MANIFEST_SCHEMA,
        "sdf": ledger.meta("sdf") or "",
        "fingerprint": ledger.meta("fingerprint") or "",
        "counts": _counts(tally(ledger)) | {"genres": dict(genres)},
        "usage": [
            {
                "stage": row.stage,
                "genre": row.genre,
                "model": row.model,
                "requests": row.requests,
                **row.usage.model_dump(),
                "cost_usd": row.cost_usd,
                "unpriced": row.unpriced,
            }
            for row in ledger.usage_by()
        ],
        "files": [file.model_dump(exclude={"genres"}) for file in files.values()],
    }


def write_manifest(run: RunDirectory, ledger: Ledger) -> None:
    """Write the manifest, last of all, and note in the ledger that the run is finished."""
    record_shards(run, ledger)
    content = readable_json(build_manifest(run, ledger))
    write_atomic(run.manifest, content)
    ledger.seal(sha256_hex(content))


def is_finished(run: RunDirectory, ledger: Ledger) -> bool:
    """Whether no wave was opened since the manifest was written, and it is as it was."""
    seal = ledger.sealed_with
    return seal is not None and run.manifest.is_file() and sha256_hex(run.manifest.read_bytes()) == seal


def _counts(counted: Tally) -> dict[str, Any]:
    briefs = counted.model_dump(include={"planned", "accepted", "unfilled", "pending"})
    return {"briefs": briefs, "attempts": dict(counted.attempts)}
