"""The premises of a run's documents, for measures that compare what texts are about."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from sdf.run.ledger import Ledger
from sdf.write.parse import parse_tags

_ID = re.compile(r"(.+)-(\d{8,})-(\d)")


def premises_of(path: Path) -> Callable[[str], str | None]:
    """A function from a document's id to its premise; None for what is no document of a run at `path`."""
    file = path / "run.db"
    if not file.is_file():
        return lambda document_id: None

    def premise(document_id: str) -> str | None:
        found = _ID.fullmatch(document_id)
        if found is None:
            return None
        series, index, attempt = found[1], int(found[2]), int(found[3])
        with Ledger.open(file, read_only=True) as ledger:
            for row in ledger.responses(series, index, index + 1):
                if (row.stage, row.attempt) == ("premise", attempt):
                    return parse_tags(row.response.text, ["premise"]).outputs.get("premise")
        return None

    return premise
