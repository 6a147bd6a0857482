"""Between the waves and the providers: what goes out, what comes in, and its record.

An answer is recorded before anybody reads it. What nobody asked for is kept apart and
never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sdf.errors import AwaitingError, RunError, SdfError
from sdf.providers.protocol import Provider
from sdf.records import Request, Response
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedResponse
from sdf.run.waves import OpenWave

Row = Callable[[OpenWave, Response], RecordedResponse]


class Exchange:
    """The providers of a run by model; several models may share one."""

    def __init__(self, providers: Mapping[str, Provider], ledger: Ledger, row: Row) -> None:
        self._of = dict(providers)
        self._all = tuple(dict.fromkeys(providers.values()))
        self._ledger = ledger
        self._row = row

    def send(self, requests: Sequence[Request]) -> None:
        """Hand requests to their models' providers."""
        for provider in self._all:
            mine = [request for request in requests if self._of[request.model] is provider]
            if mine:
                provider.submit(mine)

    def receive(self, waves: Sequence[OpenWave]) -> int:
        """Take one round of answers from every provider, record them, and feed the waves."""
        return sum(self._take(provider, provider.collect(), waves) for provider in self._all)

    def busy(self) -> bool:
        """Whether answers can still come by themselves."""
        return any(provider.busy() for provider in self._all)

    def stalled(self) -> SdfError:
        """What to say when the run cannot go on without somebody."""
        told = [text for provider in self._all if (text := provider.waiting())]
        if told:
            return AwaitingError("\n".join(told), hint="Then run the same command again.")
        return RunError("the provider has nothing under way, and answers are missing", where=str(self._ledger.path))

    def close(self) -> None:
        """Close every provider."""
        for provider in self._all:
            provider.close()

    def _take(self, provider: Provider, answers: Sequence[Response], waves: Iterable[OpenWave]) -> int:
        owned: list[tuple[OpenWave, Response]] = []
        seen: set[str] = set()
        for answer in answers:
            owner = next((wave for wave in waves if wave.waits_for(answer.request_id)), None)
            if owner is None or answer.request_id in seen:
                reason = "answered twice" if answer.request_id in seen else "nobody waits for it"
                self._ledger.quarantine(answer.model, answer.request_id, reason, answer.text)
                continue
            seen.add(answer.request_id)
            owned.append((owner, answer))
        self._ledger.record_responses([self._row(owner, answer) for owner, answer in owned])
        provider.recorded([answer for _, answer in owned])
        for owner, answer in owned:
            owner.take(answer)
        return len(owned)
