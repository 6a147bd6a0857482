"""Finding a batch whose id was never learnt, because the line or the machine broke while it was sent.

The server keeps no name of ours for a batch. What tells that one is ours is the nonce in
the `custom_id`s of its results; until it has ended, only its size and age speak for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Literal, NamedTuple

from sdf.providers.anthropic.batch_server import BatchServer, ServerBatch
from sdf.providers.anthropic.journal import Batch, moment
from sdf.providers.anthropic.results import lines, nonce_in
from sdf.providers.clock import Clock
from sdf.providers.failures import Fatal

GRACE_SECONDS = 600.0
"""How long an accepted batch may stay out of the server's list."""

_BEFORE = timedelta(minutes=5)
_LOOKED_AT = 100


class Finding(NamedTuple):
    """What is known of a batch that was asked for; a `candidate` has not ended, and cannot be read."""

    kind: Literal["found", "absent", "candidate", "unknown"]
    batch: ServerBatch | None = None


class Search:
    """Looks for such batches. What it has learnt lives as long as the process, and is learnt again after it."""

    def __init__(self, server: BatchServer, knows: Callable[[str], bool], clock: Clock) -> None:
        """`knows` says which of the server's ids are accounted for."""
        self._server = server
        self._knows = knows
        self._clock = clock
        self._since: dict[str, float] = {}
        self._nonces: dict[str, frozenset[str]] = {}

    async def look(self, asked: Sequence[Batch]) -> dict[str, Finding]:
        """What is known now of each, by nonce. The server's list is read once."""
        now = self._clock.now()
        first = min(moment(batch.asked_at) for batch in asked) - _BEFORE
        listed = [batch for batch in await self._server.since(first) if not self._knows(batch.id)]
        return {batch.nonce: await self._finding(batch, listed, now) for batch in asked}

    async def _finding(self, asked: Batch, listed: Sequence[ServerBatch], now: float) -> Finding:
        since = self._since.setdefault(asked.nonce, now)
        earliest = moment(asked.asked_at) - _BEFORE
        candidate = None
        for batch in listed:
            if batch.request_counts.total != asked.requests or batch.created_at < earliest:
                continue
            if not batch.ended:
                candidate = batch
            elif batch.archived_at is None and asked.nonce in await self._nonces_of(batch.id):
                return Finding("found", batch)
        if candidate is not None:
            return Finding("candidate", candidate)
        # The list was asked for after `now`: what the server took before `since` is on it by now.
        return Finding("absent" if now - since >= GRACE_SECONDS else "unknown")

    async def _nonces_of(self, batch_id: str) -> frozenset[str]:
        if batch_id not in self._nonces:
            found: set[str] = set()
            try:
                async with aclosing(self._server.results(batch_id)) as pieces, aclosing(lines(pieces)) as said:
                    number = 0
                    async for line in said:
                        found.add(nonce_in(line) or "")
                        number += 1
                        if number >= _LOOKED_AT:
                            break
            except Fatal as failure:
                if failure.status != 404:
                    raise
            self._nonces[batch_id] = frozenset(found)
        return self._nonces[batch_id]
