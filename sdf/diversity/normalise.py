"""The one definition of a word by which texts are compared."""

from __future__ import annotations

import unicodedata

from sdf.plan.scripts import word_pattern


def words(text: str) -> list[str]:
    """The words of a text in order: NFC, case-folded, apostrophes straight and kept inside.

    In scripts without blanks each character is a word, so that shingles run by character.
    """
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    folded = text.casefold().replace("\u2019", "'")
    return word_pattern(folded).findall(folded)
