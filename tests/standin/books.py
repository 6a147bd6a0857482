"""What a server has taken in and bills: the evidence that nothing is paid for twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.standin.batches import Batch


@dataclass
class Books:
    """Counts by digest of params (`limits.digest`), by custom_id, by route, and tokens as billed."""

    batches: list[Batch]
    accepted: Counter[str] = field(default_factory=Counter)  # digest: times taken in, realtime and in batches
    direct: Counter[str] = field(default_factory=Counter)  # digest: times answered, or taken in and dropped, realtime
    served: Counter[str] = field(default_factory=Counter)  # route: requests that arrived
    refused: Counter[int] = field(default_factory=Counter)  # status: answers that were errors
    billed: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # (model, tier, kind of tokens): tokens
    flying: int = 0
    peak: int = 0  # most requests that waited for an answer at once; counts only under a latency or delay

    @property
    def paid(self) -> Counter[str]:
        """Digest: times billed. Rows of a batch that has not ended will be, and count."""
        paid = Counter(self.direct)
        for batch in self.batches:
            paid.update(batch.digests[place] for place in batch.paid)
        return paid

    @property
    def paid_ids(self) -> Counter[str]:
        """custom_id: times billed, likewise."""
        return Counter(batch.ids[place] for batch in self.batches for place in batch.paid)

    @property
    def twice(self) -> dict[str, int]:
        """Digests that are billed more than once."""
        return {name: count for name, count in self.paid.items() if count > 1}

    def bill(self, model: str, usage: dict[str, Any]) -> None:
        """Add a message's usage."""
        made = usage["cache_creation"]
        for kind, count in (
            ("input", usage["input_tokens"]),
            ("cache_write_5m", made["ephemeral_5m_input_tokens"]),
            ("cache_write_1h", made["ephemeral_1h_input_tokens"]),
            ("cache_read", usage["cache_read_input_tokens"]),
            ("output", usage["output_tokens"]),
        ):
            if count:
                self.billed[model, usage["service_tier"], kind] += count

    def as_document(self) -> dict[str, Any]:
        """All of it as JSON holds it."""
        return {
            "accepted_batches": [batch.id for batch in self.batches],
            "accepted": self.accepted,
            "paid": self.paid,
            "paid_ids": self.paid_ids,
            "twice": self.twice,
            "served": self.served,
            "refused": {str(status): count for status, count in self.refused.items()},
            "billed": {" ".join(key): count for key, count in self.billed.items()},
            "peak": self.peak,
        }
