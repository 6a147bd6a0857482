"""Where a provider's server is and what opens it, looked at before anything is sent."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from sdf.errors import RecipeError


def key_in(variable: str) -> str:
    """The key that an environment variable holds.

    Raises:
        RecipeError: it is not set, or holds what no header can carry (a library would
            quote it in full in its complaint).
    """
    key = os.environ.get(variable, "").strip()
    if not key:
        raise RecipeError(
            f"the environment variable {variable} is not set, and the model needs its key",
            where="[endpoints]",
            hint=f"Set it (export {variable}=...), or name another variable with key_env.",
        )
    if not key.isascii() or not key.isprintable() or " " in key:
        raise RecipeError(
            f"the environment variable {variable} holds blanks or signs that no key has",
            where="[endpoints]",
            hint=f"Set {variable} to the key alone, on one line and without quotes around it.",
        )
    return key


def check_url(base_url: str | None) -> None:
    """See that a base URL, where there is one, can be called.

    Raises:
        RecipeError: it has no scheme or host, an impossible port, or a password in it.
    """
    if base_url is None:
        return
    try:
        parts = urlsplit(base_url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        open_to_see = parts.password is None
    except ValueError:
        good = open_to_see = False
    if not good or not open_to_see:
        raise RecipeError(
            "base_url is no address" if not good else "base_url holds a password",
            where="[endpoints]",
            hint="Write it like https://host:port, with http:// or https:// in front; keys go into the environment.",
        )
