"""The one definition of a word by which texts are compared."""

from __future__ import annotations

import unicodedata

from sdf.plan.scripts import token_pattern


def words(text: str) -> list[str]:
    """The words of a text in order: NFC, case-folded; an apostrophe ends a word.

    In scripts without blanks each character is a word, so that shingles run by character.
    """
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    folded = text.casefold()
    return token_pattern(folded).findall(folded)
