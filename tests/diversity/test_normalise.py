from __future__ import annotations

import pytest

from sdf.diversity import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It\u2019s  the MILL,\nisn't it?", ["it", "s", "the", "mill", "isn", "t", "it"]),
        ("Caf\u00e9 Cafe\u0301", ["caf\u00e9", "caf\u00e9"]),
        ("STRASSE stra\u00dfe", ["strasse", "strasse"]),
        ("'quoted' and well-being", ["quoted", "and", "well", "being"]),
        ("\u2014 \u2026 !", []),
        ("", []),
        ("AIは答えた。", ["ai", "は", "答", "え", "た"]),
        ("他说：“好。”", ["他", "说", "好"]),
        ("เขาพูดว่า ดี", ["เ", "ข", "า", "พู", "ด", "ว่", "า", "ดี"]),
        ("그는 말했다", ["그는", "말했다"]),
        ("वह किताब", ["वह", "किताब"]),
        ("قال: «نعم»", ["قال", "نعم"]),
        ("Ёлка ёлка", ["ёлка", "ёлка"]),
    ],
)
def test_words_are_folded_runs_of_letters(text: str, expected: list[str]) -> None:
    assert words(text) == expected
