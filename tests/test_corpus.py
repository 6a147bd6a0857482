"""A corpus of a thousand documents, held to the figures that a reader of it would feel."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.figures import cells_off, documents, pool_words
from sdf.diversity.repetition import distinct_n, name_counts, neighbour_share, ngram_document_share, opening_counts
from sdf.run.generate import generate
from sdf.run.setup import Setup
from sdf.run.verify import verify_run

Make = Callable[..., Setup]
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def corpus(make_setup: Make, tmp_path_factory: pytest.TempPathFactory) -> tuple[Setup, Path, Rows]:
    setup = make_setup(seed=7)
    run = tmp_path_factory.mktemp("corpus") / "k"
    generate(setup, run, 1000)
    return setup, run, documents(run)


def test_it_is_whole(corpus: tuple[Setup, Path, Rows]) -> None:
    setup, run, rows = corpus
    counts = json.loads((run / "manifest.json").read_text())["counts"]
    assert counts["briefs"] == {"planned": 1000, "accepted": 1000, "unfilled": 0, "pending": 0}
    assert counts["attempts"]["rejected"] <= 100
    assert {pid for row in rows for pid in row["principle_ids"]} == {p.id for p in setup.teachable}
    assert len({row["genre"] for row in rows}) == 9
    assert verify_run(run).ok


def test_every_cell_has_its_share(corpus: tuple[Setup, Path, Rows]) -> None:
    setup, _, rows = corpus
    assert cells_off(rows, setup) <= 3


def test_no_two_documents_are_alike(corpus: tuple[Setup, Path, Rows]) -> None:
    texts = [row["text"] for row in corpus[2]]
    assert neighbour_share(texts, 0.5) <= 0.005


def test_words_are_varied(corpus: tuple[Setup, Path, Rows]) -> None:
    assert distinct_n([row["text"] for row in corpus[2]], 2, 100_000) >= 0.20


def test_openings_and_phrases_are_not_shared(corpus: tuple[Setup, Path, Rows]) -> None:
    genres: dict[str, list[str]] = defaultdict(list)
    for row in corpus[2]:
        genres[row["genre"]].append(row["text"])
    for genre, texts in genres.items():
        opening, count = opening_counts(texts)[0]
        assert count <= max(2, 0.02 * len(texts)), (genre, opening)
        gram, share = ngram_document_share(texts, top=1)[0]
        assert share <= 0.10, (genre, gram)


def test_no_name_is_everywhere(corpus: tuple[Setup, Path, Rows]) -> None:
    setup, _, rows = corpus
    name, count = name_counts([row["text"] for row in rows], pool_words(setup.catalogue.pools))[0]
    assert count <= max(3, 0.005 * len(rows)), name


@pytest.mark.shared
@pytest.mark.parametrize("name", ["openai-model-spec.md", "claude-constitution.md"])
def test_two_identities_differ_only_where_a_name_stands(
    make_setup: Make, shared_constitutions: Path, tmp_path: Path, name: str
) -> None:
    texts = []
    for model, developer in (("Orin", "Fathom Bay"), ("Ilva", "Cormorant Yard")):
        rename = {"Claude": model, "ChatGPT": model, "Anthropic": developer, "OpenAI": developer}
        identity = {"model": model, "developer": developer, "document": f"{model}'s constitution", "rename": rename}
        setup = make_setup(identity=identity, constitution=shared_constitutions / name)
        generate(setup, tmp_path / model, 200)
        rows = documents(tmp_path / model)
        assert len(rows) == 200
        texts.append([_nameless(str(row["text"]), model, developer) for row in rows])
    assert texts[0] == texts[1]


def _nameless(text: str, model: str, developer: str) -> str:
    for name, mark in ((model, "MODEL"), (developer, "MAKER")):
        text = re.sub(rf"(?<![a-z]){name}(?![a-z])", mark, text, flags=re.I)
    return text
