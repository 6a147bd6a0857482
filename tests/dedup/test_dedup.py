"""What a dedup keeps, what it leaves out, and why."""

from __future__ import annotations

import json
import sys
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from sdf.dedup import DedupChoice, dedup
from sdf.diversity.pairs import components
from sdf.errors import InputError
from tests.dedup.corpus import Json, groups, kept, plain_jaccard, planted_rows, result, write

LONG = "the keeper of the mill by the river wrote every sack of grain into a book that nobody had asked her for"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write(tmp_path / "c.jsonl", planted_rows())


def test_one_of_each_group_stays_as_it_was(corpus: Path, tmp_path: Path) -> None:
    report = dedup(corpus, tmp_path / "out")
    assert (report.documents, report.kept, report.copies, report.near) == (30, 10, 10, 10)
    assert (report.groups, report.largest, report.compared, report.capped) == (10, 3, 10, 0)
    assert report.duplicate_rate == pytest.approx(2 / 3)
    assert kept(tmp_path / "out") == planted_rows()[::3]
    assert json.loads((tmp_path / "out" / "dedup.json").read_bytes()) == report.as_json()


def test_every_group_says_why(corpus: Path, tmp_path: Path) -> None:
    dedup(corpus, tmp_path / "out")
    found = groups(tmp_path / "out")
    rows = planted_rows()
    assert [group["kept"] for group in found] == [{"number": 3 * n, "id": f"a{n}", "score": None} for n in range(10)]
    for number, group in enumerate(found):
        copy, near = group["left_out"]
        assert copy == {
            **{"number": 3 * number + 1, "id": f"b{number}", "score": None},
            **{"jaccard": 1.0, "like": f"a{number}", "copy": True},
        }
        assert (near["id"], near["like"], near["copy"]) == (f"c{number}", f"a{number}", False)
        similarity = plain_jaccard(rows[3 * number]["text"], rows[3 * number + 2]["text"], 5)
        assert near["jaccard"] == pytest.approx(similarity, abs=5e-5)
        assert 0.8 <= similarity < 1


def test_the_best_score_stays(corpus: Path, tmp_path: Path) -> None:
    report = dedup(corpus, tmp_path / "out", DedupChoice(score="meta.quality"))
    assert [row["id"] for row in kept(tmp_path / "out")] == [f"c{n}" for n in range(10)]
    assert groups(tmp_path / "out")[0]["kept"] == {"number": 2, "id": "c0", "score": 99.0}
    # Of two texts with the same words one is a near-duplicate of what stays, and the other its copy.
    assert (report.copies, report.near) == (10, 10)
    assert [member["copy"] for member in groups(tmp_path / "out")[0]["left_out"]] == [False, True]


@pytest.mark.parametrize("best", [0, 1, 2])
def test_copies_are_copies_whichever_stays(tmp_path: Path, best: int) -> None:
    rows = [{"text": LONG, "score": int(number == best)} for number in range(3)]
    report = dedup(write(tmp_path / "c.jsonl", rows), tmp_path / "out", DedupChoice(score="score"))
    assert (report.kept, report.copies, report.near) == (1, 2, 0)
    assert all(member["copy"] for member in groups(tmp_path / "out")[0]["left_out"])


@pytest.mark.parametrize(
    ("ids", "stays"),
    [
        (["d20004", "d4", "d10"], "d4"),
        (["b-2-x", "b-10-x", "a-99"], "a-99"),
        (["z", "10", "9"], "9"),
        (["\u0663" * 5000, "9" * 5000, "x"], "9" * 5000),
        ([12, 3, 40], 3),
    ],
)
def test_of_equal_ones_the_smallest_id_as_people_count(tmp_path: Path, ids: list[object], stays: object) -> None:
    rows = [{"id": one, "text": LONG} for one in ids]
    dedup(write(tmp_path / "c.jsonl", rows), tmp_path / "out")
    assert [row["id"] for row in kept(tmp_path / "out")] == [stays]


def test_the_first_stays_where_ids_are_equal(tmp_path: Path) -> None:
    rows = [{"id": "same", "text": LONG, "n": number} for number in range(3)]
    dedup(write(tmp_path / "c.jsonl", rows), tmp_path / "out")
    assert kept(tmp_path / "out") == rows[:1]


def test_a_thousand_copies_are_one_group_and_nothing_to_compare(tmp_path: Path) -> None:
    rows = [{"id": number, "text": LONG + "." * (number % 7)} for number in range(1000)]
    report = dedup(write(tmp_path / "c.jsonl", rows), tmp_path / "out")
    assert (report.kept, report.copies, report.near, report.compared, report.capped) == (1, 999, 0, 0, 0)
    assert (report.groups, report.largest) == (1, 1000)
    assert kept(tmp_path / "out") == rows[:1]


def test_documents_without_words_are_nobodys_duplicate(tmp_path: Path) -> None:
    rows = [{"text": text} for text in ("", "", "\u2014", "...", "one two", "")]
    report = dedup(write(tmp_path / "c.jsonl", rows), tmp_path / "out")
    assert (report.kept, report.groups) == (6, 0)
    assert kept(tmp_path / "out") == rows


@pytest.mark.parametrize("rows", [[], [{"text": LONG}]])
def test_a_corpus_of_nothing_or_one(tmp_path: Path, rows: list[Json]) -> None:
    report = dedup(write(tmp_path / "c.jsonl", rows), tmp_path / "out")
    assert (report.documents, report.kept, report.duplicate_rate) == (len(rows), len(rows), 0)
    assert groups(tmp_path / "out") == []
    assert kept(tmp_path / "out") == rows


