"""What counts as a word in any script.

Most scripts put blanks between words, and a word is a run of letters, digits and the
marks that sit on letters. Han, kana, Thai, Lao, Khmer and Burmese do not: there every
character, with the marks that sit on it, is a word of its own, because telling words
apart would take a dictionary. Hangul has blanks and counts as a spaced script.
"""

from __future__ import annotations

import re
from unicodedata import category

# `\w` leaves out the vowel signs of Indic scripts and the points of Arabic and Hebrew,
# which would break their words apart. The joiners stand inside Persian and Hindi words.
_MARKS = "\u200c\u200d" + "".join(chr(point) for point in range(0x300, 0x1C00) if category(chr(point)) in {"Mn", "Mc"})
_SPACELESS = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46"  # Thai
    "\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf"  # Lao
    "\u1000-\u102a\u103f\u1050-\u1055\u105a-\u105d"  # Burmese
    "\u1780-\u17b3\u17d7"  # Khmer
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u303c\u3105-\u312f"
    "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
_LETTER = rf"(?:[^\W{_SPACELESS}]|[{_MARKS}])"
_ALONE = rf"[{_SPACELESS}][{_MARKS}]*"
# Texts without any of these are the many, and are read by the plain patterns. Rare
# ideographs have a pattern of their own, because a class that reaches so high is slow.
_BEYOND = re.compile("[\u0300-\u036f\u0483-\u0489\u0590-\u1cff\u200c\u200d\u2e80-\uabff\uf900-\ufaff\uff66-\uff9f]")
_RARE = re.compile("[\U00020000-\U0003ffff]")
_PLAIN_TOKEN, _PLAIN_WORD = re.compile(r"\w+"), re.compile(r"\w+(?:'\w+)*")
_TOKEN = re.compile(rf"{_ALONE}|{_LETTER}+")
_WORD = re.compile(rf"{_ALONE}|{_LETTER}+(?:'{_LETTER}+)*")
_IS_SPACELESS = re.compile(f"[{_SPACELESS}]")
_IS_MARK = re.compile(f"[{_MARKS}]")

SCRIPTS = {
    "Arab": "\u0600-\u06ff\u0750-\u077f",
    "Armn": "\u0531-\u058f",
    "Beng": "\u0980-\u09ff",
    "Cyrl": "\u0400-\u052f",
    "Deva": "\u0900-\u097f",
    "Ethi": "\u1200-\u139f",
    "Geor": "\u10a0-\u10ff\u1c90-\u1cbf",
    "Grek": "\u0370-\u03ff\u1f00-\u1fff",
    "Gujr": "\u0a80-\u0aff",
    "Guru": "\u0a00-\u0a7f",
    "Hang": "\u1100-\u11ff\uac00-\ud7af",
    "Hani": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
    "Hebr": "\u0590-\u05ff",
    "Jpan": "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff",
    "Khmr": "\u1780-\u17ff",
    "Knda": "\u0c80-\u0cff",
    "Laoo": "\u0e80-\u0eff",
    "Latn": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
    "Mlym": "\u0d00-\u0d7f",
    "Mymr": "\u1000-\u109f",
    "Sinh": "\u0d80-\u0dff",
    "Taml": "\u0b80-\u0bff",
    "Telu": "\u0c00-\u0c7f",
    "Thai": "\u0e00-\u0e7f",
}
"""The letters of each script by its ISO 15924 code, as the inside of a character class."""


def token_pattern(text: str) -> re.Pattern[str]:
    """What finds the tokens of a text: words, which end at an apostrophe."""
    return _TOKEN if _is_beyond(text) else _PLAIN_TOKEN


def word_pattern(text: str) -> re.Pattern[str]:
    """What finds the words of a text, with straight apostrophes kept inside."""
    return _WORD if _is_beyond(text) else _PLAIN_WORD


def _is_beyond(text: str) -> bool:
    return not text.isascii() and bool(_BEYOND.search(text) or _RARE.search(text))


def is_spaceless(character: str) -> bool:
    """Whether a character is written without blanks between words."""
    return bool(_IS_SPACELESS.match(character))


def is_mark(character: str) -> bool:
    """Whether a character sits on the letter before it."""
    return bool(_IS_MARK.match(character))


def script_share(text: str, script: str) -> float:
    """The share of a text's letters that belong to a script; 1 for a text without letters."""
    letters = sum(map(str.isalpha, text))
    if not letters:
        return 1.0
    own = sum(map(str.isalpha, "".join(re.findall(f"[{SCRIPTS[script]}]+", text))))
    return own / letters


def ascii_digits(text: str) -> str:
    """A text with the decimal digits of all scripts as 0 to 9, of the same length."""
    if text.isascii():
        return text
    return "".join(str(int(c)) if not c.isascii() and c.isdecimal() else c for c in text)
