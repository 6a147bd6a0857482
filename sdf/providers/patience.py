"""How long calls are tried: one request among others that go well, and a server that answers nobody."""

from __future__ import annotations

from collections import Counter

from sdf.providers.failures import Fatal, RowFailure, Transient

MOST_ACCEPTED = 3
"""A call that the server takes and does not answer may be paid for each time."""

MOST_ALONE = 6
"""A request that fails so often while others are answered is at fault itself."""

UNREACHED_SECONDS = 120.0
UNANSWERED_SECONDS = 7200.0
"""So long a server that nobody has reached yet, and one that answers no call, are tried."""


class Patience:
    """What a lane remembers of failures. Requests are known by their ids."""

    def __init__(self) -> None:
        self._sends: Counter[str] = Counter()
        self._accepted: Counter[str] = Counter()
        self._alone: dict[str, tuple[int, int]] = {}
        self._answers = 0
        self._reached = False
        self._failing_since: float | None = None

    def answered(self, request_id: str) -> None:
        """A request was answered: the server is well."""
        self._answers += 1
        self._reached, self._failing_since = True, None
        self.forget(request_id)

    def forget(self, request_id: str) -> None:
        """A request is over."""
        self._sends.pop(request_id, None)
        self._accepted.pop(request_id, None)
        self._alone.pop(request_id, None)

    def number(self, request_id: str) -> int:
        """The number of this sending again, from 1."""
        self._sends[request_id] += 1
        return self._sends[request_id]

    def with_request(self, request_id: str, failure: Transient) -> RowFailure | None:
        """Why a request is given up after this failure; None while it may be tried again."""
        if failure.accepted:
            self._accepted[request_id] += 1
            if self._accepted[request_id] >= MOST_ACCEPTED:
                return RowFailure(f"no answer in {MOST_ACCEPTED} calls: {failure.message}")
        seen, strikes = self._alone.get(request_id, (-1, 0))
        if self._answers > seen:
            seen, strikes = self._answers, strikes + 1
        self._alone[request_id] = (seen, strikes)
        if strikes >= MOST_ALONE:
            return RowFailure(f"failed {strikes} times while others went well: {failure.message}")
        return None

    def with_server(self, now: float, failure: Transient) -> Fatal | None:
        """Why the run halts after this failure; None while the server may come back."""
        self._reached = self._reached or bool(failure.status) or failure.accepted
        if self._failing_since is None:
            self._failing_since = now
        silent = now - self._failing_since
        if not self._reached and silent >= UNREACHED_SECONDS:
            hint = "Look at base_url under [endpoints], and at the network; then run the same command again."
            return Fatal(f"no server can be reached: {failure.message}", hint=hint)
        if silent >= UNANSWERED_SECONDS:
            hint = "Run the same command again when the provider is well."
            return Fatal(f"no call was answered for two hours; the last: {failure.message}", hint=hint)
        return None
