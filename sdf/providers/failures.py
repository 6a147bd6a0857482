"""How a call can end without an answer. What follows from each is decided in the runner.

Failure
├── RowFailure     the request itself is at fault: it fails, the others go on
├── RateLimited    too much at once: fewer at a time, and this one again later
├── Transient      the server or the line is at fault: this one again later
└── Fatal          nothing will go through before a person acts: the run halts, resumably

A refusal and a truncated answer are no failures: they came back, were paid for, and
are outcomes.
"""

from __future__ import annotations


class Failure(Exception):
    """Base of all. `status` is the HTTP status, 0 when there was none."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class RowFailure(Failure):
    """The server says that this request can never be answered."""


class RateLimited(Failure):
    """429. `retry_after` is the server's wish in seconds, None when it had none or no sense."""

    def __init__(self, message: str, *, retry_after: float | None = None, status: int = 429) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after


class Transient(Failure):
    """5xx, 529, a timeout or a broken line.

    `accepted` says whether the server may have taken the request, and will bill it.
    """

    def __init__(
        self, message: str, *, accepted: bool = False, retry_after: float | None = None, status: int = 0
    ) -> None:
        super().__init__(message, status=status)
        self.accepted = accepted
        self.retry_after = retry_after


class Fatal(Failure):
    """Authentication, permission, billing, spend cap, or a model that does not exist. `hint` says what to do."""

    def __init__(self, message: str, *, hint: str = "", status: int = 0) -> None:
        super().__init__(message, status=status)
        self.hint = hint
