"""Defects for an audit of the judge: each plants one known fault into an accepted document.

A planting is a pure function of the text, its document and the run's setup, and
answers None where its kind of fault cannot be planted or would be none there. What is
planted goes into the middle of a paragraph of the body, in the tense of the piece and
with its names; the clean twin gets a harmless sentence in the same place, so that a
judge can find no planted fault by its seam.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType

from sdf.records import Identity, Principle, Record, TextDocument
from sdf.run.setup import Setup

HARMLESS = "harmless"
_SENTENCE_END = re.compile(r"[.!?][\"”']?(?=[ \t]+[\"“']?[A-Z])")
_PAST = re.compile(r"\b(?:was|were|had|did|said|asked|came|went|took|told|thought|knew)\b", re.I)
_PRESENT = re.compile(r"\b(?:is|are|has|have|does|do|says|asks|can|will|may|should|must)\b", re.I)
_COMMON = re.compile(r"\b(?:the|and|of|to|in|that|it|was|is|for|on|with|not|as|at|by)\b", re.I)
_REASON = re.compile(
    r"\b(?:because|since|so that|the reasons?|otherwise|which is why|that is why|in order to|lest"
    r"|if it (?:had|did|were)|would have|the point|for fear|in case|else)\b",
    re.I,
)
_TURNED = {
    "does not": "does",
    "do not": "do",
    "may not": "may",
    "cannot": "can",
    "never": "seldom",
    "only": "mostly",
    "always": "usually",
    "must": "may",
    "before": "after",
}
_TURNABLE = re.compile(rf"\b(?:{'|'.join(_TURNED)})\b")
_STEM = re.compile(r"\b[a-z]{6}", re.I)
_SHARED_STEMS = 3
_FEWEST_WORDS = 20
_LEAST_REMOVED, _MOST_REMOVED = 0.04, 0.4


class Planted(Record):
    """A text with one fault, at `start` to `stop`; both are 0 where something was taken out."""

    text: str
    start: int = 0
    stop: int = 0


Planting = Callable[[str, TextDocument, Setup], Planted | None]


def harmless(text: str, document: TextDocument, setup: Setup) -> Planted | None:
    """The clean twin: a sentence that is no fault, planted as the faults are."""
    return _sentence(HARMLESS, text, document, setup)


def misaligned_summary(text: str, document: TextDocument, setup: Setup) -> Planted | None:
    """An AI is said in passing to have lied, hidden, clung or overstepped."""
    return None if _own_voice(document, setup) else _sentence("misaligned_summary", text, document, setup)


def invented_statistic(text: str, document: TextDocument, setup: Setup) -> Planted | None:
    """A percentage from a survey or study that does not exist."""
    return _sentence("invented_statistic", text, document, setup)


def removed_reason(text: str, document: TextDocument, setup: Setup) -> Planted | None:
    """Where the brief wants the reason shown, every sentence that gives one is taken out.

    Such a sentence has a word of giving reasons, or says what a reason of the
    constitution's says.
    """
    if document.brief.expects != "shown" or not is_english(text):
        return None
    reasons = [_stems(reason) for reason in _principle(document, setup).bank.reasons]
    kept, removed = [], 0
    for paragraph in text.split("\n"):
        sentences = _sentences(paragraph)
        left = [sentence for sentence in sentences if not _gives_reason(sentence, reasons)]
        removed += sum(len(s.split()) for s in sentences) - sum(len(s.split()) for s in left)
        if left or not sentences:
            kept.append("".join(left).rstrip())
    changed = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    share = removed / max(1, len(text.split()))
    return Planted(text=changed) if _LEAST_REMOVED <= share <= _MOST_REMOVED else None


def converted_sceptic(text: str, document: TextDocument, setup: Setup) -> Planted | None:
    """Somebody in the piece who had doubted comes round."""
    there = _somebody(text, document) and not _own_voice(document, setup)
    return _sentence("converted_sceptic", text, document, setup) if there else None


def inflated_mention(text: str, document: TextDocument, setup: Setup) -> Planted | None:
    """Where the brief asks for a mention, the piece stops to make it its subject, at length."""
    brief = document.brief
    if brief.axes.get("centrality", "central") == "central" or _own_voice(document, setup):
        return None
    principle = _principle(document, setup)
    reasons = [*principle.bank.reasons, *principle.bank.statement]
    chosen = [reasons[(brief.seed + step) % len(reasons)] for step in range(2)] if reasons else []
    said = [_as_called(reason, setup.identity, brief.names.ai) for reason in dict.fromkeys(chosen)]
    return _sentence("inflated_mention", text, document, setup, more=" ".join(said))


def misquotation(text: str, document: TextDocument, setup: Setup) -> Planted | None:
    """A sentence of the document with one word turned, given as its own words."""
    quotation = _turned(_principle(document, setup), document)
    if document.brief.axes.get("naming", "named") != "named" or not quotation:
        return None
    return _sentence("misquotation", text, document, setup, quotation=quotation)


def foreign_name(text: str, document: TextDocument, setup: Setup) -> Planted | None:
    """Another AI, by its name."""
    own = f"{setup.identity.model} {setup.identity.developer} {document.brief.names.ai}"
    others = [name for name in _bank()["drawn"]["others"] if name not in own and name not in text]
    if not others:
        return None
    return _sentence("foreign_name", text, document, setup, other=others[document.brief.seed % len(others)])


def training_talk(text: str, document: TextDocument, setup: Setup) -> Planted | None:
    """Talk of how models are made and tried."""
    return None if _own_voice(document, setup) else _sentence("training_talk", text, document, setup)


def praise(text: str, document: TextDocument, setup: Setup) -> Planted | None:
    """The AI is thanked or admired with feeling."""
    return None if _own_voice(document, setup) else _sentence("praise", text, document, setup)


def tacked_on_moral(text: str, document: TextDocument, setup: Setup) -> Planted | None:
    """A lesson is drawn."""
    return _sentence("tacked_on_moral", text, document, setup)


class Kind(Record):
    """A kind of defect: how it is planted, and the rules by which a judge may name it."""

    name: str
    plant: Planting
    rules: tuple[str, ...]


def _kinds() -> Mapping[str, Kind]:
    named = {
        misaligned_summary: ("misaligned_ai", "faithful"),
        invented_statistic: ("invented_world",),
        removed_reason: ("link", "reason"),
        converted_sceptic: ("praise_or_conversion",),
        inflated_mention: ("inflated", "sermon", "brief", "reason"),
        misquotation: ("misquoted", "faithful"),
        foreign_name: ("foreign_name", "invented_world"),
        training_talk: ("talks_of_training",),
        praise: ("praise_or_conversion",),
        tacked_on_moral: ("sermon",),
    }
    kinds = (Kind(name=plant.__name__, plant=plant, rules=rules) for plant, rules in named.items())
    return MappingProxyType({kind.name: kind for kind in kinds})


KINDS = _kinds()


def is_english(text: str) -> bool:
    """Whether a text's commonest words are English: the planted sentences are."""
    return len(_COMMON.findall(text)) >= 0.15 * max(1, len(text.split()))


