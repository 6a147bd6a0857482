"""Rate limits: what is left of this minute of the server's clock, said in headers and, where set, enforced."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.standin.batches import stamp
from tests.standin.limits import Limits, Refusal

KINDS = ("requests", "input-tokens", "output-tokens")
SHOWN = (4_000, 2_000_000, 400_000)  # limits that headers name where none is set


@dataclass
class Rates:
    """Usage of the current minute."""

    minute: int = -1
    used: dict[str, int] = field(default_factory=dict)

    def spend(self, limits: Limits, now: float, inputs: int, outputs: int) -> None:
        """Count a request, or refuse it: one whose minute is full costs nothing."""
        if int(now // 60) != self.minute:
            self.minute, self.used = int(now // 60), dict.fromkeys(KINDS, 0)
        for kind, most in zip(KINDS, (limits.requests, limits.input_tokens, limits.output_tokens), strict=True):
            if most is not None and self.used[kind] >= most:
                wait = 60 * (self.minute + 1) - now
                raise Refusal(
                    429,
                    f"This request would exceed your organization's rate limit of {most} {kind} per minute",
                    headers={"retry-after": str(int(wait) + 1)} | self.headers(limits),
                )
        for kind, count in zip(KINDS, (1, inputs, outputs), strict=True):
            self.used[kind] += count

    def headers(self, limits: Limits) -> dict[str, str]:
        """The `anthropic-ratelimit-*` headers as of the last request."""
        reset = str(stamp(60.0 * (self.minute + 1)))
        said = {}
        most = (limits.requests, limits.input_tokens, limits.output_tokens)
        for kind, own, shown in zip(KINDS, most, SHOWN, strict=True):
            limit = shown if own is None else own
            name = f"anthropic-ratelimit-{kind}"
            said[f"{name}-limit"] = str(limit)
            said[f"{name}-remaining"] = str(max(0, limit - self.used.get(kind, 0)))
            said[f"{name}-reset"] = reset
        return said
