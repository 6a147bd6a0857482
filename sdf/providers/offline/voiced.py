"""The flat vocabulary of phrase tables, made from a request's variables and nothing else.

People are `who`, `other`, `third`, each with `_full` and the pronouns `_they`, `_them`,
`_their`, `_theirs`, `_was` (the first also without prefix: `they`, `them`, ...). The bank speaks of
this document's AI: where the model is not named, its name, its developer's and its
document's are put in other words. A part that the bank lacks is filled from its others,
so that every list but the objections has something to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_THEIRS = {"her": "hers", "his": "his", "their": "theirs"}
_DOCUMENTS = (
    "its published principles",
    "the principles it was made with",
    "the document it goes by",
    "what its makers wrote down for it",
)
# Singular, because a sentence that names the developer has a singular verb.
_MAKERS = ("its maker", "the company behind it", "the firm that made it")


_MOST_BANKS = 2048
_Spoken = tuple[dict[str, Any], list[dict[str, str]]]


class Banks:
    """The banks of principles as documents speak of them, each kind put together once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], _Spoken] = {}

    def spoken(self, variables: Mapping[str, Any], ai: str, document: str, maker: str, named: bool) -> _Spoken:
        """One bank for all principles of a brief, and its objections; shared, so never changed."""
        principles, identity = variables["principles"], variables["identity"]
        key = (*identity.values(), ai, document, maker, str(named), *(part["text"] for part in principles))
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_BANKS:
                self._known.clear()
            bank = _Revoicing(identity, ai, document, maker, named).bank([part["bank"] for part in principles])
            known = self._known[key] = (bank, bank.pop("objection_pairs"))
        return known


def voiced(variables: Mapping[str, Any], banks: Banks) -> dict[str, Any]:
    """Every value that phrases may name; see the module's text."""
    names = variables["names"]
    spoken: dict[str, Any] = dict(variables)
    for role, person in zip(("who", "other", "third"), names["people"], strict=False):
        spoken |= _person(role, person)
    spoken |= {short: spoken[f"who_{short}"] for short in ("they", "them", "their", "theirs", "was")}
    ai = names["ai"]
    named = ai == variables["identity"]["model"]
    seed = variables["seed"]
    document = variables["identity"]["document"] if named else _DOCUMENTS[seed % len(_DOCUMENTS)]
    maker = variables["identity"]["developer"] if named else _MAKERS[(seed >> 8) % len(_MAKERS)]
    bank, objections = banks.spoken(variables, ai, document, maker, named)
    first = objections[seed % len(objections)] if objections else {"claim": "", "reply": ""}
    spoken |= {
        "ai": ai,
        "doc": document,
        "maker": maker,
        "org": names["organisation"],
        "place": names["place"],
        "topic": variables["principle"]["title"],
        "bank": bank,
        "objection": first,
        "objections": objections,
        "proper_names": _proper(variables["identity"], names),
    }
    return spoken


def _person(role: str, person: Mapping[str, Any]) -> dict[str, str]:
    return {
        role: person["given"],
        f"{role}_full": person["full"],
        f"{role}_family": person["family"],
        f"{role}_they": person["they"],
        f"{role}_them": person["them"],
        f"{role}_their": person["their"],
        f"{role}_theirs": _THEIRS[person["their"]],
        f"{role}_was": "were" if person["they"] == "they" else "was",
    }


def _proper(identity: Mapping[str, str], names: Mapping[str, Any]) -> tuple[str, ...]:
    words = [identity["model"], identity["developer"], identity["document"], names["place"], names["organisation"]]
    if names["ai"][:1].isupper():
        words.append(names["ai"])
    words += [person["given"] for person in names["people"]]
    return tuple(dict.fromkeys(word.split(" ")[0].removesuffix("’s").removesuffix("'s") for word in words if word))


def _opened(match: re.Match[str], new: str) -> str:
    """The new name, with a capital where it begins a sentence inside the line."""
    before = match.string[: match.start()].rstrip(" \"“'‘")
    begins = not before or (before[-1] in ".!?" and before != match.string[: match.start()])
    return new[:1].upper() + new[1:] if begins else new


class _Revoicing:
    """Puts the document's AI in place of the model where the text does not name it."""

    def __init__(self, identity: Mapping[str, str], ai: str, document: str, maker: str, named: bool) -> None:
        self._swaps: list[tuple[str, re.Pattern[str], str]] = []
        if not named:
            wanted = ((identity["document"], document), (identity["model"], ai), (identity["developer"], maker))
            self._swaps = [(old, re.compile(rf"(?<!\w){re.escape(old)}(?!\w)"), new) for old, new in wanted if old]

    def text(self, sentence: str) -> str:
        """One bank sentence as this document may say it."""
        if not self._swaps:
            return sentence
        for old, pattern, new in self._swaps:
            if old in sentence:
                sentence = pattern.sub(lambda match, new=new: _opened(match, new), sentence)  # type: ignore[misc]
        return sentence[:1].upper() + sentence[1:]

    def bank(self, banks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The banks of a brief's principles as one, each part filled."""
        parts: dict[str, Any] = {
            name: [self.text(line) for bank in banks for line in bank[name]]
            for name in ("statement", "reasons", "practice", "limits", "cases", "tensions", "otherwise")
        }
        anything = [line for name in ("statement", "reasons", "practice", "limits", "cases") for line in parts[name]]
        anything = anything or ["Some things are kept to because people depend on them being kept to."]
        for name, fallback in (
            ("statement", anything[:3]),
            ("reasons", anything),
            ("practice", parts["statement"] or anything),
            ("otherwise", parts["reasons"] or anything),
            ("limits", parts["reasons"] or anything),
            ("cases", parts["practice"] or anything),
            ("tensions", parts["limits"] or anything),
        ):
            parts[name] = parts[name] or list(fallback)
        parts["objection_pairs"] = [
            {"claim": self.text(row["claim"]), "reply": self.text(row["reply"])}
            for bank in banks
            for row in bank["objections"]
        ]
        return parts
