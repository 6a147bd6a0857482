"""The compiled pass over texts says what plain Python says, in every script."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from datasketch import MinHash
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sdf.diversity import shingles, signature, words
from sdf.diversity.letters import letters
from sdf.diversity.shingles import ngram_hashes, word_hash
from sdf.diversity.signature import from_datasketch, to_datasketch
from sdf.diversity.sketch import Sketches, sketch

# Where decoding, folding, normal forms and words are hard.
HOSTILE = [
    *"aZé9_'’-.,\u00a0\u2028\u0000",
    *[
        "e\u0301",
        "\u0301",
        "\u0327",
        "a\u0323\u0301",
        "a\u0301\u0323",
        "\u0344",
        "q\u0307\u0323",
    ],  # accents, out of order
    *"ßẞİıŉΐﬁﬃǰΣςſK\u212aÅ",  # folding to more, to less, to others
    *"一中豈々〆\U0002f800\U00020000\U0002fa1d\U0003134a",
    *"ひカｶﾞゔー\u3099",
    *["ก", "ก้", "ำ", "\u0e31", "ລ", "ម៉", "က်", "\u0f71\u0f72\u0f74"],
    *["वह", "कि", "क़", "\u093c", "বো", "\u09be", "\u09c7\u09be", "\u0bc6\u0bbe"],
    *["قَالَ", "\u0651\u064e", "\u064e\u0651", "نعم", "של\u05b0\u05bcום", "\u200c", "\u200d"],
    *["한", "\u1112", "\u1161", "\u11ab", "하\u11ab", "\u1112\u1161\u11ab", "\u11a7"],
    *["😀", "👩\u200d👧", "🇩🇪", "\ufe0f", "\U000e0100", "\U0001d15e", "\U0001d400", "𐐀", "𞤀", "\U0010ffff", "\u0378"],
]
TEXTS = st.lists(st.one_of(st.sampled_from([*HOSTILE, " ", " ", "a", "b"]), st.characters(codec="utf-8")), max_size=40)
MASK = (1 << 64) - 1
GRAM_STEP = 0x9FB21C651E98DF25


def plain_shingles(text: str, k: int) -> list[int]:
    """The distinct hashes of all runs of k words, by the definition of a run's hash."""
    hashed = [word_hash(word) for word in words(text)]
    k = min(k, len(hashed))
    runs = set()
    for first in range(len(hashed) - k + 1 if k else 0):
        value = 0
        for word in hashed[first : first + k]:
            value = (value * GRAM_STEP + word) & MASK
        runs.add(value)
    return sorted(runs)


def same(one: Sketches, two: Sketches) -> bool:
    return (
        np.array_equal(one.signatures, two.signatures)
        and np.array_equal(one.exact, two.exact)
        and np.array_equal(one.words, two.words)
    )


@settings(max_examples=300, deadline=None)
@given(TEXTS.map("".join), st.integers(1, 6))
@example("a\u0301\u0323 \u1112\u1161\u11ab", 1)
@example("\U0002f800\U00020000", 1)
@example("ŉﬃΐ İ", 2)
def test_shingles_are_those_of_plain_python(text: str, k: int) -> None:
    assert shingles(text, k).tolist() == plain_shingles(text, k)


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS.map("".join), max_size=7), st.integers(1, 6), st.sampled_from([64, 128]))
def test_many_at_once_are_each_alone(texts: list[str], k: int, perms: int) -> None:
    made = sketch(texts, k=k, perms=perms)
    assert made.signatures.shape == (len(texts), perms)
    for row, text in enumerate(texts):
        assert np.array_equal(made.signatures[row], signature(shingles(text, k), perms))
        assert made.words[row] == len(words(text))
    for threads in (2, 3):
        assert same(made, sketch(texts, k=k, perms=perms, threads=threads))


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS.map("".join), min_size=2, max_size=2))
def test_exact_is_equal_where_the_words_are(texts: list[str]) -> None:
    versions = [*texts, *(f"{unicodedata.normalize('NFD', text)} !" for text in texts)]
    exact = sketch(versions).exact.tolist()
    for one, text in enumerate(versions):
        for two, other in enumerate(versions):
            assert (exact[one] == exact[two]) == (words(text) == words(other))


