"""Which field of a row is its text, and what else of it the measures can use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sdf.errors import InputError

_USUAL = ("text", "messages", "conversations", "content")
_TURN = ("content", "value")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a document beside its text; empty where nothing is."""

    genre: str = ""
    form: str = ""
    principles: tuple[str, ...] = ()
    language: str = ""
    stance: str = ""
    resolution: str = ""
    arm: str = ""


@dataclass(frozen=True, slots=True)
class TextField:
    """The field that holds the texts of a corpus: a name, or a dotted path, of a text or a list of chat turns."""

    path: str

    def text_of(self, row: Mapping[str, Any], where: str) -> str:
        """The text of a row; of a chat, its turns with a blank line between them.

        Raises:
            InputError: the row has no such field, or something else in it, or no text that
                could be written as UTF-8.
        """
        value: Any = row.get(self.path)
        if value is None:
            value = row
            for part in self.path.split("."):
                value = value.get(part) if isinstance(value, Mapping) else None
        if value is None and self.path in row:
            raise InputError(f"`{self.path}` of the row is null", where=where, hint="Leave the row out.")
        if value is None:
            has = ", ".join(sorted(map(str, row))[:12]) or "no field at all"
            raise InputError(
                f"the row has no field `{self.path}`", where=where, hint=f"It has {has}. --text-field names another."
            )
        text = value if isinstance(value, str) else _chat(value)
        if text is None:
            raise InputError(f"`{self.path}` is neither a text nor a list of chat turns", where=where)
        if not text.isascii():
            _require_writable(text, self.path, where)
        return text


def choose_field(row: Mapping[str, Any], where: str) -> TextField:
    """The text field of a corpus, from its first row.

    Raises:
        InputError: none of the usual names is there.
    """
    for name in _USUAL:
        if isinstance(row.get(name), str) or (name in row and _chat(row[name]) is not None):
            return TextField(name)
    has = ", ".join(sorted(map(str, row))[:12]) or "no field at all"
    raise InputError(
        f"no field of the row is known to be its text ({', '.join(_USUAL)})",
        where=where,
        hint=f"It has {has}: name one with --text-field.",
    )


def facts_of(row: Mapping[str, Any]) -> Facts:
    """What a row says of itself, in our own documents' words or under the same names in another's."""
    brief = row.get("brief")
    axes = brief.get("axes") if isinstance(brief, Mapping) else None
    axes = axes if isinstance(axes, Mapping) else row
    principles = row.get("principle_ids")
    return Facts(
        genre=_word(row.get("genre")),
        form=_word(row.get("form")),
        principles=tuple(map(str, principles)) if isinstance(principles, list) else (),
        language=_word(axes.get("language") or row.get("lang")),
        stance=_word(axes.get("stance")),
        resolution=_word(axes.get("resolution")),
        arm=_word(row.get("arm")),
    )


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""


def _chat(value: object) -> str | None:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return None
    turns = []
    for turn in value:
        said = next((turn[key] for key in _TURN if key in turn), None) if isinstance(turn, Mapping) else None
        if not isinstance(said, str):
            return None
        turns.append(said)
    return "\n\n".join(turns)


def _require_writable(text: str, path: str, where: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"`{path}` holds half a surrogate pair at character {error.start}, which is no text", where=where
        ) from None
