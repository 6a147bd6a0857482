"""Any chat model that LangChain's `init_chat_model` knows, and any OpenAI-compatible server by its base URL.

The only file that imports LangChain, and only to ask one thing once: no prompts, loaders,
caches, callbacks or retries of its. A schema is asked for in the prompt and the answer is
parsed as JSON. `with_structured_output` means tool calls here, a grammar there and nothing
at many servers; it hides the raw text and the usage where it fails, and an answer that
cannot be parsed must be there to be recorded.
"""

from __future__ import annotations

import asyncio
import difflib
import json
import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sdf.errors import RecipeError
from sdf.providers.endpoints import check_url, key_in
from sdf.providers.failures import Failure, Fatal, RowFailure, Transient
from sdf.providers.refusals import Asked, Refusal, failure_from, quoted
from sdf.providers.settings import ModelSettings
from sdf.providers.told import answer_of
from sdf.recipe import Endpoint
from sdf.records import Request, Response

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

EXTRAS = ("openai", "ollama")
"""Providers whose package is an extra of ours."""

NO_KEY = "none"
"""Sent to a server of the user's own; the key of a provider never goes to another address."""

_TRACING = (
    "LANGSMITH_TRACING_V2",
    "LANGCHAIN_TRACING_V2",
    "LANGSMITH_TRACING",
    "LANGCHAIN_TRACING",
    "LANGCHAIN_HANDLER",
    "LANGSMITH_GATEWAY",
)
_OFF = frozenset({"", "0", "false", "no", "off"})
_LOGGERS = ("langchain", "langchain_core", "langsmith", "openai", "httpx", "httpx2", "httpcore", "httpcore2")
_LIMIT = {"ollama": "num_predict", "google_genai": "max_output_tokens", "google_vertexai": "max_output_tokens"}
_NOT_SENT = frozenset({"ConnectError", "ConnectTimeout", "ConnectionRefusedError", "ClientConnectorError", "gaierror"})
_JSON_ONLY = (
    "Answer with one JSON object and nothing else, neither before it nor after it. It follows this JSON schema:"
)


class LangChainSender:
    """A `Sender` for one model. Clients are made when they are first needed, one for each `max_tokens`."""

    def __init__(self, model: str, endpoint: Endpoint, settings: ModelSettings) -> None:
        """`model` is as in the recipe, `provider:model`.

        Raises:
            RecipeError: as `require_provider`.
        """
        require_provider(model, endpoint)
        self._provider, _, self._name = model.partition(":")
        self._endpoint = endpoint
        self._settings = settings
        self._asked = Asked(model, key_variable(self._provider, endpoint))
        self._models: dict[int, BaseChatModel] = {}
        self._connections = _connections(self._provider, settings)

    async def send(self, request: Request) -> Response:
        """The answer to a request.

        Raises:
            Failure: there is none.
        """
        failure: Failure
        try:
            model = self._model(request.max_tokens)
            async with asyncio.timeout(self._settings.timeout):
                message = await model.ainvoke(_messages(request), {"callbacks": []})
            return answer_of(request, message)
        except RecipeError as wrong:
            failure = Fatal(wrong.message, hint=wrong.hint)
        except TimeoutError:
            failure = Transient(f"no answer within {self._settings.timeout:g} s", accepted=True)
        except Exception as error:  # noqa: BLE001 - thirty packages raise what they like
            failure = failure_of(error, self._asked)
        # Outside of what it came from, whose text or request may hold the key.
        raise failure

    async def aclose(self) -> None:
        """Close our own connections; of other packages' we have no handle, they go with their clients."""
        self._models.clear()
        for connections in self._connections.values():
            await connections.aclose()

    def _model(self, max_tokens: int) -> BaseChatModel:
        found = self._models.get(max_tokens)
        if found is None:
            arguments = _arguments(self._provider, self._endpoint, self._settings, max_tokens) | self._connections
            found = self._models[max_tokens] = _open(self._provider, self._name, self._endpoint, arguments)
        return found


def require_provider(model: str, endpoint: Endpoint) -> None:
    """See that a model can be asked: its provider is known and installed, its key is there. Sends nothing.

    Raises:
        RecipeError: what is missing, with how to get it.
    """
    provider, _, name = model.partition(":")
    known = _known()
    if provider not in known:
        near = difflib.get_close_matches(provider, known, n=2, cutoff=0.5)
        hint = f"Did you mean {' or '.join(f'`{one}:`' for one in near)}?" if near else f"Known: {', '.join(known)}."
        raise RecipeError(f"no provider `{provider}` for the model `{model}`", where="[models]", hint=hint)
    if not name:
        raise RecipeError(f"`{model}` names no model", where="[models]", hint=f"Write `{provider}:MODEL`.")
    check_url(endpoint.base_url)
    if endpoint.key_env:
        key_in(endpoint.key_env)
    _open(provider, name, endpoint, _arguments(provider, endpoint, ModelSettings(), 1))


def key_variable(provider: str, endpoint: Endpoint) -> str:
    """The variable of a provider's key, as its package reads it unless the recipe names another."""
    return endpoint.key_env or f"{provider.upper()}_API_KEY"


