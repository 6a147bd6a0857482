"""Briefs to requests: the prompt of a stage as blocks, with an id for all that decides its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b, sha256
from typing import Any

from sdf.genres.pack import Catalogue, Genre, Stage
from sdf.plan.locales import language_of, token_factor
from sdf.records import Block, Brief, Request
from sdf.write.judge import SCHEMA
from sdf.write.render import PREAMBLE, RULES, Templates
from sdf.write.variables import BriefVariables

_NAMED = re.compile(r"{%-?\s*(?:extends|include|import|from)\s+[\"']([^\"']+)[\"']")


class RequestMaker:
    """Renders requests; what is equal for a genre's stage is rendered and hashed once."""

    def __init__(
        self, catalogue: Catalogue, variables: BriefVariables, run: Mapping[str, Any], models: Mapping[str, str]
    ) -> None:
        self._variables = variables
        self._run = run
        self._models = models
        self._genres = {genre.name: genre for genre in catalogue.genres}
        self._templates = {genre.name: Templates(genre) for genre in catalogue.genres}
        self._prefixes: dict[tuple[str, str], tuple[tuple[Block, Block], bytes]] = {}

    def request(
        self,
        brief: Brief,
        stage: Stage,
        earlier: Mapping[str, Any],
        avoid: Sequence[str] = (),
        again: str | None = None,
    ) -> Request:
        """The request of one stage of one brief.

        `again` is None for the first question, "longer" after an answer that was cut
        off (twice the tokens), "fallback" after a refusal (the fallback model).

        Raises:
            GenreError: a template of the pack cannot be rendered.
        """
        genre = self._genres[brief.cell.genre]
        variables = self._variables.of(brief, genre, earlier, avoid)
        task = Block(text=self._templates[genre.name].task(stage, variables))
        prefix, digest = self._prefix(genre, stage)
        model = self._models["fallback" if again == "fallback" else stage.role]
        max_tokens = stage.max_tokens * token_factor(language_of(brief)) * (2 if again == "longer" else 1)
        key = blake2b(digest, digest_size=20)
        key.update(f"{model}\x1f{stage.name}\x1f{max_tokens}\x1f{brief.id}\x1f".encode())
        key.update(task.text.encode())
        return Request.model_construct(
            id=key.hexdigest(),
            series=brief.series,
            index=brief.index,
            attempt=brief.attempt,
            stage=stage.name,
            genre=genre.name,
            model=model,
            blocks=(*prefix, task),
            max_tokens=max_tokens,
            retry=0 if again is None else 1,
            output_schema=SCHEMA if stage.role == "judge" else None,
            variables=variables,
        )

    def _prefix(self, genre: Genre, stage: Stage) -> tuple[tuple[Block, Block], bytes]:
        known = self._prefixes.get((genre.name, stage.name))
        if known is None:
            preamble, rules = self._templates[genre.name].prefix(stage, self._run)
            blocks = (Block(text=preamble, cache=True), Block(text=rules, cache=True))
            digest = blake2b(f"{preamble}\x1f{rules}".encode()).digest()
            known = self._prefixes[genre.name, stage.name] = (blocks, digest)
        return known


def template_sha256(genre: Genre, stage: Stage) -> str:
    """The hash of every template text that a stage's prompt is made of."""
    names, todo = set[str](), [PREAMBLE, RULES, stage.template]
    while todo:
        name = todo.pop()
        if name not in names and name in genre.templates:
            names.add(name)
            todo.extend(_NAMED.findall(genre.templates[name]))
    digest = sha256()
    for name in sorted(names):
        digest.update(f"{name}\x1f{genre.templates[name]}\x1f".encode())
    return digest.hexdigest()
