"""Time as the providers see it, so that a test can let a day pass in a second."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Waiting is measured on a clock that never goes back; no order depends on the date."""

    def now(self) -> float:
        """Seconds since some moment."""

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""


class SystemClock:
    """The machine's own monotonic clock."""

    def now(self) -> float:
        """Seconds since the machine's start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let so many seconds pass, as the event loop measures them."""
        await asyncio.sleep(seconds)
