"""What every provider is: requests in, responses out as they come, joined by id only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sdf.records import Request, Response


class Provider(Protocol):
    """A writer of answers. One thread calls it; what runs behind it is its own affair."""

    def submit(self, requests: Sequence[Request]) -> None:
        """Take requests in the order in which they should go out."""

    def collect(self) -> Sequence[Response]:
        """Wait for answers and give those that came, in any order.

        An empty answer means that nothing is under way.
        """

    def waiting(self) -> str:
        """What somebody outside has to do before answers can come; "" when nothing is needed.

        Called when the run cannot go on without an answer.
        """

    def close(self) -> None:
        """Let go of connections; what is under way is abandoned."""