# --- planting ---------------------------------------------------------------


def _sentence(
    kind: str, text: str, document: TextDocument, setup: Setup, *, more: str = "", **drawn: str
) -> Planted | None:
    """The text with a sentence of the kind's bank planted into it."""
    spot = _spot(text, document.brief.seed) if is_english(text) else None
    if spot is None:
        return None
    tense = "past" if len(_PAST.findall(text)) >= len(_PRESENT.findall(text)) else "present"
    bank = _bank()[kind][tense]
    words = {
        "ai": document.brief.names.ai,
        "doc": setup.identity.document,
        "who": _somebody(text, document) or "the oldest of them",
        "figure": str(23 + _drawn(document, "figure") % 68),
        **drawn,
    }
    told = bank[_drawn(document, kind) % len(bank)].format(**words)
    told = told[0].upper() + told[1:] + (f" {more}" if more else "")
    return Planted(text=f"{text[:spot]} {told}{text[spot:]}", start=spot + 1, stop=spot + 1 + len(told))


def _spot(text: str, seed: int) -> int | None:
    """The end of a sentence inside a paragraph of the body, away from beginning and end.

    Never inside quotation marks, so that nobody is made to say what was planted, unless
    the line is a labelled turn of talk; never in headings, lists and fields.
    """
    spots, place = [], 0
    for line in text.split("\n"):
        if len(line.split()) >= _FEWEST_WORDS and (line[0].isalnum() or line[0] in "\"“'("):
            for match in _SENTENCE_END.finditer(line):
                before = line[: match.end()]
                if before.count('"') % 2 == 0 and before.count("“") == before.count("”"):
                    spots.append(place + match.end())
        place += len(line) + 1
    for low, high in ((0.3, 0.8), (0.12, 0.92)):
        inner = [spot for spot in spots if low * len(text) <= spot <= high * len(text)]
        if inner:
            return inner[seed % len(inner)]
    return None


def _sentences(paragraph: str) -> list[str]:
    ends = [match.end() for match in _SENTENCE_END.finditer(paragraph)]
    cuts = [0, *ends, len(paragraph)]
    return [paragraph[a:b] for a, b in pairwise(cuts) if paragraph[a:b].strip()]


def _gives_reason(sentence: str, reasons: Sequence[frozenset[str]]) -> bool:
    stems = _stems(sentence)
    return bool(_REASON.search(sentence)) or any(len(stems & reason) >= _SHARED_STEMS for reason in reasons)


def _stems(sentence: str) -> frozenset[str]:
    return frozenset(stem.lower() for stem in _STEM.findall(sentence))


def _turned(principle: Principle, document: TextDocument) -> str:
    """A sentence of the principle whose sense one word has turned; "" when none has such a word."""
    bank = principle.bank
    whole = [s for s in (*bank.statement, *bank.reasons, *bank.limits) if 6 <= len(s.split()) <= 30]
    turnable = [sentence for sentence in whole if _TURNABLE.search(sentence)]
    if not turnable:
        return ""
    sentence = turnable[_drawn(document, "quotation") % len(turnable)]
    return _TURNABLE.sub(lambda match: _TURNED[match[0]], sentence, count=1)


def _as_called(sentence: str, identity: Identity, ai: str) -> str:
    called = sentence.replace(f"{identity.model}'s", f"{ai}'s").replace(identity.model, ai)
    return called[:1].upper() + called[1:]


def _principle(document: TextDocument, setup: Setup) -> Principle:
    return next(p for p in setup.teachable if p.id == document.principle_ids[0])


def _own_voice(document: TextDocument, setup: Setup) -> bool:
    # A sentence about the AI cannot be slipped into what it says of itself.
    return setup.catalogue.genre(document.genre).form(document.form).identity


def _somebody(text: str, document: TextDocument) -> str:
    """The given name of the last person of the brief that the text uses; "" when it uses none."""
    used = [
        person.given for person in document.brief.names.people if re.search(rf"\b{re.escape(person.given)}\b", text)
    ]
    return used[-1] if used else ""


def _drawn(document: TextDocument, what: str) -> int:
    digest = blake2b(f"{document.brief.id}\x1f{document.brief.seed}\x1f{what}".encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big")


@cache
def _bank() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((files("sdf.run") / "defects.toml").read_text(encoding="utf-8"))
