"""Locale files: what ships, what a tag falls back to, and what is said of a broken one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sdf.errors import GenreError
from sdf.genres.load import load_catalogue
from sdf.genres.pack import NativeLocale
from sdf.plan.locales import canonical, script_of
from sdf.plan.scripts import SCRIPTS, script_share
from tests.conftest import PACKS, ROOT

FILES = sorted((ROOT / "genres" / "_shared" / "locales").glob("*.toml"))
TAGS = tuple(path.stem for path in FILES)


def native(*tags: str, folders: tuple[Path, ...] = PACKS) -> tuple[NativeLocale, ...]:
    return load_catalogue(folders, ["essay"], tags).pools.native


def test_fifteen_locales_ship_with_names_in_their_own_script() -> None:
    assert len(TAGS) >= 15
    for locale in native(*TAGS):
        assert canonical(locale.tag) == locale.tag
        given = [name for name, _ in locale.given]
        assert min(len(set(given)), len(set(locale.family))) >= 24, locale.tag
        assert min(len(set(locale.places)), len(set(locale.organisation_first))) >= 12, locale.tag
        assert {pronoun for _, pronoun in locale.given} >= {"she", "he"}
        assert locale.language
        assert locale.label
        assert locale.address
        assert locale.typography
        script = script_of(locale.tag)
        assert script in SCRIPTS
        for name in (*given, *locale.family, *locale.places, *locale.organisation_first):
            assert script_share(name, script) == 1, (locale.tag, name)


def test_no_pool_holds_a_name_that_its_locale_bans() -> None:
    for locale in native(*TAGS):
        own = {name for name, _ in locale.given} | {*locale.family, *locale.family_she}
        assert not own & {*locale.banned, *locale.foreign_ai}, locale.tag


@pytest.mark.parametrize(
    ("tag", "language"),
    [("ja", "Japanese"), ("zh", "Simplified Chinese"), ("zh-CN", "Simplified Chinese"), ("pt", "Brazilian Portuguese")],
)
def test_a_shorter_tag_finds_the_file_that_says_more(tag: str, language: str) -> None:
    (found,) = native(tag)
    assert (found.tag, found.language) == (tag, language)


@pytest.mark.parametrize("tag", ["fr-SN", "zh-Hant-TW", "pt-PT", "qu"])
def test_any_other_tag_has_a_neutral_pool(tag: str) -> None:
    (found,) = native(tag)
    assert found == NativeLocale(tag=tag)
    assert found.neutral


def test_english_tags_need_no_file() -> None:
    assert native("en", "en-GB") == ()


def test_a_run_depends_only_on_the_locales_it_names(tmp_path: Path) -> None:
    own = tmp_path / "genres"
    shutil.copytree(ROOT / "genres" / "_shared" / "locales", own / "_shared" / "locales")
    folders = (own, *PACKS)
    before, japanese = load_catalogue(folders, ["essay"]), load_catalogue(folders, ["essay"], ["ja-JP"])
    with (own / "_shared" / "locales" / "th-TH.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert load_catalogue(folders, ["essay"]).sha256 == before.sha256
    assert load_catalogue(folders, ["essay"], ["ja-JP"]).sha256 == japanese.sha256 != before.sha256
    assert "locales/ja-JP.toml" in japanese.shared_files
    assert not any(name.startswith("locales/") for name in before.shared_files)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('language = "Welsh"\nplaces = ["Aber"]', "need 12 names each"),
        ("given = 3", "`given`"),
        ('capital = "Cardiff"', "`capital`: Extra inputs"),
        ("order = ", "is not TOML"),
    ],
)
def test_a_broken_locale_names_its_file(tmp_path: Path, body: str, says: str) -> None:
    folder = tmp_path / "genres" / "_shared" / "locales"
    folder.mkdir(parents=True)
    (folder / "cy-GB.toml").write_text(body, encoding="utf-8")
    with pytest.raises(GenreError, match=says) as refused:
        native("cy-GB", folders=(tmp_path / "genres", *PACKS))
    assert "_shared/locales/cy-GB.toml" in refused.value.where


def test_an_axis_may_not_take_the_plans_names(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "genres" / "essay", tmp_path / "genres" / "essay")
    path = tmp_path / "genres" / "essay" / "genre.toml"
    table = '\n[[axes]]\nname = "language"\nvalues = [{ id = "plain", label = "plain" }]\n'
    path.write_text(path.read_text(encoding="utf-8") + table, encoding="utf-8")
    with pytest.raises(GenreError, match="an axis is called `language`"):
        load_catalogue((tmp_path / "genres", *PACKS), ["essay"])
