"""From a model's name in the recipe to the provider that speaks to it."""

from __future__ import annotations

from pathlib import Path

from sdf.errors import RecipeError
from sdf.genres.pack import Catalogue
from sdf.providers.files import FilesProvider
from sdf.providers.offline.provider import MODEL as OFFLINE
from sdf.providers.offline.provider import OfflineProvider
from sdf.providers.protocol import Provider

__all__ = ["OFFLINE", "provider_for"]


def provider_for(model: str, catalogue: Catalogue) -> Provider:
    """The provider of a model.

    Raises:
        RecipeError: no provider of this version knows the model.
    """
    if model == OFFLINE:
        return OfflineProvider(catalogue)
    kind, _, rest = model.partition(":")
    if kind == "files" and rest:
        folder, _, name = rest.partition("@")
        return FilesProvider(Path(folder), name or "model")
    raise RecipeError(
        f"no provider for the model `{model}`",
        where="[models]",
        hint=f"This version knows `{OFFLINE}` and `files:DIR` (or `files:DIR@MODEL`).",
    )
