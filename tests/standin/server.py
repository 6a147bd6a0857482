"""The stand-in: routes calls, lets faults have their way, keeps the books. It opens no socket (see `serve`)."""

from __future__ import annotations

import json
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from hashlib import blake2b
from typing import Any

from tests.standin import openai
from tests.standin.batches import Batch, Batches, accepted_rows, described, page_described
from tests.standin.books import Books
from tests.standin.faults import Fault, Faults, Script, faults_from
from tests.standin.limits import MODELS, VERSION, Limits, Model, Refusal, check, digest
from tests.standin.messages import Answer as Speak
from tests.standin.messages import PromptCache, echo, message, spoken
from tests.standin.rates import Rates
from tests.standin.results import Row, error_body, worked
from tests.standin.routes import bent, document, failing, grouped, model_info, route_of
from tests.standin.stream import events
from tests.standin.wire import Answer, Call, as_json


class Clock:
    """The server's time in seconds: the true one, or one that stands at `at`, plus what a test has added."""

    def __init__(self, at: float | None = None) -> None:
        self._at = at
        self._added = 0.0

    def __call__(self) -> float:
        return (time.time() if self._at is None else self._at) + self._added

    def advance(self, seconds: float) -> None:
        """Let time go by (or back)."""
        self._added += seconds


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived."""

    route: str
    headers: Mapping[str, str]
    body: bytes


class Standin:
    """Anthropic's API at `url`, an OpenAI-compatible one at `url + "/openai/v1"`. Attributes may be set at any time.

    `answer` is given params and says a text or a `Reply`; it may raise `Refusal`. `now` is a `Clock` or any function
    that gives seconds; `keep` is how many requests, with their bodies, stay in `seen`.
    """

    def __init__(
        self,
        answer: Speak = echo,
        faults: Faults | None = None,
        *,
        now: Callable[[], float] | None = None,
        key: str = "sk-ant-stand-in",
        limits: Limits | None = None,
        models: Mapping[str, Model] = MODELS,
        batch_seconds: float = 0.0,
        cancel_seconds: float = 0.0,
        latency: float = 0.0,
        keep: int = 1000,
    ) -> None:
        self.url = ""
        self.answer = answer
        self.clock = now if isinstance(now, Clock) else Clock()
        self.now = now or self.clock
        self.key = key
        self.limits = limits or Limits()
        self.models = dict(models)
        self.chat_models = {"local-model": Model(window=32_768, max_output=32_768)}
        self.batch_seconds = batch_seconds  # how long a batch created from now on takes
        self.cancel_seconds = cancel_seconds
        self.latency = latency  # real seconds before each answer of a model
        self.seen: deque[Seen] = deque(maxlen=keep)
        self.crashes: list[str] = []  # tracebacks of the stand-in's own mistakes
        self.cache = PromptCache()
        self.rates = Rates()
        self._batches = Batches(self._work)
        self.books = Books(self._batches.accepted)
        self.started = self.now()
        self._script = Script(faults or Faults())
        self._count = 0
        self._lock = threading.RLock()

    @property
    def faults(self) -> Faults:
        """What goes wrong; setting it begins the script anew."""
        return self._script.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._script = Script(faults)

    @property
    def accepted_batches(self) -> list[str]:
        """Ids of all batches that were taken in, in order."""
        return [batch.id for batch in self._batches.accepted]

    def respond(self, call: Call) -> Answer:
        """The answer to a call; a mistake of the stand-in or of the test's function is a 500 and kept."""
        with self._lock:
            try:
                return self._respond(call)
            except Exception:  # noqa: BLE001 - the connection must be answered, and `standin()` raises it again
                self.crashes.append(traceback.format_exc())
                return as_json(error_body(500, "the stand-in broke", "", "req_broken"), 500)

    def _respond(self, call: Call) -> Answer:
        if call.path.startswith("/standin/"):
            return self._control(call)
        route, name = route_of(call)
        self._count += 1
        number = f"req_{self._count:08d}"
        self.books.served[route] += 1
        self.seen.append(Seen(route, call.headers, call.body))
        drawn = blake2b(call.body, digest_size=8).hexdigest() if self.faults.sometimes else ""
        fault = self._script.meet(route, call.body, drawn, self.now() - self.started)
        wrong = fault is not None and bool(fault.reset or fault.status or fault.body)
        try:
            if fault and wrong and not fault.accepts:
                answer = failing(route, fault, number)
            else:
                answer = self._served(route, name, call, fault)
                if fault and wrong:
                    answer = replace(failing(route, fault, number), delay=answer.delay, done=answer.done)
        except Refusal as refusal:
            says = openai.error_body if route == "chat" else error_body
            answer = as_json(says(refusal.status, refusal.message, refusal.code, number), refusal.status)
            answer.headers |= refusal.headers
        if answer.status >= 400:
            self.books.refused[answer.status] += 1
        answer.headers |= {"request-id": number, "date": formatdate(self.now(), usegmt=True)}
        return bent(answer, fault)

    def _served(self, route: str, name: str, call: Call, fault: Fault | None) -> Answer:
        self._admit(call, route)
        if route in ("messages", "chat"):
            if self.limits.in_flight is not None and self.books.flying >= self.limits.in_flight:
                raise Refusal(429, "Number of concurrent connections has exceeded your rate limit")
            answer = self._message(call, fault) if route == "messages" else self._chat(call, fault)
            return self._flown(answer, fault)
        if route.startswith("batches."):
            return self._batch(route, name, call, fault)
        if route == "count_tokens":
            return as_json({"input_tokens": check(document(call.body), self.models, counting=True)})
        return self._models(name, call)

    def _batch(self, route: str, name: str, call: Call, fault: Fault | None) -> Answer:
        now = self.now()
        if route == "batches.list":
            return as_json(page_described(*self._batches.page(call.query, now), now, self.url))
        if route == "batches.results":
            return Answer(body=grouped(self._batches.results(name, now)), kind="application/x-jsonl")
        if route == "batches.delete":
            return as_json(self._batches.delete(name, now))
        if route == "batches.create":
            rows = accepted_rows(document(call.body), len(call.body), self.limits)
            batch = self._batches.add(rows, now, self.batch_seconds, fault.hide if fault else 0.0)
            self.books.accepted.update(batch.digests)
        elif route == "batches.cancel":
            batch = self._batches.cancel(name, now, self.cancel_seconds)
        else:
            batch = self._batches.get(name, now)
        return as_json(described(batch, now, self.url))

    def _admit(self, call: Call, route: str) -> None:
        """Refuse a wrong key or version."""
        given = call.headers.get("x-api-key") or call.headers.get("authorization", "").removeprefix("Bearer ")
        local = call.path.startswith("/openai/")
        if given != self.key:
            code = "invalid_api_key" if local else ""
            raise Refusal(401, "Incorrect API key provided" if local else "invalid x-api-key", code)
        version = call.headers.get("anthropic-version")
        if not local and version != VERSION:
            raise Refusal(400, f"anthropic-version: {version!r} is not a valid version; this server speaks {VERSION}")
        if not route:
            raise Refusal(404, "Not found")

    def _message(self, call: Call, fault: Fault | None) -> Answer:
        if len(call.body) > self.limits.message_bytes:
            raise Refusal(413, "Request exceeds the maximum size")
        params = document(call.body)
        inputs = check(params, self.models)
        name = digest(params)
        self.rates.spend(self.limits, self.now(), inputs, 0)
        self.books.accepted[name] += 1
        key = f"{name}{self.books.accepted[name]:04x}"
        written, begun = self._write(params, key, fault, tier="standard", total=inputs)
        self.books.direct[name] += 1
        self.rates.used["output-tokens"] += written["usage"]["output_tokens"]
        answer = Answer(body=events(written), kind="text/event-stream") if params.get("stream") else as_json(written)
        answer.headers = self.rates.headers(self.limits) | {"anthropic-organization-id": "stand-in"}
        answer.begun = begun
        return answer

    def _write(
        self, params: Mapping[str, Any], key: str, fault: Fault | None, *, tier: str, total: int, cold: bool = False
    ) -> tuple[dict[str, Any], Callable[[], None]]:
        """A Message, billed, and what makes its cache entries readable."""
        model = self.models[params["model"]]
        usage, begun = self.cache.usage(params, model, total, self.now(), tier=tier, cold=cold)
        reply = spoken(self.answer, params, fault, self._script.stop(key))
        written = message(reply, params, usage, model, key)
        self.books.bill(params["model"], usage)
        return written, begun

    def _work(self, batch: Batch) -> list[Row]:
        def write(params: Mapping[str, Any], key: str, fault: Fault | None, cold: bool) -> dict[str, Any]:
            for name in ("stream", "speed"):
                if params.get(name):
                    raise Refusal(400, f"{name}: not supported in a batch")
            inputs = check(params, self.models)
            if params["max_tokens"] == 0:
                raise Refusal(400, "max_tokens: 0 is not supported in a batch")
            name = blake2b(key.encode(), digest_size=10).hexdigest()
            written, begun = self._write(params, name, fault, tier="batch", total=inputs, cold=cold)
            begun()
            return written

        return worked(batch.rows, batch.outcome, self.faults, batch.number, write)

    def _chat(self, call: Call, fault: Fault | None) -> Answer:
        params = document(call.body)
        openai.check(params, self.chat_models)
        name = digest(params)
        self.rates.spend(self.limits, self.now(), openai.prompt_tokens(params), 0)
        self.books.accepted[name] += 1
        key = f"{name}{self.books.accepted[name]:04x}"
        reply = spoken(self.answer, params, fault, self._script.stop(key))
        said = openai.completion(reply, params, key, int(self.now()))
        self.books.direct[name] += 1
        for kind, counted in (("input", "prompt_tokens"), ("output", "completion_tokens")):
            self.books.billed[params["model"], "standard", kind] += said["usage"][counted]
        return as_json(said)

    def _flown(self, answer: Answer, fault: Fault | None) -> Answer:
        """Count an answer that takes its time as in flight."""
        answer.delay = self.latency
        if answer.delay or (fault and fault.delay):
            self.books.flying += 1
            self.books.peak = max(self.books.peak, self.books.flying)
            answer.done = self._landed
        return answer

    def _landed(self) -> None:
        self.books.flying -= 1

    def _models(self, name: str, call: Call) -> Answer:
        if call.path.startswith("/openai/"):
            return as_json(openai.listing(self.chat_models))
        known = {model: model_info(model, limits) for model, limits in self.models.items()}
        if name and name not in known:
            raise Refusal(404, f"model: {name}")
        if name:
            return as_json(known[name])
        return as_json({"data": list(known.values()), "has_more": False, "first_id": None, "last_id": None})

    def _control(self, call: Call) -> Answer:
        """What a test asks of a stand-in that runs as another process."""
        sent = json.loads(call.body or b"{}")
        if call.path == "/standin/faults":
            self.faults = faults_from(sent)
        elif call.path == "/standin/clock":
            self.clock.advance(sent["advance"])
        elif call.path == "/standin/set":
            for name in ("batch_seconds", "cancel_seconds", "latency", "key"):
                setattr(self, name, sent.get(name, getattr(self, name)))
        state = self.books.as_document() | {"cpu": time.process_time(), "now": self.now(), "crashes": self.crashes}
        return as_json(state)
