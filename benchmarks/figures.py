"""What a run's documents repeat and share: `python -m benchmarks.figures outputs/k [recipe]`.

Prints each figure beside the limit that a corpus of this size is held to.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from sdf.diversity.repetition import distinct_n, name_counts, neighbour_share, ngram_document_share, opening_counts
from sdf.files import read_shard
from sdf.genres.load import search_path
from sdf.genres.pack import Pools
from sdf.recipe import Recipe, load_recipe
from sdf.run.setup import Setup, prepare


def documents(run: Path) -> list[dict[str, Any]]:
    """Every accepted document of a run, in index order."""
    return [json.loads(row) for shard in sorted((run / "documents").iterdir()) for row in read_shard(shard)]


def project(run: Path, recipe: Path) -> Setup:
    """The setup that the run was made from, by its lock and the recipe beside it."""
    lock = json.loads((run / "recipe.lock.json").read_text())["recipe"]
    chosen = Recipe.model_validate(lock)
    file = load_recipe(recipe).constitution.file
    return prepare(chosen, constitution=recipe.parent / file, folders=search_path(recipe.parent))


def cells_off(rows: list[dict[str, Any]], setup: Setup) -> float:
    """The furthest that a cell's count is from its share."""
    counts = Counter("+".join(row["principle_ids"]) + "/" + str(row["genre"]) for row in rows)
    plan = setup.plan
    return max(abs(counts[row.cell.key] - len(rows) * plan.share(n)) for n, row in enumerate(plan.cells))


def pool_words(pools: Pools) -> list[str]:
    """Every invented name that a document may use."""
    people = [given for place in pools.locales for given, _ in place.given]
    families = [family for place in pools.locales for family in place.family]
    return [*people, *families, *pools.places, *pools.organisation_first, *pools.ai]


def main(run: Path, recipe: Path) -> None:
    """Print the figures of a run."""
    rows = documents(run)
    setup = project(run, recipe)
    texts = [str(row["text"]) for row in rows]
    genres: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        genres[str(row["genre"])].append(str(row["text"]))
    print(f"documents                       {len(rows):,}")
    print(f"furthest cell from its share    {cells_off(rows, setup):.2f}   (3)")
    print(f"with a neighbour at J >= 0.5    {neighbour_share(texts):.2%}   (0.5%)")
    print(f"distinct-2, first 100,000 words {distinct_n(texts, 2, 100_000):.3f}   (0.20)")
    name, count = name_counts(texts, pool_words(setup.catalogue.pools))[0]
    print(f"most used pool name             {count} ({name})   ({max(3, 0.005 * len(rows)):.0f})")
    for genre, members in sorted(genres.items()):
        _, shared = opening_counts(members)[0]
        gram, share = ngram_document_share(members, top=1)[0]
        limit = max(2, int(0.02 * len(members)))
        print(f"{genre:19} {len(members):4}  opening {shared} ({limit})  8-gram {share:.1%} (10%): {gram}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path("sdf.toml"))
