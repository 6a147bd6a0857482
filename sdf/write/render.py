"""Templates to prompts. Text of a constitution, a seed or a model enters only as a value.

A stage's prompt has three blocks: the preamble (the same for a whole run), the rules
(the same for a genre) and the task. The first two are rendered once and marked for the
provider's cache; a template that names a brief's variable in them is an error.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

from jinja2 import DictLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from sdf.errors import GenreError
from sdf.genres.pack import Genre, Stage

PREAMBLE = "_shared/preamble.j2"
RULES = "_shared/rules.j2"
MAX_RENDERED = 2_000_000
_LOOP = frozenset({"changed", "first", "index", "index0", "last", "length"})


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's immutable sandbox, which looks up keys of plain dictionaries and calls `trusted` at once.

    Templates mostly read keys of the mappings that they were given. Whether an
    attribute is safe to reach need not be asked for those: a key of a dict is a value
    that somebody passed in, and nothing of the dict itself. It is two thirds of the
    cost of an offline document.
    """

    trusted: tuple[object, ...] = ()

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A key of a dict, a name in the template's own loop or namespace, or else what the sandbox allows."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        if type(obj) is LoopContext and attribute in _LOOP:
            return getattr(obj, attribute)
        if type(obj) is Namespace and attribute[0] != "_":
            # Holds what the template itself has put there, and nothing else.
            try:
                return getattr(obj, attribute)
            except AttributeError:
                pass
        return super().getattr(obj, attribute)

    def call(self, context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a trusted function or a macro, or else what the sandbox allows."""
        if getattr(obj, "__func__", None) in self.trusted:
            # Compiled templates pass their loop's names along, for context functions only.
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
            return obj(*args, **kwargs)
        if type(obj) is Macro:
            # A macro of the pack's own templates; it wants the evaluation context first.
            kwargs.pop("_loop_vars", None)
            kwargs.pop("_block_vars", None)
            return obj(context.eval_ctx, *args, **kwargs)
        return super().call(context, obj, *args, **kwargs)


def environment(templates: Mapping[str, str], trusted: tuple[object, ...] = ()) -> Sandbox:
    """The sandbox that every template of a pack runs in: no chance, no unknown names.

    `trusted` are functions whose bound methods templates may call without being asked.
    """
    sandbox = Sandbox(
        loader=DictLoader(dict(templates)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    sandbox.globals.pop("lipsum", None)
    sandbox.filters.pop("random", None)
    sandbox.trusted = trusted
    return sandbox


class Templates:
    """The compiled templates of one pack."""

    def __init__(self, genre: Genre) -> None:
        self._genre = genre
        self._sandbox = environment(genre.templates)

    def render(self, name: str, variables: Mapping[str, Any]) -> str:
        """Render one template of the pack.

        Raises:
            GenreError: naming the file and line, for a syntax error, an unknown
                variable, a forbidden attribute, or more than 2,000,000 characters.
        """
        try:
            text = self._sandbox.get_template(name).render(variables)
        except TemplateError as broken:
            raise self._explained(name, broken) from broken
        except (TypeError, ValueError, OverflowError, RecursionError, LookupError, AttributeError) as broken:
            raise self._explained(name, broken) from broken
        if len(text) > MAX_RENDERED:
            raise GenreError(f"renders {len(text):,} characters", where=self._where(name), hint="Shorten it.")
        return text

    def prefix(self, stage: Stage, run: Mapping[str, Any]) -> tuple[str, str]:
        """The preamble and the rules of a stage, equal for every brief of the genre."""
        seen = {**run, "whole": run["whole"] if stage.sees == "whole" else ""}
        shown = {"name": self._genre.name, "title": self._genre.title, "about": self._genre.about}
        preamble = self.render(PREAMBLE, seen)
        return preamble, self.render(RULES, {**seen, "genre": shown, "stage": stage.name})

    def task(self, stage: Stage, variables: Mapping[str, Any]) -> str:
        """The block that belongs to one brief."""
        return self.render(stage.template, variables)

    def _where(self, name: str, line: int | None = None) -> str:
        spot = name if name.startswith("_shared/") else f"{self._genre.name}/{name}"
        return f"genres/{spot}:{line}" if line else f"genres/{spot}"

    def _explained(self, name: str, broken: Exception) -> GenreError:
        if isinstance(broken, GenreError):
            return broken
        if isinstance(broken, TemplateSyntaxError):
            where = self._where(broken.name or name, broken.lineno)
            return GenreError(f"template syntax: {broken.message}", where=where, hint="Mend the line.")
        if isinstance(broken, TemplateNotFound):
            message = f"includes a template that the pack does not have: {broken.name}"
            return GenreError(message, where=self._where(name), hint="Templates may include files of their pack only.")
        line = None
        for frame in traceback.extract_tb(broken.__traceback__):
            if frame.filename == "<template>" or frame.filename in self._genre.templates:
                line = frame.lineno
        message = str(broken) or type(broken).__name__
        hint = (
            "Known variables are listed in docs/genres.md."
            if "undefined" in message
            else "Templates may only read values."
        )
        return GenreError(message, where=self._where(name, line), hint=hint)
