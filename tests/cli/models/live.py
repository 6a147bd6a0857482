"""A project whose model stands behind an endpoint, and what a run of it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sdf.files import read_shard
from tests.run.ghost import MODEL

KEY = "sk-ant-stand-in"
N = 3
GENERATE = ["generate", "-n", str(N), "-o", "out", "--genre", "essay", "-q"]
STATUS = ["status", "out", "--json"]

Told = Callable[..., str]


def live(project: Path, url: str, *, provider: str = "anthropic", model: str = MODEL, more: str = "") -> None:
    """Let a model behind an endpoint write and judge."""
    recipe = project / "sdf.toml"
    text = recipe.read_text().split("\n[endpoints", 1)[0].replace('"offline"', f'"{model}"')
    recipe.write_text(f'{text}\n[endpoints.{provider}]\nbase_url = "{url}"\n{more}\n')


def documents(project: Path) -> list[dict[str, Any]]:
    return [json.loads(row) for shard in sorted((project / "out/documents").glob("*.zst")) for row in read_shard(shard)]


def finishes(project: Path, told: Told) -> None:
    """The same command goes on, and the run becomes whole."""
    told(GENERATE, 0)
    told(["verify", "out"], 0)
    assert len(documents(project)) == N
