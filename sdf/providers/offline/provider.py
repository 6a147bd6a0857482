"""The offline provider: answers requests from a pack's phrase tables, with no model.

It renders `offline/<stage>.j2` of the request's genre (or the shared one) from the
request's own variables, with `say(rule, words=0)` and `pick(list)` as the only
choices, both drawn from the brief's seed. It never judges.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from jinja2 import TemplateError

from sdf.errors import GenreError
from sdf.genres.pack import Catalogue, Genre
from sdf.plan.sequence import mix
from sdf.providers.offline.grammar import Voice
from sdf.providers.offline.voiced import Banks, voiced
from sdf.records import Request, Response, StopReason, Usage
from sdf.write.render import MAX_RENDERED, Sandbox, environment

MODEL = "offline"
_BLANK_LINES = re.compile(r"\n{3,}")


class OfflineProvider:
    """Writes at once: what is submitted can be collected in the same order."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._genres = {genre.name: genre for genre in catalogue.genres}
        self._banks = Banks()
        self._sandboxes: dict[str, Sandbox] = {}
        self._waiting: deque[Request] = deque()

    def submit(self, requests: Sequence[Request]) -> None:
        """Take requests; nothing is computed before `collect`."""
        self._waiting.extend(requests)

    def collect(self) -> list[Response]:
        """Answer up to 64 requests; an empty list means that nothing is waiting."""
        return [self.answer(self._waiting.popleft()) for _ in range(min(64, len(self._waiting)))]

    def recorded(self, responses: Sequence[Response]) -> None:
        """Nothing hangs on it."""

    def busy(self) -> bool:
        """Whether something was submitted and not collected."""
        return bool(self._waiting)

    def waiting(self) -> str:
        """Nothing is ever needed from outside."""
        return ""

    def close(self) -> None:
        """Forget what was not collected."""
        self._waiting.clear()

    def answer(self, request: Request) -> Response:
        """The text for one request; a pure function of its variables.

        Raises:
            GenreError: a template or phrase table is broken.
        """
        genre = self._genres[request.genre]
        name = _template_name(genre, request.stage)
        # The shared stages only pass on what an earlier one wrote, and need no vocabulary.
        shared = genre.templates[name] if name.startswith("_shared/") else "say("
        values = voiced(request.variables, self._banks) if "say(" in shared or "pick(" in shared else request.variables
        voice = Voice(genre.phrases, values, mix(request.variables["seed"], request.stage))
        try:
            text = self._sandbox(genre).get_template(name).render(values, say=voice.say, pick=voice.pick)
        except (TemplateError, TypeError, ValueError, LookupError) as broken:
            raise GenreError(
                str(broken), where=f"genres/{genre.name}/{name}", hint="Names are listed in docs/genres.md."
            ) from broken
        # Where a part of a template stays empty its blank lines are left.
        text = _BLANK_LINES.sub("\n\n", text)
        if len(text) > MAX_RENDERED:
            where = f"genres/{genre.name}/{name}"
            raise GenreError(f"renders {len(text):,} characters", where=where, hint="Shorten it.")
        usage = Usage(input=sum(len(block.text) for block in request.blocks) // 4, output=len(text) // 4)
        return Response(request_id=request.id, text=text, stop=StopReason.end, model=MODEL, usage=usage)

    def _sandbox(self, genre: Genre) -> Sandbox:
        if genre.name not in self._sandboxes:
            self._sandboxes[genre.name] = environment(genre.templates, (Voice.say, Voice.pick))
        return self._sandboxes[genre.name]


def _template_name(genre: Genre, stage: str) -> str:
    for name in (f"offline/{stage}.j2", f"_shared/offline/{stage}.j2"):
        if name in genre.templates:
            return name
    raise GenreError(
        f"has no offline writer for the stage `{stage}`",
        where=f"genres/{genre.name}/offline",
        hint=f"Add offline/{stage}.j2.",
    )
