"""Markup within a line: what is left when emphasis, links and marks are taken away."""

from __future__ import annotations

import html
import re

UNRESOLVED = "[?]"

_MARKUP = re.compile(r"[*_`<>\[\]!&\\~{}]|--|\([^()]*[\"“]")
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()]{0,2000}\)")
_SEE = re.compile(r"\s*\((?:[^()\[\]]{0,60}\[\?\](?:\([^()]*\))?)+[^()\[\]]{0,60}\)")
_NAMED_CROSS = re.compile(
    r"(\b(?:the|our|its|their|this) )\[\?\]\(#([A-Za-z][\w-]*)\)(?=[ .,;:)](?!sections?\b))",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"\s*\((?:(?:e\.g\.|for example|such as)[^()\"“]{0,200})?[\"“][^()]{0,400}[\"”][^()]{0,400}\)")
_CROSS = re.compile(r"\[\?\]\([^()]*\)")
_LINK = re.compile(r"\[([^\[\]]*)\](?:\((?:[^()]|\([^()]*\)){0,2000}\)|\[[^\[\]]*\])")
_FOOTNOTE = re.compile(r"\[\^[^\]\s]{0,100}\]")
_AUTOLINK = re.compile(r"<(?:https?://|mailto:)[^<>\s]*>")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_ANCHOR = re.compile(r"\s*\{#[\w.:-]+\}")
_OUTER_STAR = re.compile(r"(?<![\w*])\*{1,3}(?=[^\s*])|(?<=[^\s*])\*{1,3}(?![\w*])")
_OUTER_LINE = re.compile(r"(?<!\w)_{1,3}(?=[^\s_])|(?<=[^\s_])_{1,3}(?!\w)")
# What a removed footnote leaves in front of a comma or a stop.
_BEFORE_MARK = re.compile(r"(?<=\w) +(?=[,.;:](?:\s|$))")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!~<>|-])")
_DASHES = re.compile(r"(?<=\s)---?(?=\s|$)|(?<=\w)---(?=\w)")
_LINK_TARGET = re.compile(r"\]\(#([^()\s]+)\)")


def plain(text: str) -> str:
    """The words of a stretch of Markdown, on one line with single spaces.

    A cross reference without words of its own stays as `[?]`, because the sentence
    around it is incomplete without it. In brackets such as `(see [?](#x))` it goes
    together with its brackets, and where an article stands before it, the words of the
    anchor take its place: `the [?](#chain_of_command)` is `the chain of command`.
    Examples in brackets that quote somebody go as well.
    """
    if not _MARKUP.search(text):
        return " ".join(text.split())
    text = " ".join(_without_comments(text).split())
    text = _IMAGE.sub("", text)
    text = _SEE.sub("", text)
    text = _NAMED_CROSS.sub(_spelled, text)
    text = _CROSS.sub(UNRESOLVED, text)
    text = _BEFORE_MARK.sub("", _FOOTNOTE.sub("", text))
    text = _LINK.sub(r"\1", text)
    text = _TAG.sub("", _AUTOLINK.sub("", text))
    text = _ANCHOR.sub("", text).replace("`", "").replace("~~", "")
    text = _OUTER_LINE.sub("", _OUTER_STAR.sub("", text))
    text = html.unescape(_ESCAPE.sub(r"\1", text))
    return _EXAMPLE.sub("", " ".join(_DASHES.sub("—", text).split()))


def _without_comments(text: str) -> str:
    """The text without `<!-- -->`; one that is not closed reaches to the end of its line."""
    kept, at = [], 0
    while (opened := text.find("<!--", at)) >= 0:
        kept.append(text[at:opened])
        closed = text.find("-->", opened)
        if closed < 0:
            at = text.find("\n", opened)
            at = len(text) if at < 0 else at
            break
        at = closed + len("-->")
    return "".join([*kept, text[at:]])


def _spelled(match: re.Match[str]) -> str:
    return match[1] + re.sub(r"[\W_]+", " ", match[2])


def targets(text: str) -> tuple[str, ...]:
    """The anchors that the links of a text point to, in order: `[x](#anchor)`."""
    return tuple(_LINK_TARGET.findall(text))