@pytest.mark.parametrize("script", range(0, 0x110000, 0x8000))
def test_every_code_point_is_read_alone_and_between_letters(script: int) -> None:
    points = [point for point in range(script, script + 0x8000) if not 0xD800 <= point < 0xE000]
    # Far beyond the letters one in 37 will do, and a thousand in a text.
    chosen = points if script < 0x20000 else points[::37]
    for pattern in ("{} ", "x{}y ", "中{}字 "):
        for first in range(0, len(chosen), 1000):
            text = "".join(pattern.format(chr(point)) for point in chosen[first : first + 1000])
            assert shingles(text, 1).tolist() == plain_shingles(text, 1)


def test_columns_of_arrow_are_read_as_they_are() -> None:
    texts = ["The mill.", "", "e\u0301 é", None, "一二三", "The mill, the river and the book"]
    expected = sketch([text or "" for text in texts])
    column = pa.array(texts)
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        assert same(sketch(column.cast(kind)), expected)
    assert same(sketch(column.dictionary_encode()), expected)
    for first, length in ((0, 2), (2, 3), (5, 1), (6, 0)):
        part = sketch([text or "" for text in texts[first : first + length]])
        assert same(sketch(column.slice(first, length)), part)
        assert same(sketch(column.cast(pa.large_string()).slice(first, length)), part)


@pytest.mark.parametrize("texts", [[], [""], [None, None], ["", "\u2014"]])
def test_texts_without_words_have_the_largest_values(texts: list[str | None]) -> None:
    for made in (sketch(pa.array(texts, pa.string())), sketch([text or "" for text in texts])):
        assert made.signatures.shape == (len(texts), 128)
        assert np.all(made.signatures == 0xFFFFFFFF)
        assert made.words.tolist() == [0] * len(texts)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        sketch(["fine", "half \ud83d"])
    ends = np.array([0, 1, 3], np.int32)
    cut = pa.Array.from_buffers(pa.string(), 2, [None, pa.py_buffer(ends.tobytes()), pa.py_buffer(b"a\xf0\x9f")])
    with pytest.raises(ValueError, match="UTF8"):
        sketch(cut)


def test_a_long_text_among_short_ones() -> None:
    texts = ["short", "word " * 400_000 + "end", "一" * 100_000, "short"]
    made = sketch(texts, threads=2)
    assert made.words.tolist() == [1, 400_001, 100_000, 1]
    assert made.exact[0] == made.exact[3] != made.exact[1]
    assert np.array_equal(made.signatures[1], signature(shingles(texts[1])))


def test_runs_of_words_are_hashed_as_texts_are() -> None:
    text = "The mill by the river, the mill by the sea"
    assert sorted(set(ngram_hashes(words(text), 3).tolist())) == shingles(text, 3).tolist()


def test_ascii_is_as_sure_as_the_table_says() -> None:
    codes, expansions, *_ = letters()
    assert len(codes) == 0x20000
    assert expansions.shape[1] == 3
    assert not np.any(codes[:128] >> 24)


@pytest.mark.parametrize("perms", [64, 128])
def test_sketches_go_to_datasketch_and_back(perms: int) -> None:
    texts = ["the mill by the river", "the mill by the sea", "", "一二三"]
    made = sketch(texts, k=2, perms=perms).signatures
    theirs = to_datasketch(made)
    assert np.array_equal(from_datasketch(theirs), made)
    for text, one in zip(texts, theirs, strict=True):
        reference = MinHash(perms, seed=1, scheme="affine32", hashfunc=lambda h: h)
        reference.update_batch([h & 0xFFFFFFFF for h in plain_shingles(text, 2)])
        assert one.jaccard(reference) == 1
        assert np.array_equal(reference.hashvalues, one.hashvalues)
    assert theirs[0].jaccard(theirs[1]) == np.count_nonzero(made[0] == made[1]) / perms


def test_sketches_of_another_kind_are_refused() -> None:
    good = MinHash(128, seed=1, scheme="affine32")
    assert from_datasketch([]).shape == (0, 128)
    for other in (MinHash(128, seed=2, scheme="affine32"), MinHash(128, seed=1, scheme="legacy")):
        with pytest.raises(ValueError, match=r"sketch 1 is of scheme .* 'affine32' with seed 1 is needed"):
            from_datasketch([good, other])
    with pytest.raises(ValueError, match="sketch 2 has 64 permutations, the first 128"):
        from_datasketch([good, good, MinHash(64, seed=1, scheme="affine32")])
