"""The recipe file of runs that are started in processes of their own, against a stand-in."""

from __future__ import annotations

from pathlib import Path

from tests.run.ghost import MODEL


def write_recipe(folder: Path, *, batch: bool, concurrency: int, wave: int = 1000, url: str = "") -> Path:
    """Write sdf.toml; without a `url` the caller names the server in another way."""
    path = folder / "sdf.toml"
    path.write_text(
        f"""
[identity]
model = "Orin"
developer = "Fathom Bay"
document = "Orin's constitution"
[plan]
seed = 7
wave = {wave}
[models]
writer = "{MODEL}"
judge = "{MODEL}"
[run]
batch = {str(batch).lower()}
concurrency = {concurrency}
"""
    )
    if url:
        path.write_text(f'{path.read_text()}[endpoints.anthropic]\nbase_url = "{url}"\n')
    return path
