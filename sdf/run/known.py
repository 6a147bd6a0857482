"""What a run knows of its documents beside their text: their premises, and what they could quote."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sdf.check.quote_index import QuoteIndex
from sdf.corpora.locate import is_run
from sdf.run.audit import setup_of_run
from sdf.run.ledger import Ledger
from sdf.write.parse import parse_tags

_ID = re.compile(r"(.+)-(\d{8,})-(\d)")


class Known(NamedTuple):
    """The premise of a document by its id, or None; and the constitution's words, or None."""

    premise_of: Callable[[str], str | None]
    quotes: QuoteIndex | None


def known_of(path: Path) -> Known:
    """What is known of the documents at `path`: nothing, where that is no run.

    Raises:
        RunError: the run cannot be read.
    """
    if not is_run(path):
        return Known(lambda document_id: None, None)
    return Known(_premises(path / "run.db"), setup_of_run(path).rules.quotes)


def _premises(file: Path) -> Callable[[str], str | None]:
    def premise(document_id: str) -> str | None:
        found = _ID.fullmatch(document_id)
        if found is None or not file.is_file():
            return None
        series, index, attempt = found[1], int(found[2]), int(found[3])
        with Ledger.open(file, read_only=True) as ledger:
            for row in ledger.responses(series, index, index + 1):
                if (row.stage, row.attempt) == ("premise", attempt):
                    return parse_tags(row.response.text, ["premise"]).outputs.get("premise")
        return None

    return premise
