"""One call to the Messages API. It sends once; what it raises is a Failure."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from sdf.providers.anthropic.answers import parse_message, response_of
from sdf.providers.anthropic.client import KEY_ENV
from sdf.providers.anthropic.failures import failure_of, failure_of_body
from sdf.providers.anthropic.params import encoded, message_params
from sdf.providers.failures import Failure, RowFailure, Transient
from sdf.providers.refusals import Asked
from sdf.providers.settings import ModelSettings
from sdf.records import Request, Response

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

_MESSAGES = "/v1/messages"
_JSON = {"Content-Type": "application/json"}


class AnthropicSender:
    """A `Sender` over one client, which it closes.

    The body is written and read here, once: the SDK's own models cost more than the
    call, and let pass what is no message. `key_env` is only named in hints.
    """

    def __init__(self, client: AsyncAnthropic, settings: ModelSettings, key_env: str = KEY_ENV) -> None:
        self._client = client
        self._settings = settings.model_copy(update={"batch": False})
        self._key_env = key_env

    async def send(self, request: Request) -> Response:
        """The answer to a request.

        Raises:
            Failure: there is none.
        """
        raw = await self._post(_MESSAGES, message_params(request, self._settings), request)
        try:
            message = parse_message(raw)
        except ValueError:
            failure = failure_of_body(None, _decoded(raw), self._asked(request))
        else:
            return response_of(request, message, batch=False)
        raise failure

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _asked(self, request: Request) -> Asked:
        return Asked(request.model, self._key_env)

    async def _post(self, path: str, params: dict[str, Any], request: Request) -> bytes:
        """The body of the answer; a failure is raised outside of what it came from, which may quote the key."""
        import httpx2
        from anthropic import AnthropicError

        failure: Failure
        try:
            body = encoded(params)
            async with asyncio.timeout(self._settings.timeout):
                answer = await self._client.post(
                    path, cast_to=httpx2.Response, content=body, options={"headers": _JSON}
                )
            return answer.content
        except UnicodeEncodeError:
            failure = RowFailure("the prompt holds half a surrogate pair, which is no text")
        except TimeoutError:
            failure = Transient(f"no answer within {self._settings.timeout:g} s", accepted=True)
        except AnthropicError as error:
            failure = failure_of(error, self._asked(request))
        raise failure


def _decoded(raw: bytes) -> Any:
    import json

    try:
        return json.loads(raw)
    except ValueError:
        return raw[:4000].decode("utf-8", "replace")