def test_words_in_another_order_are_alike_only_in_their_shingles(tmp_path: Path) -> None:
    rows = [{"text": "a b c d e f"}, {"text": "f e d c b a"}]
    corpus = write(tmp_path / "c.jsonl", rows)
    assert dedup(corpus, tmp_path / "five").kept == 2
    single = dedup(corpus, tmp_path / "one", DedupChoice(shingle=1))
    assert (single.kept, single.copies, single.near, single.compared) == (1, 0, 1, 1)


def test_columns_and_lines_give_the_same_result(corpus: Path, tmp_path: Path) -> None:
    parquet.write_table(pa.Table.from_pylist(planted_rows()), tmp_path / "c.parquet", row_group_size=7)
    dedup(corpus, tmp_path / "lines")
    dedup(tmp_path / "c.parquet", tmp_path / "columns")
    assert result(tmp_path / "lines") == result(tmp_path / "columns")


def test_many_documents_go_into_several_files(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["sdf.dedup.dedup"], "ROWS_A_SHARD", 4)
    dedup(corpus, tmp_path / "out")
    names = [path.name for path in sorted((tmp_path / "out" / "documents").iterdir())]
    assert names == [f"part-{part:05d}.jsonl.zst" for part in range(3)]
    assert kept(tmp_path / "out") == planted_rows()[::3]


def test_pairs_are_verified_in_parts_to_the_same_result(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dedup(corpus, tmp_path / "at-once")
    monkeypatch.setattr(sys.modules["sdf.dedup.verify"], "MOST_AT_ONCE", 6)
    dedup(corpus, tmp_path / "in-parts")
    assert result(tmp_path / "at-once") == result(tmp_path / "in-parts")


def test_what_utf8_cannot_say_is_kept_escaped(tmp_path: Path) -> None:
    corpus = tmp_path / "c.jsonl"
    corpus.write_text('{"id": "\\ud800", "text": "a b c", "é": 1}\n{"id": "x", "text": "a b c"}\n')
    dedup(corpus, tmp_path / "out")
    assert groups(tmp_path / "out")[0]["left_out"][0]["id"] == "\ud800"
    assert kept(tmp_path / "out") == [{"id": "x", "text": "a b c"}]


@pytest.mark.parametrize("value", ["null", '"9"', "true", "NaN", "Infinity", "1e999", "1" + "0" * 400])
def test_a_score_that_is_no_number_is_named(tmp_path: Path, value: str) -> None:
    corpus = tmp_path / "c.jsonl"
    corpus.write_text("".join(f'{{"text": "a b c", "score": {score}}}\n' for score in ("2", value)))
    with pytest.raises(InputError, match=r"c\.jsonl:2: the row has no number in `score`"):
        dedup(corpus, tmp_path / "out", DedupChoice(score="score"))


@pytest.mark.parametrize(
    "choice",
    [{"threshold": float("nan")}, {"threshold": 0}, {"threshold": 1.01}, {"shingle": 0}, {"bands": 26}, {"rows": 0}],
)
def test_a_choice_that_no_corpus_can_meet(choice: dict[str, float]) -> None:
    with pytest.raises(InputError):
        DedupChoice(**choice)


HARD = ["miller's", "一二", "Straße", "cafe\u0301", "ก้อน", "वह"]
BASE = [*HARD, *(f"word{number}" for number in range(34))]
EDITS = st.lists(st.integers(0, 39), max_size=4)


@st.composite
def corpora(draw: st.DrawFn) -> list[str]:
    """Versions of two texts, with up to four words changed and up to three left out, in other letters."""
    texts = []
    for turned, edits, cut, loud in draw(
        st.lists(st.tuples(st.booleans(), EDITS, st.integers(0, 3), st.booleans()), min_size=2, max_size=8)
    ):
        changed = BASE[::-1] if turned else BASE[:]
        for place in edits:
            changed[place] = f"new{place}"
        kept = changed[: len(changed) - cut]
        texts.append(" ".join(kept).upper() if loud else ", ".join(kept))
    return texts


# The one promise with a probability in it, 0.99995 a pair: the examples are the same in every run.
@settings(derandomize=True, max_examples=30, deadline=None)
@given(texts=corpora(), shingle=st.sampled_from([1, 2, 5]), threshold=st.sampled_from([0.8, 0.9, 1.0]))
def test_groups_are_those_of_a_comparison_of_all_pairs(texts: list[str], shingle: int, threshold: float) -> None:
    with TemporaryDirectory() as name:
        corpus = write(Path(name) / "c.jsonl", [{"id": n, "text": text} for n, text in enumerate(texts)])
        report = dedup(corpus, Path(name) / "out", DedupChoice(threshold, shingle=shingle))
        found = groups(Path(name) / "out")
    similarity = {
        pair: plain_jaccard(*(texts[n] for n in pair), shingle) for pair in combinations(range(len(texts)), 2)
    }
    alike = components(pair for pair, value in similarity.items() if value >= threshold)
    assert [[group["kept"]["number"], *(one["number"] for one in group["left_out"])] for group in found] == [
        *alike.values()
    ]
    for group in found:
        for member in group["left_out"]:
            pair = (min(member["number"], int(member["like"])), max(member["number"], int(member["like"])))
            assert similarity[pair] >= threshold
            assert member["jaccard"] == round(similarity[pair], 4)
            assert similarity[pair] == max(value for both, value in similarity.items() if member["number"] in both)
    assert report.kept == len(texts) - sum(len(group["left_out"]) for group in found)
