"""What an HTTP API's refusal means, whoever's API it is. The status decides, and the words only where it cannot.

What is quoted from a server is short and without the key: some quote it back.
"""

from __future__ import annotations

import os
import re
from email.utils import parsedate_to_datetime
from math import isfinite
from time import time
from typing import NamedTuple

from sdf.providers.failures import Failure, Fatal, RateLimited, RowFailure, Transient

LEAST_WAIT, MOST_WAIT = 1.0, 600.0
QUOTED = 200

NEEDS_A_PERSON = frozenset(
    {
        "enforced_spend_limit_reached",
        "contract_spend_limit_reached",
        "linked_organization_spend_limit_reached",
        "linked_organization_billing_unavailable",
        "user_profile_billing_not_authorized",
        "user_profile_not_billable",
        "organization_on_hold",
        "cmek_key_disabled",
        "cmek_key_network_blocked",
        "insufficient_quota",
        "billing_hard_limit_reached",
    }
)
"""Codes of refusals that no waiting and no other request mends, under whatever status they come."""

_MONEY = re.compile(r"credit balance|billing|spend(?:ing)? (?:limit|cap)|usage limits?\b|buy credits", re.IGNORECASE)
_SETTING = re.compile(r"\bthinking\.(?:type|budget)|output_config\.effort|\beffort level", re.IGNORECASE)
_SECRET_LENGTH = 8
_WORD = re.compile(r"[A-Za-z_]{1,40}")


class Refusal(NamedTuple):
    """What a server said instead of an answer. `retry_after` and `date` are headers as they stand."""

    status: int
    message: str
    code: str = ""
    retry_after: str | None = None
    date: str | None = None


class Asked(NamedTuple):
    """Of whom something was asked: the model as the recipe writes it, and the variable of the key."""

    model: str = ""
    key_env: str = ""


def failure_from(refusal: Refusal, asked: Asked) -> Failure:
    """The failure that a refusal is."""
    status = refusal.status
    said = f"{status}: {quoted(refusal.message, asked.key_env)}"
    fatal = _fatal(refusal, asked, said)
    if fatal is not None:
        return fatal
    wait = retry_seconds(refusal.retry_after, refusal.date)
    if status == 429:
        return RateLimited(said, retry_after=wait)
    if status in {408, 409} or status >= 500:
        # A gateway that gave up waiting had passed the request on.
        return Transient(said, accepted=status == 504, retry_after=wait, status=status)
    return RowFailure(said, status=status)


def _fatal(refusal: Refusal, asked: Asked, said: str) -> Fatal | None:
    status = refusal.status
    variable = asked.key_env or "its variable"
    if status == 401:
        # Nothing of what is said here is quoted: it may hold a part of the key.
        said, hint = (
            f"401: the server refused the key in {variable}",
            f"Set {variable} to a valid key of this provider.",
        )
    elif status == 402 or refusal.code in NEEDS_A_PERSON or _about_money(refusal):
        hint = "See to billing and limits in the provider's console, then run it again."
    elif status == 403:
        hint = f"Give the key in {variable} access to {asked.model or 'the model'}, or set another."
    elif status in {404, 405, 410}:
        hint = _unknown(asked.model)
    elif status == 400 and _SETTING.search(refusal.message):
        hint = "Change `thinking` or `effort` under [models]: this model knows others."
    elif 300 <= status < 400:
        hint = "Set base_url under [endpoints] to where the server really is."
    else:
        return None
    return Fatal(said, hint=hint, status=status)


def _about_money(refusal: Refusal) -> bool:
    return refusal.status in {400, 403, 429} and _MONEY.search(refusal.message) is not None


def _unknown(model: str) -> str:
    from sdf.providers.prices import nearest

    near = nearest(model)
    if near:
        return f"Did you mean {' or '.join(f'`{name}`' for name in near)}?"
    return "Look the model's name up, and base_url under [endpoints]."


def quoted(text: str, key_env: str) -> str:
    """The first characters of what a server said, on one line and without the key."""
    key = os.environ.get(key_env, "").strip() if key_env else ""
    if len(key) >= _SECRET_LENGTH:
        text = text.replace(key, "[key]")
    line = " ".join(text.split()).encode("utf-8", "replace").decode()
    return line[:QUOTED]


def as_word(reason: object) -> str:
    """A stop reason as it may be kept: a short word, since a server may put anything there."""
    return repr(reason) if isinstance(reason, str) and _WORD.fullmatch(reason) else "one that is no word"


def retry_seconds(value: str | None, date: str | None = None) -> float | None:
    """A `retry-after` header in seconds, within sense; None when it says nothing.

    A date in it is compared with the server's own `date`, and with this machine's clock
    only where that is missing.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        until = _moment(value)
        if until is None:
            return None
        since = _moment(date) if date else None
        seconds = until - (time() if since is None else since)
    return min(max(seconds, LEAST_WAIT), MOST_WAIT) if isfinite(seconds) else None


def _moment(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
