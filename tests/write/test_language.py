"""What writers are told of a text that is not English."""

from __future__ import annotations

import pytest

from sdf.genres.load import load_catalogue
from sdf.genres.pack import Catalogue
from sdf.plan.names import NamePools
from sdf.recipe import World
from sdf.records import Bank, Brief, Cell, Identity, Principle, Words
from sdf.write.render import Templates
from sdf.write.variables import BriefVariables, run_variables
from tests.conftest import PACKS

TAGS = ("en", "en-GB", "fr-SN", "ja-JP", "ru-RU", "th-TH")
EARLIER = {"premise": {"line": "a", "description": "b"}, "draft": "c", "document": "d"}


@pytest.fixture(scope="module")
def packs() -> Catalogue:
    """One pack with the pools of the languages that are tried here."""
    return load_catalogue(PACKS, ["essay"], TAGS)


def prompt(packs: Catalogue, tag: str, stage: str, naming: str = "named") -> str:
    """The task block of one brief, written for `tag` alone."""
    identity = Identity(model="Orin", developer="Fathom Bay", document="Orin's constitution")
    principle = Principle(
        id="say", kind="principle", title="Say", text="Say so.", lines=(1, 1), span=(0, 1), sha256="", bank=Bank()
    )
    genre, setting = packs.genre("essay"), packs.settings[0]
    placed, names = NamePools(packs.pools, 7, {tag: 1.0}).settle(5, 0, "named", "Orin", setting)
    chosen = {axis.name: axis.values[0].id for axis in genre.axes} | {"naming": naming}
    brief = Brief(
        series="base",
        index=5,
        attempt=0,
        id="base-00000005-0",
        cell=Cell(principle_ids=("say",), genre="essay"),
        form="column",
        axes=chosen | {"setting": setting.id} | placed,
        expects="shown",
        names=names,
        words=Words(low=400, high=800, target=600),
        seed=1,
        family="f",
        split="train",
    )
    run = run_variables(identity, World(), [principle], "# whole", "")
    variables = BriefVariables(run, packs, [principle]).of(brief, genre, EARLIER)
    wanted = next(row for row in genre.stages if row.name == stage)
    return Templates(genre).task(wanted, variables)


@pytest.mark.parametrize("stage", ["premise", "draft", "rewrite", "judge"])
def test_every_stage_knows_the_language(packs: Catalogue, stage: str) -> None:
    text = prompt(packs, "ja-JP", stage)
    assert '<language tag="ja-JP">' in text
    assert "it is thought in Japanese from its first word" in text
    assert "talk in 「 」" in text
    assert "Family name with さん" in text
    assert "Translated words in quotation marks are a misquotation" in text


def test_lengths_are_in_the_unit_of_the_language(packs: Catalogue) -> None:
    japanese, russian = prompt(packs, "ja-JP", "draft"), prompt(packs, "ru-RU", "draft")
    assert japanese.count("880 to 1760 characters") == 2
    assert "400 to 800 words" not in japanese
    assert russian.count("400 to 800 words") == 2
    assert "counted in characters" not in russian
    assert "1800 to 3600 characters" in prompt(packs, "th-TH", "rewrite")


def test_an_organisation_gets_its_kind_in_the_language(packs: Catalogue) -> None:
    text, setting = prompt(packs, "ja-JP", "premise"), packs.settings[0]
    assert "the first part of its name; the whole is made with the word that such a body, in English " in text
    assert f'"{setting.organisation}"' in text
    assert f" {setting.organisation} (the first part" not in text


def test_without_a_pool_the_writer_chooses_names(packs: Catalogue) -> None:
    text = prompt(packs, "fr-SN", "draft")
    assert "Names: there is no list for this piece." in text
    assert "Names you may use" not in text
    assert "All of <document> is in the language of fr-SN." in text


def test_an_unnamed_ai_is_described_in_the_language(packs: Catalogue) -> None:
    assert "is natural in Russian" in prompt(packs, "ru-RU", "draft", naming="unnamed")
    assert "Orin is spelled so" in prompt(packs, "ru-RU", "draft")


def test_english_prompts_do_not_speak_of_language(packs: Catalogue) -> None:
    assert "<language" not in prompt(packs, "en", "draft")
    assert "in English as it is written where the tag en-GB belongs" in prompt(packs, "en-GB", "draft")
