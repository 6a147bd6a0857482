"""A clock on which a day passes in a blink."""

from __future__ import annotations

import asyncio
import heapq


class VirtualClock:
    """Jumps to the next moment that somebody sleeps for, once nothing else is left to do."""

    def __init__(self, settle: int = 30) -> None:
        """`settle` rounds of the event loop must pass without anybody waking."""
        self.time = 1000.0
        self._settle = settle
        self._order = 0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._driver: asyncio.Task[None] | None = None

    def now(self) -> float:
        """Virtual seconds."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """Let virtual seconds pass."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order += 1
        heapq.heappush(self._sleepers, (self.time + seconds, self._order, woken))
        if self._driver is None or self._driver.done():
            self._driver = asyncio.create_task(self._drive())
        await woken

    async def _drive(self) -> None:
        while self._sleepers:
            for _ in range(self._settle):
                await asyncio.sleep(0)
            due, _, woken = heapq.heappop(self._sleepers)
            self.time = max(self.time, due)
            if not woken.done():
                woken.set_result(None)
