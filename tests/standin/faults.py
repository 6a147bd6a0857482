"""Misbehaviour as data: scripted faults, seeded rates, and what becomes of a batch's results."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    502: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


@dataclass(frozen=True)
class Fault:
    """One misbehaviour, and which requests meet it. What is not set behaves as it should.

    `route` is one of `messages`, `count_tokens`, `batches.create`, `batches.retrieve`, `batches.list`,
    `batches.results`, `batches.cancel`, `batches.delete`, `models`, `chat`, or `*`.
    """

    route: str = "*"
    times: int = 1  # how many matching requests meet it; 0: all
    skip: int = 0  # how many matching requests pass before
    within: str = ""  # only requests whose body, as it was sent, holds these characters
    since: float = 0.0  # seconds of the server's clock after its start
    until: float = float("inf")

    status: int = 0  # answer with this error
    code: str = ""  # error.details.error_code
    message: str = ""
    retry_after: str = ""  # as it stands in the header
    body: str = ""  # these characters as text/html, under `status` or else 200
    reset: bool = False  # the connection is reset instead of an answer
    accepts: bool = False  # with status, body or reset: the request is first taken in, and paid for

    delay: float = 0.0  # real seconds before the answer
    cut: int = -1  # reset after so many bytes of the body
    pace: int = 0  # send the body in pieces of so many bytes ...
    pause: float = 0.01  # ... with so many real seconds between them
    hide: float = 0.0  # a batch created now is left out of lists for so many seconds of the server's clock
    stop: str = ""  # stop_reason (finish_reason) of the answer
    text: str = ""  # text of the answer
    size: int = 0  # the answer's text is filled up to so many characters


@dataclass(frozen=True)
class Faults:
    """All that goes wrong at a server. Rates are shares of requests, drawn from `seed`, never from chance."""

    script: tuple[Fault, ...] = ()  # the first that matches is met
    sometimes: tuple[tuple[float, Fault], ...] = ()  # what no scripted fault met, meets these at these rates
    stops: Mapping[str, float] = field(default_factory=dict)  # stop_reason: share of answers
    seed: int = 0

    errored: float = 0.0  # rows of a batch, by outcome
    error_status: int = 500
    expired: float = 0.0
    canceled: float = 0.0
    unknown_type: float = 0.0  # a result type that nobody knows
    missing: float = 0.0  # no line at all
    doubled: float = 0.0  # a second line, with another text
    foreign: float = 0.0  # a further line under an id that was never sent
    shuffled: bool = False
    cold: float = 0.0  # rows that find no cache entry, as best effort has it
    rows: tuple[tuple[float, Fault], ...] = ()  # answers in a batch whose `stop`, `text` or `size` is set, by rate


def draw(seed: int, *key: object) -> float:
    """A number in [0, 1) that follows from the seed and the key alone."""
    name = "\x1f".join(map(str, (seed, *key))).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(name, digest_size=7).digest(), "big") / 2**56


def pick(rates: tuple[tuple[float, Fault], ...], share: float) -> Fault | None:
    """The fault on which a share in [0, 1) falls."""
    for rate, fault in rates:
        if share < rate:
            return fault
        share -= rate
    return None


class Script:
    """Faults being met: counts what has matched so far."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._matched = [0] * len(faults.script)
        self._drawn: dict[str, int] = {}

    def meet(self, route: str, body: bytes, key: str, age: float) -> Fault | None:
        """The fault that this request meets; `key` names the request, `age` the server's seconds since its start."""
        met = None
        for place, fault in enumerate(self.faults.script):
            if fault.route not in (route, "*") or not fault.since <= age < fault.until:
                continue
            if fault.within and fault.within.encode() not in body:
                continue
            self._matched[place] += 1
            past = self._matched[place] - fault.skip
            if past > 0 and (not fault.times or past <= fault.times):
                met = fault
                break
        return met or self._sometimes(route, key)

    def _sometimes(self, route: str, key: str) -> Fault | None:
        rates = [(rate, fault) for rate, fault in self.faults.sometimes if fault.route in (route, "*")]
        if not rates:
            return None
        again = self._drawn[key] = self._drawn.get(key, 0) + 1
        return pick(tuple(rates), draw(self.faults.seed, "sometimes", route, key, again))

    def stop(self, key: str) -> str:
        """The stop reason that the rates give to this answer; "" for its own."""
        if not self.faults.stops:
            return ""
        share = draw(self.faults.seed, "stop", key)
        for reason, rate in self.faults.stops.items():
            if share < rate:
                return reason
            share -= rate
        return ""


def rate_limited(retry_after: str = "1", **where: Any) -> Fault:
    """A 429 with this `retry-after`, whatever it says."""
    return Fault(status=429, retry_after=retry_after, **where)


def spend_cap(**where: Any) -> Fault:
    """The monthly spend cap: a 429 that no waiting mends, without `retry-after`."""
    return replace(Fault(status=429, code="enforced_spend_limit_reached", times=0), **where)


def overloaded(**where: Any) -> Fault:
    """A 529."""
    return Fault(status=529, **where)


def dropped(*, accepts: bool, **where: Any) -> Fault:
    """A reset connection, before or after the request was taken in."""
    return Fault(reset=True, accepts=accepts, **where)


def page(status: int = 502, **where: Any) -> Fault:
    """A proxy's HTML page."""
    return Fault(status=status, body=f"<html><head><title>{status}</title></head><body>nginx</body></html>", **where)


NAMED: Mapping[str, Callable[..., Fault]] = {
    "rate_limited": rate_limited,
    "spend_cap": spend_cap,
    "overloaded": overloaded,
    "dropped": dropped,
    "page": page,
}


def faults_from(document: Mapping[str, Any]) -> Faults:
    """Faults out of JSON: the fields of `Faults`; a fault is its fields, or `{"fault": "spend_cap", ...}`."""
    known = {f.name for f in fields(Faults)}
    if unknown := set(document) - known:
        raise ValueError(f"unknown faults: {sorted(unknown)}; known are {sorted(known)}")
    values = dict(document)
    values["script"] = tuple(map(_fault, document.get("script", ())))
    for name in ("sometimes", "rows"):
        values[name] = tuple((rate, _fault(fault)) for rate, fault in document.get(name, ()))
    return Faults(**values)


def _fault(document: Mapping[str, Any]) -> Fault:
    values = dict(document)
    name = values.pop("fault", None)
    return NAMED[name](**values) if name else Fault(**values)