def tracing_switched_on(environ: Mapping[str, str]) -> str:
    """The environment variable that would send every prompt to a third party; "" when there is none."""
    return next((name for name in _TRACING if environ.get(name, "").strip().lower() not in _OFF), "")


def failure_of(error: Exception, asked: Asked) -> Failure:
    """The failure that an exception of any integration is, by its status and, without one, by its name."""
    headers = getattr(getattr(error, "response", None), "headers", None)
    wait = headers.get("retry-after") if isinstance(headers, Mapping) else None
    names = " ".join(kind.__name__ for kind in type(error).__mro__)
    status = _status(error) or _status_by_name(names)
    said = str(getattr(error, "message", "") or error)
    if status:
        return failure_from(Refusal(status, said, _code(error), wait), asked)
    told = quoted(f"{type(error).__name__}: {said}", asked.key_env)
    if "Timeout" in names or "Connect" in names:
        return Transient(told, accepted=not _NOT_SENT & set(_causes(error)))
    # Of these a package complains when it cannot read what came: a page, or an answer cut short.
    if isinstance(error, ValueError | KeyError | TypeError | AttributeError | IndexError):
        return Transient(f"the answer could not be read: {told}", accepted=True)
    return RowFailure(told)


def _known() -> list[str]:
    from langchain.chat_models import base

    return sorted({*base._BUILTIN_PROVIDERS})


def _connections(provider: str, settings: ModelSettings) -> dict[str, Any]:
    """Connections of our own where a package takes them, because LangChain shares its own among event loops."""
    if provider != "openai":
        return {}
    from openai import DefaultAsyncHttpxClient

    return {"http_async_client": DefaultAsyncHttpxClient(timeout=settings.timeout, follow_redirects=False)}


def _open(provider: str, name: str, endpoint: Endpoint, arguments: Mapping[str, Any]) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    for logger in _LOGGERS:
        logging.getLogger(logger).setLevel(logging.WARNING)
    failure = ""
    try:
        model: BaseChatModel = init_chat_model(name, model_provider=provider, **arguments)
        return model
    except ImportError as missing:
        failure = f"the package of the provider `{provider}` is not installed"
        package = str(getattr(missing.__cause__, "name", None) or f"langchain_{provider}").partition(".")[0]
        hint = (
            f"pip install 'constitution-sdf[{provider}]'"
            if provider in EXTRAS
            else f"pip install {package.replace('_', '-')}"
        )
    except Exception as broken:  # noqa: BLE001 - thirty packages raise what they like
        variable = key_variable(provider, endpoint)
        failure = f"`{provider}` cannot be set up: {quoted(str(broken), variable)}"
        hint = f"Set its key (export {variable}=...), or name another variable with key_env under [endpoints]."
    raise RecipeError(failure, where="[models]", hint=hint)


def _arguments(provider: str, endpoint: Endpoint, settings: ModelSettings, max_tokens: int) -> dict[str, Any]:
    """What a model is made with. Never a temperature."""
    arguments: dict[str, Any] = {"cache": False, "max_retries": 0, "timeout": settings.timeout}
    if endpoint.base_url is not None:
        arguments["base_url"] = endpoint.base_url
    if endpoint.key_env:
        arguments["api_key"] = key_in(endpoint.key_env)
    elif endpoint.base_url is not None and provider != "ollama":
        arguments["api_key"] = NO_KEY
    if provider == "openai" and endpoint.base_url is not None:
        # LangChain would say max_completion_tokens, which smaller servers do not know.
        arguments["extra_body"] = {"max_tokens": max_tokens}
    else:
        arguments[_LIMIT.get(provider, "max_tokens")] = max_tokens
    return arguments


def _messages(request: Request) -> list[BaseMessage]:
    from langchain_core.messages import HumanMessage, SystemMessage

    system = "\n\n".join(block.text for block in request.blocks if block.cache)
    task = "\n\n".join(block.text for block in request.blocks if not block.cache)
    if request.output_schema is not None:
        task += f"\n\n{_JSON_ONLY}\n{json.dumps(dict(request.output_schema), ensure_ascii=False)}"
    if not system or not task:
        return [HumanMessage(content=system or task)]
    return [SystemMessage(content=system), HumanMessage(content=task)]


def _causes(error: BaseException | None) -> Iterator[str]:
    """The name of an exception, of what it came from, and so on."""
    while error is not None:
        yield type(error).__name__
        error = error.__cause__


def _status(error: Exception) -> int:
    """The HTTP status of an exception, wherever its package keeps it; 0 when there is none."""
    response = getattr(error, "response", None)
    places = [getattr(error, "status_code", None), getattr(response, "status_code", None), getattr(error, "code", None)]
    if isinstance(response, Mapping):  # botocore
        places.append(response.get("ResponseMetadata", {}).get("HTTPStatusCode"))
    return next((place for place in places if isinstance(place, int) and 300 <= place < 600), 0)


def _status_by_name(names: str) -> int:
    for part, status in (
        ("RateLimit", 429),
        ("ResourceExhausted", 429),
        ("Throttling", 429),
        ("Authentication", 401),
        ("Unauthenticated", 401),
        ("PermissionDenied", 403),
        ("ContextOverflow", 400),
    ):
        if part in names:
            return status
    return 0


def _code(error: Exception) -> str:
    code = getattr(error, "code", None)
    return code if isinstance(code, str) else ""
