"""Which requests go into which batch, and under which names. Nothing is sent from here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from sdf.providers.anthropic.params import encoded, message_params
from sdf.providers.failures import RowFailure
from sdf.providers.settings import ModelSettings
from sdf.records import Request

_GRAMMAR = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_CUSTOM_ID = re.compile(r"([0-9a-f]{40})-([0-9a-z]{12})-([0-9]{1,10})")
_OPENING, _CLOSING = b'{"requests":[', b"]}"


class Limits(NamedTuple):
    """The most that one batch may hold. The server's are 256 MB and 100,000 requests."""

    bytes: int = 250_000_000
    requests: int = 100_000


class Packed(NamedTuple):
    """A request that may go out, which sending of it this is, and its bytes in the body."""

    request: Request
    number: int
    bytes: int


def custom_id(request_id: str, nonce: str, number: int) -> str:
    """The name of a request in a batch.

    Raises:
        ValueError: it would not be one that the server takes, or that `parts_of` reads back.
    """
    name = f"{request_id}-{nonce}-{number}"
    if not _GRAMMAR.fullmatch(name) or not _CUSTOM_ID.fullmatch(name):
        raise ValueError(f"no name for a request in a batch: {name!r}")
    return name


def parts_of(name: str) -> tuple[str, str, int] | None:
    """Request id, nonce and number of a name, or None when it is none of ours."""
    found = _CUSTOM_ID.fullmatch(name)
    return (found[1], found[2], int(found[3])) if found else None


def pack(
    requests: Iterable[Request],
    number: Callable[[str], int],
    settings: ModelSettings,
    limits: Limits,
) -> tuple[list[list[Packed]], list[tuple[Request, RowFailure]]]:
    """Batches of one model each, with requests that begin alike side by side, and what fits into none."""
    batches: list[list[Packed]] = []
    failures: list[tuple[Request, RowFailure]] = []
    for _, alike in groupby(ordered(requests), key=lambda request: request.model):
        sized = []
        for request in alike:
            one = _sized(request, number(request.id), settings, limits)
            if isinstance(one, RowFailure):
                failures.append((request, one))
            else:
                sized.append(one)
        batches += split(sized, limits)
    return batches, failures


def ordered(requests: Iterable[Request]) -> list[Request]:
    """By model, then by what is shared up to the last cache mark, then by id."""
    # Long texts are compared by where they were first seen.
    seen: dict[str, int] = {}

    def order(request: Request) -> tuple[str, tuple[int, ...], str]:
        marked = [place for place, block in enumerate(request.blocks) if block.cache]
        shared = request.blocks[: marked[-1] + 1] if marked else ()
        return request.model, tuple(seen.setdefault(block.text, len(seen)) for block in shared), request.id

    return sorted(requests, key=order)


def split(packed: Sequence[Packed], limits: Limits) -> Iterator[list[Packed]]:
    """Consecutive pieces that fit; each of `packed` fits alone."""
    piece: list[Packed] = []
    length = 0
    for one in packed:
        if piece and (len(piece) >= limits.requests or length + 1 + one.bytes > limits.bytes):
            yield piece
            piece = []
        length = length + 1 + one.bytes if piece else body_length([one])
        piece.append(one)
    if piece:
        yield piece


def body(packed: Iterable[Packed], nonce: str, settings: ModelSettings) -> Iterator[bytes]:
    """The body of the call that creates a batch, request by request."""
    yield _OPENING
    for place, one in enumerate(packed):
        yield b"," * bool(place) + _row(one.request, nonce, one.number, settings)
    yield _CLOSING


def body_length(packed: Sequence[Packed]) -> int:
    """How many bytes `body` gives."""
    return len(_OPENING) + sum(one.bytes for one in packed) + max(0, len(packed) - 1) + len(_CLOSING)


def _row(request: Request, nonce: str, number: int, settings: ModelSettings) -> bytes:
    name = custom_id(request.id, nonce, number).encode()
    return b'{"custom_id":"' + name + b'","params":' + encoded(message_params(request, settings)) + b"}"


def _sized(request: Request, number: int, settings: ModelSettings, limits: Limits) -> Packed | RowFailure:
    try:
        one = Packed(request, number, len(_row(request, "0" * 12, number, settings)))
    except UnicodeEncodeError:
        return RowFailure("the prompt holds half a surrogate pair, which is no text")
    if body_length([one]) > limits.bytes:
        return RowFailure(f"the request has {one.bytes:,} bytes, and a batch holds {limits.bytes:,}", status=413)
    return one
