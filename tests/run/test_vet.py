"""Packs nobody tried before are tried in a bounded child; `genres check` says all that is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sdf.errors import GenreError
from sdf.genres.load import load_catalogue
from sdf.genres.pack import Catalogue
from sdf.run import vet as vetting
from sdf.run.rehearse import rehearse
from sdf.run.vet import vet
from tests.conftest import ROOT


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "genres" / "essay", tmp_path / "genres" / "mine")
    return tmp_path / "genres" / "mine"


def load(pack: Path) -> tuple[Catalogue, list[Path]]:
    folders = [pack.parent, ROOT / "genres"]
    return load_catalogue(folders, ["mine"]), folders


def draft(pack: Path, text: str) -> None:
    (pack / "draft.j2").write_text("{% extends '_shared/draft.j2' %}{% block craft %}" + text + "{% endblock %}")


@pytest.mark.parametrize("name", [p.name for p in sorted((ROOT / "genres").iterdir()) if (p / "genre.toml").exists()])
def test_the_shipped_packs_are_sound(catalogue: Catalogue, name: str) -> None:
    assert rehearse(catalogue, catalogue.genre(name)) == ()


def test_a_sound_pack_is_tried_once(pack: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    vet(*load(pack))
    monkeypatch.setattr(vetting.sys, "executable", "/nowhere/python")
    vet(*load(pack))
    draft(pack, "Now it is another pack.")
    with pytest.raises(FileNotFoundError):
        vet(*load(pack))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ ''.__class__ }}", "access to attribute '__class__'"),
        ("{{ nobody }}", "'nobody' is undefined"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "to render"),
        ("{{ 'a' * 100000000 }}", "renders 100,0|to render"),
        ("{{ 'a' * 9000000000 }}", "render"),
        ("{% if %}", "template syntax"),
    ],
)
def test_a_hostile_pack_is_refused(pack: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str) -> None:
    monkeypatch.setattr(vetting, "CPU_SECONDS", 3)
    draft(pack, text)
    with pytest.raises(GenreError, match=says) as refused:
        vet(*load(pack))
    assert "mine" in refused.value.where


def test_a_stage_that_never_asks_for_its_tag_is_named(pack: Path) -> None:
    (pack / "draft.j2").write_text("Write {{ form.label }} as you please.")
    (catalogue, _) = load(pack)
    messages = [f.message for f in rehearse(catalogue, catalogue.genre("mine"))]
    assert any("never asks for <document>" in message for message in messages)


def test_an_axis_nobody_names_is_a_warning(pack: Path) -> None:
    with (pack / "genre.toml").open("a") as toml:
        toml.write('\n[[axes]]\nname = "mood"\nvalues = [{ id = "grim", label = "grim" }]\n')
    (catalogue, _) = load(pack)
    findings = rehearse(catalogue, catalogue.genre("mine"))
    assert [(f.severity, "`mood`" in f.message) for f in findings] == [("warning", True)]


def test_an_impossible_combination_is_an_error(pack: Path) -> None:
    text = (pack / "genre.toml").read_text()
    every = '["supportive", "neutral", "critical"]'
    (pack / "genre.toml").write_text(
        text.replace("forbid = [", f'forbid = [\n  {{ form = ["op-ed"], stance = {every} }},', 1)
    )
    (catalogue, _) = load(pack)
    findings = rehearse(catalogue, catalogue.genre("mine"))
    assert any(f.severity == "error" and "no value of `stance` is allowed" in f.message for f in findings)
