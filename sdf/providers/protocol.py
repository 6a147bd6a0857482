"""What every provider is: requests in, responses out as they come, joined by id only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sdf.records import Request, Response


class Provider(Protocol):
    """A writer of answers, as a run sees it. One thread calls it."""

    def submit(self, requests: Sequence[Request]) -> None:
        """Take requests in the order in which they should go out."""

    def collect(self) -> Sequence[Response]:
        """Wait a while for answers and give those that came, in any order.

        Raises:
            HaltedError: nothing more will come before a person acts. Everything that
                was answered has been given before.
        """

    def recorded(self, responses: Sequence[Response]) -> None:
        """Learn that these answers are on the disk."""

    def busy(self) -> bool:
        """Whether answers can still come without anybody doing anything."""

    def waiting(self) -> str:
        """What somebody outside has to do before answers can come; "" when nothing is needed.

        Called when the run cannot go on without an answer.
        """

    def close(self) -> None:
        """Let go of connections; what is under way is abandoned."""


class Sender(Protocol):
    """One way of asking one model one thing. It sends once: trying again is the runner's."""

    async def send(self, request: Request) -> Response:
        """The answer.

        Raises:
            Failure: as `sdf.providers.failures` tells them apart; never anything else.
        """

    async def aclose(self) -> None:
        """Let go of connections."""
