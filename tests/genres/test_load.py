"""Folders to packs, and what is said of a broken one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sdf.errors import GenreError
from sdf.genres.load import find_packs, load_catalogue, search_path
from sdf.genres.pack import Catalogue
from tests.conftest import ROOT


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A project's genres folder with a copy of essay."""
    shutil.copytree(ROOT / "genres" / "essay", tmp_path / "genres" / "essay")
    return tmp_path / "genres"


def load(own: Path) -> Catalogue:
    return load_catalogue([own, ROOT / "genres"], ["essay"])


def change(own: Path, old: str, new: str) -> None:
    path = own / "essay" / "genre.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_nine_packs_of_about_a_hundred_forms_ship(catalogue: Catalogue) -> None:
    names = [
        "aligned_ai_fiction",
        "commentary",
        "debate",
        "essay",
        "forum",
        "parable",
        "podcast",
        "reference",
        "workplace",
    ]
    assert [genre.name for genre in catalogue.genres] == names
    assert all(len(genre.forms) >= 11 for genre in catalogue.genres)
    assert sum(len(genre.forms) for genre in catalogue.genres) >= 100
    for genre in catalogue.genres:
        assert all(150 <= form.words[0] < form.words[1] <= 3500 for form in genre.forms), genre.name
        assert any(form.identity for form in genre.forms), genre.name
        identity = sum(form.weight for form in genre.forms if form.identity)
        assert identity / sum(form.weight for form in genre.forms) < 0.1, genre.name
        assert "README.md" in genre.files, genre.name
        assert [stage.name for stage in genre.stages] == ["premise", "draft", "rewrite", "judge"]


def test_every_pack_has_every_axis(catalogue: Catalogue) -> None:
    wanted = {"stance", "centrality", "resolution", "naming", "audience", "register", "narrator", "arc"}
    for genre in catalogue.genres:
        assert wanted <= {axis.name for axis in genre.axes}, genre.name


def test_a_project_pack_comes_before_the_shipped_one(own: Path) -> None:
    change(own, "share = 10", "share = 11")
    assert load(own).genre("essay").share == 11
    assert find_packs([own, ROOT / "genres"])["podcast"].parent == ROOT / "genres"


def test_any_changed_byte_changes_the_hash(own: Path) -> None:
    before = load(own).genre("essay").sha256
    (own / "essay" / "draft.j2").write_text("{% extends '_shared/draft.j2' %} ")
    assert load(own).genre("essay").sha256 != before


def test_shared_files_of_a_project_cover_the_shipped_ones(own: Path) -> None:
    (own / "_shared").mkdir()
    (own / "_shared" / "rules.j2").write_text("Our rules.")
    loaded = load(own)
    assert loaded.genre("essay").templates["_shared/rules.j2"] == "Our rules."
    assert loaded.settings


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("share = 10", "share = -10", "`share`"),
        ("share = 10", "share = 10\nshelf = 3", "`shelf`: Extra inputs"),
        ("share = 10", "share = ", "is not TOML"),
        ("words = [700, 1400]", "words = [1400, 700]", "words is"),
        ('id = "op-ed"', 'id = "Op Ed"', "forms.1.id"),
        ('id = "op-ed"', 'id = "personal-essay"', "missing or doubled"),
        ('template = "draft.j2"', 'template = "draught.j2"', "a template that is not there: draught.j2"),
        ("share = 10", 'share = 10\nname = "other"', "must be its folder's"),
    ],
)
def test_a_broken_pack_names_file_and_fix(own: Path, old: str, new: str, says: str) -> None:
    change(own, old, new)
    with pytest.raises(GenreError) as refused:
        load(own)
    assert says in str(refused.value)
    assert refused.value.where.startswith("genres/essay/genre.toml")
    assert refused.value.hint


def test_a_forbidden_combination_must_exist(own: Path) -> None:
    change(own, "forbid = [", 'forbid = [\n  { stance = ["furious"] },')
    with pytest.raises(GenreError, match="stance = \\['furious'\\]"):
        load(own)


def test_a_phrase_table_holds_lists_of_texts_only(own: Path) -> None:
    (own / "essay" / "offline" / "more.toml").write_text("rule = 3\n")
    with pytest.raises(GenreError, match="`rule` is not a list of texts"):
        load(own)


def test_an_unknown_genre_names_the_known_ones(own: Path) -> None:
    with pytest.raises(GenreError, match="there is no genre `sonnet`"):
        load_catalogue([own], ["sonnet"])


def test_a_link_out_of_the_pack_is_not_followed(own: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("key")
    (own / "essay" / "notes.txt").symlink_to(tmp_path / "secret.txt")
    assert "notes.txt" not in load(own).genre("essay").files


def test_a_pack_that_is_too_large_is_refused(own: Path) -> None:
    (own / "essay" / "big.txt").write_text("x" * 1_100_000)
    with pytest.raises(GenreError, match="1,000,000 bytes"):
        load(own)


def test_the_search_path_begins_with_the_project(own: Path) -> None:
    assert search_path(own.parent)[0] == own
    assert search_path(ROOT) == (ROOT / "genres",)
