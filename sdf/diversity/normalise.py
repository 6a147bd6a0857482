"""The one definition of a word by which texts are compared."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"\w+(?:'\w+)*")


def words(text: str) -> list[str]:
    """The words of a text in order: NFC, case-folded, apostrophes straight and kept inside."""
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    return _WORD.findall(text.casefold().replace("\u2019", "'"))
