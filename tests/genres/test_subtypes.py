"""subtypes.toml: read, refused with its line, laid over a pack, and written back as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from sdf.errors import GenreError
from sdf.genres.load import load_catalogue
from sdf.genres.pack import Genre
from sdf.genres.subtypes import Provenance, Question, Subtype, Subtypes, parse_subtypes, write_subtypes
from tests.conftest import PACKS

TWO = """\
subtypes = [
  { id = "fence-talk", form = "interview", label = "talk over a fence", about = "Two neighbours, one recorder." },
  { id = "shift-notes", form = "solo", label = "notes spoken after a shift", about = "Said into a phone." },
]
"""


def load(folder: Path, text: str) -> Genre:
    """The shipped podcast pack under a project's subtypes.toml."""
    path = folder / "genres/podcast/subtypes.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return load_catalogue([folder / "genres", *PACKS], ["podcast"]).genre("podcast")


def test_subtypes_are_one_more_axis_and_the_last(tmp_path: Path) -> None:
    bare, genre = load(tmp_path, ""), load(tmp_path, TWO)
    assert genre.axes[:-1] == bare.axes
    assert [(value.id, value.form, value.weight) for value in genre.axis("subtype").values] == [
        ("fence-talk", "interview", 1.0),
        ("shift-notes", "solo", 1.0),
    ]
    assert genre.axis("subtype").value("fence-talk").label == "talk over a fence. Two neighbours, one recorder."


def test_they_count_in_the_packs_hash_and_are_kept_with_it(tmp_path: Path) -> None:
    bare, genre = load(tmp_path, "subtypes = []"), load(tmp_path, TWO)
    assert genre.sha256 != bare.sha256
    assert genre.files["subtypes.toml"] == TWO.encode()
    assert "subtype" not in {axis.name for axis in bare.axes}


@pytest.mark.parametrize(
    ("old", "new", "says", "line"),
    [
        ('form = "solo"', 'form = "sonnet"', "a form that is not there: sonnet", 3),
        ('id = "shift-notes"', 'id = "fence-talk"', "two subtypes are called `fence-talk`", 3),
        ('id = "shift-notes"', 'id = "Shift Notes"', "subtypes.1.id", 3),
        ('label = "notes', 'lable = "notes', "subtypes.1", 3),
        ("one recorder.", "one\\nrecorder.", "one line", 2),
        ("subtypes = [", "subtypes = [[", "is not TOML", None),
        ("subtypes = [", "#" * 600_001 + "\nsubtypes = [", "over 600,000 bytes", None),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, old: str, new: str, says: str, line: int | None) -> None:
    with pytest.raises(GenreError) as refused:
        load(tmp_path, TWO.replace(old, new, 1))
    assert says in str(refused.value)
    assert refused.value.where == "genres/podcast/subtypes.toml" + (f":{line}" if line else "")
    assert refused.value.hint


def test_a_pack_with_an_axis_of_that_name_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "genres/podcast"
    load(tmp_path, "")
    for name in ("genre.toml", "premise.j2", "draft.j2", "rewrite.j2", "judge.j2"):
        (folder / name).write_bytes((PACKS[0] / "podcast" / name).read_bytes())
    with (folder / "genre.toml").open("a") as stream:
        stream.write('\n[[axes]]\nname = "subtype"\nvalues = [{ id = "own", label = "its own" }]\n')
    assert load(tmp_path, "").axis("subtype").values[0].id == "own"
    with pytest.raises(GenreError, match="of its own"):
        load(tmp_path, TWO)


def test_what_is_written_is_what_was_there(tmp_path: Path) -> None:
    forms = load(tmp_path, "").forms
    hard = 'a "quoted" one \\ with a \x7f and é, 日本'.replace("\x7f", "")
    found = Subtypes(
        subtypes=(
            Subtype(id="b", form="solo", label=hard, about="Said once.", weight=0.5, request="abc"),
            Subtype(id="a", form="interview", label="another", about="Said twice."),
        ),
        provenance=Provenance(
            asked=(Question(request="abc", form="solo", round=1, model="m", date="2026-11-22", template="t", near=2),)
        ),
    )
    body = write_subtypes(found, forms)
    again = parse_subtypes(body, "here", forms)
    assert sorted(again.subtypes, key=lambda one: one.id, reverse=True) == list(found.subtypes)
    assert again.provenance == found.provenance
    assert write_subtypes(again, forms) == body
    assert body.index(b'id = "a"') < body.index(b'id = "b"')
