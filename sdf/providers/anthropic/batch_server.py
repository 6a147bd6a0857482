"""The server's side of Message Batches: five calls, each sent once, each answer checked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from sdf.providers.anthropic.client import KEY_ENV
from sdf.providers.anthropic.failures import failure_of
from sdf.providers.failures import Failure, Transient
from sdf.providers.refusals import Asked

if TYPE_CHECKING:
    import httpx2
    from anthropic import AsyncAnthropic

_BATCHES = "/v1/messages/batches"
_PAGE = 100
_PIECE = 1 << 16
_T = TypeVar("_T", bound=BaseModel)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Counts(_Told):
    """How many requests of a batch are in which state; the sum is the batch's size."""

    processing: int = Field(ge=0)
    succeeded: int = Field(ge=0)
    errored: int = Field(ge=0)
    canceled: int = Field(ge=0)
    expired: int = Field(ge=0)

    @property
    def total(self) -> int:
        """The size of the batch."""
        return self.processing + self.succeeded + self.errored + self.canceled + self.expired


class ServerBatch(_Told):
    """A batch as the server tells it."""

    id: str = Field(min_length=1, max_length=200)
    created_at: AwareDatetime
    processing_status: str
    request_counts: Counts
    results_url: str | None = None
    archived_at: AwareDatetime | None = None

    @property
    def ended(self) -> bool:
        """Whether its results are complete; `canceling` and what nobody knows are not."""
        return self.processing_status == "ended"


class _Page(_Told):
    data: tuple[ServerBatch, ...]
    has_more: bool = False
    last_id: str | None = None


class BatchServer:
    """Message Batches over one client, which it closes. `now` is the time of the last answer, by the server's clock."""

    def __init__(self, client: AsyncAnthropic, key_env: str = KEY_ENV) -> None:
        # The SDK would send a batch again that was taken already: nothing here may be sent twice.
        self._client = client.with_options(max_retries=0)
        self._key_env = key_env
        self.now = _LONG_AGO

    async def ask_time(self) -> datetime:
        """The server's time. Free, and refused where a batch would be."""
        await self._get(_BATCHES, limit=1)
        return self.now

    async def create(self, pieces: Iterable[bytes], length: int, model: str) -> ServerBatch:
        """Send a batch, piece by piece, so that its body is never whole in memory."""

        async def stream() -> AsyncIterator[bytes]:
            for piece in pieces:
                yield piece

        import httpx2

        headers = {"Content-Type": "application/json", "Content-Length": str(length)}
        with self._failures(model):
            answer = await self._client.post(
                _BATCHES, cast_to=httpx2.Response, content=stream(), options={"headers": headers}
            )
        self._note_time(answer)
        return _read(answer, ServerBatch)

    async def retrieve(self, batch_id: str) -> ServerBatch:
        """A batch as it is now."""
        return _read(await self._get(f"{_BATCHES}/{batch_id}"), ServerBatch)

    async def since(self, moment: datetime) -> list[ServerBatch]:
        """The batches that were created at this moment or later, newest first."""
        found: list[ServerBatch] = []
        after: dict[str, Any] = {}
        while True:
            page = _read(await self._get(_BATCHES, limit=_PAGE, **after), _Page)
            found += [batch for batch in page.data if batch.created_at >= moment]
            if not page.has_more or page.last_id is None or any(batch.created_at < moment for batch in page.data):
                return found
            after = {"after_id": page.last_id}

    async def results(self, batch_id: str) -> AsyncGenerator[bytes]:
        """The bytes of an ended batch's results, as they come."""
        with self._failures():
            async with self._client.messages.batches.with_streaming_response.results(batch_id) as answer:
                async for piece in answer.iter_bytes(_PIECE):
                    yield piece

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _get(self, path: str, **query: Any) -> httpx2.Response:
        import httpx2

        with self._failures():
            answer = await self._client.get(path, cast_to=httpx2.Response, options={"params": query})
        self._note_time(answer)
        return answer

    def _note_time(self, answer: httpx2.Response) -> None:
        with suppress(ValueError, OverflowError):
            self.now = parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)

    @contextmanager
    def _failures(self, model: str = "") -> Iterator[None]:
        """What the SDK raises, as failures, without the exception that may quote the key."""
        import httpx2
        from anthropic import AnthropicError

        failure: Failure
        try:
            yield
            return
        except AnthropicError as error:
            failure = failure_of(error, Asked(model, self._key_env))
        except httpx2.HTTPError as error:
            # The SDK lets through what breaks while a body is streamed.
            failure = Transient(f"the line broke ({type(error).__name__})", accepted=True)
        raise failure from None


def _read(answer: httpx2.Response, kind: type[_T]) -> _T:
    try:
        return kind.model_validate_json(answer.content)
    except ValidationError as broken:
        fault = broken.errors(include_url=False, include_context=False, include_input=False)[0]
        told = f"{'.'.join(map(str, fault['loc'])) or 'the body'}: {fault['msg']}"[:200]
    raise Transient(f"an answer about batches makes no sense: {told}", accepted=True, status=answer.status_code)
