"""What the clients are measured with: requests that begin alike, a stand-in's answer, and a ledger that takes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from sdf.providers.money import Money
from sdf.records import Block, Request, Response
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedResponse

KEY = "sk-ant-stand-in"
MODEL = "claude-haiku-5-5"
CONCURRENCY = 32
MAX_TOKENS = 4_000

_LINE = "A reason that nobody can weigh is a rule, and a rule meets its first stranger badly. "
PREFIX = (
    Block(text=(_LINE * 200)[:14_000], cache=True),
    Block(text=(_LINE * 200)[:6_000], cache=True),
)
SMALL = (Block(text=_LINE * 4, cache=True),)


def requests(start: int, stop: int, prefix: tuple[Block, ...] = PREFIX, task: int = 800) -> Iterator[Request]:
    """Requests `start` to `stop` (exclusive), each with a task of its own of about `task` characters."""
    for index in range(start, stop):
        text = f"Brief {index}. " + (_LINE * 20)[:task]
        yield Request.model_construct(
            id=blake2b(text.encode(), digest_size=20).hexdigest(),
            series="base",
            index=index,
            attempt=0,
            stage="draft",
            genre="essay",
            model=f"anthropic:{MODEL}",
            blocks=(*prefix, Block.model_construct(text=text, cache=False)),
            max_tokens=MAX_TOKENS,
            retry=0,
            output_schema=None,
            variables={},
        )


def document(params: Mapping[str, Any]) -> str:
    """What the stand-in says: 4 KB, which begins with the task's own number."""
    task = params["messages"][-1]["content"]
    text = task if isinstance(task, str) else task[-1]["text"]
    return f"<document>{text[:16]}\n{_LINE * 48}</document>"


def brief_words(_: Mapping[str, Any]) -> str:
    """What the stand-in says where only its rows are counted."""
    return "<document>A short one.</document>"


def record(ledger: Ledger, answers: Sequence[Response], index_of: Mapping[str, int], money: Money) -> None:
    """Put answers on the disk, as a run does."""
    ledger.record_responses(
        [
            RecordedResponse(
                series="base",
                index=index_of[answer.request_id],
                attempt=0,
                stage="draft",
                genre="essay",
                template_sha256="b" * 64,
                cost=money.cost(answer),
                response=answer,
            )
            for answer in answers
        ]
    )
