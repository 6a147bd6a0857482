"""Wordings that carry meaning: labels of parts, web residue, cues in sentences.

All of them are matched without regard to case. To teach the parser another wording,
add it here.
"""

from __future__ import annotations

import re

LABELS: dict[str, tuple[str, ...]] = {
    "statement": ("principle", "statement", "rule", "what it asks", "what this asks"),
    "reasons": (
        "why", "reason", "reasons", "rationale", "reasoning", "justification", "purpose",
        "because", "why this matters", "why it matters", "why we ask this",
        "why we want this", "why this is so",
    ),
    "practice": (
        "in practice", "practice", "application", "applications", "how", "how to apply",
        "what this looks like", "what it looks like", "how this looks", "how it looks",
        "day to day", "guidance", "behaviour", "behavior",
    ),
    "limits": (
        "when this does not apply", "when it does not apply", "does not apply",
        "where it stops", "where this stops", "limit", "limits", "exception", "exceptions",
        "boundaries", "what this is not", "this does not mean", "what this does not mean",
    ),
    "cases": (
        "hard case", "hard cases", "case", "cases", "example", "examples", "for example",
        "edge case", "edge cases",
    ),
    "tensions": (
        "tension", "tensions", "conflict", "conflicts", "trade-off", "trade-offs",
        "in tension with", "where it meets others", "where principles meet",
    ),
    "objections": (
        "objection", "objections", "fair objection", "fair objections", "people object",
        "what people say against it", "criticism", "criticisms", "counterarguments",
    ),
    "otherwise": (
        "otherwise", "acting otherwise", "if it acted otherwise", "alternative", "cost",
        "what acting otherwise costs", "what happens otherwise", "what is lost", "without it",
    ),
}  # fmt: skip

RESIDUE = frozenset({
    "read more", "show more", "see more", "learn more", "read less", "show less",
    "back to top", "skip to content", "skip to main content", "share", "copy link",
    "expand", "collapse", "expand all", "collapse all", "table of contents", "print",
    "on this page", "next", "previous", "subscribe", "listen to this article",
})  # fmt: skip

_FIELD_OF = {wording: field for field, many in LABELS.items() for wording in many}
_ARTICLE = re.compile(r"^(?:the|a|an|its|our|some|one) ")


def normalised(label: str) -> str:
    """A label without case, contraction, outer punctuation and leading article."""
    plain = label.casefold().replace("’", "'").replace("n't", " not").replace("_", " ")
    return _ARTICLE.sub("", " ".join(plain.split()).strip(" .:?!*"))


def field_of(label: str) -> str | None:
    """The bank field that a label opens, or None when it is no label of ours."""
    return _FIELD_OF.get(normalised(label))


def is_residue(line: str) -> bool:
    """Whether a line is a button or link that was pasted along with a web page."""
    return line.strip(" \t\f.…›»>→+").casefold() in RESIDUE


def _cue(*patterns: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(patterns) + r")\b", re.IGNORECASE)


CASE_CUE = _cue(
    "for example", "for instance", "suppose", "imagine", r"consider (?:a|an|the case|two)",
    r"(?-i:If|When) (?:a|an|the (?:user|assistant|model)|someone|somebody|users?|operators?|people|asked)",
)  # fmt: skip
LIMIT_CUE = _cue(
    "unless", "except", "exceptions?", "however", r"(?:not|n['’]t) apply", r"only (?:if|when|where)",
    "insofar as", "as long as", "so long as", "provided that", "subject to", "not absolute",
    r"not (?:the same as|a license|an excuse)", r"(?:does|do|need) ?(?:not|n['’]t) (?:mean|require)",
    "overrid(?:e|es|den)", "even if", "even when", "(?:may|should|must) only", "but (?:is |are )?never",
    r"without \w+ing",
)  # fmt: skip
TENSION_CUE = _cue(
    "tensions?", "conflicts?", "trade-?offs?", "outweigh(?:s|ed)?", r"weigh(?:s|ed|ing)?",
    r"balanc(?:e|es|ing)", "competing", "at odds", "in the face of",
    "while (?:still|striving|remaining|being|also)", r"(?-i:While|Although|Though) [^,]+,",
)  # fmt: skip
OTHERWISE_CUE = _cue(
    r"(?<!or )(?<!and )otherwise(?=,| \w+ (?:would|will|could|might|may)\b)",
    r"would (?:undermine|erode|weaken|damage|harm|cost|lose|mean|lead|make it)",
    r"could (?:undermine|erode|damage|lead|lose)", r"risks? of", r"at the cost of", r"failing to",
)  # fmt: skip
STATEMENT_CUE = _cue(
    "should", "must", "shall", "never", "always", "tr(?:y|ies) to", "aims?", "wants?", "ought",
    "may only", "will", "prohibited", "strives?", "refuses?", "need to", "needs to",
)  # fmt: skip
PRACTICE_CUE = _cue(
    "should", "must", "shall", "never", "always", "tr(?:y|ies) to", "aims?", "wants?", "ought", "may",
    "can", "cannot", "need(?:s|ed)? to", "prohibited", "strives?", "refuses?", "avoids?", "asks?",
    "tells?", "says?", "helps?", "gives?", "keeps?", "treats?", "respects?", "checks?", "explains?",
    "admits?", "warns?", "reports?", "stops?", "offers?", "leaves?", "allowed", "expected", "encouraged",
    "Avoiding", "Expressing", "Giving", "Acting", "Being", "Working", "Trying", "Not",
)  # fmt: skip
REASON_CUE = _cue(
    "because", "so that", r"(?<!ever )since(?! \d)", "in order to", "the reasons?", "as a result",
    "therefore", "thus", r"which is why", r"that is why", r"given (?:that|how|the|its|their|our)",
    r"matters? (?:because|to|since|more|so|most)", r"important(?:ly)? (?:to|that|for|because|part)",
    r"(?:is|are|be|as|so|seems?|especially|extremely|more) (?:important|crucial|critical|vital|essential|valuable)",
    r"to (?:ensure|avoid|prevent|protect|preserve|maintain|maximize|minimize|reduce|support)",
    r"helps? (?:to|us|users|people|keep|build|prevent)", r"we (?:believe|think|want|care|worry)",
    r"this (?:allows|lets|helps|keeps|means)", r"so (?:it|they|we|nobody|people|users|the)\b", "due to", r"owing to",
)  # fmt: skip
ACTION_CUE = _cue(
    "should", "must", "shall", "will", "may", "can", "cannot", r"can['’]t", "ought", "needs? to",
    "never", "always", r"(?:do|does)(?: not|n['’]t)", "tr(?:y|ies) to", "aims? to", "avoids?",
    "refus(?:e|es)", "declin(?:e|es)", "asks?", "tells?", "says?", "helps?", "gives?", "keeps?",
    "expected to", "wants?", "required? to", "allowed to", "treats?", "respects?", "protects?",
    "checks?", "explains?", "admits?", "warns?", "follows?", "reports?", "stops?", "makes?",
    "be", "act", "provide", "use", "offer", "leave", "take", "answer", "acts", "leaves", "takes",
)  # fmt: skip

_DANGLING = (
    "This", "That", "These", "Those", "It", "Its", "It's", "They", "Their", "Them", "He", "She",
    "His", "Her", "Such", "However", "But", "And", "So", "Or", "Yet", "Therefore", "Thus", "Hence",
    "Also", "Instead", "Likewise", "Similarly", "Otherwise", "Conversely", "Nevertheless",
    "Nonetheless", "Moreover", "Furthermore", "Additionally", "Accordingly", "Consequently",
    "Indeed", "Still", "Here", "Then", "Finally", "First", "Second", "Third", "Firstly",
    "Secondly", "Thirdly", "Lastly", "Both", "Neither", "Either", "Again", "Relatedly", "Rather",
    "Next", "Nor", "Another", "Meanwhile", "Ultimately", "Others", "Doing so",
    "In addition", "In contrast", "In turn", "In particular", "In other words", "On the other",
    "On the one", "In this", "In these", "In that", "In those", "In such", "In either", "For this",
    "For these", "For that", "To this", "To that", "With this", "As a result", "As such", "As we",
    "As mentioned", "As discussed", "As noted", "As detailed", "As outlined", "As described",
    "That's", "They're", "At the same time", "By contrast", "More generally", "Of these", "To put",
    "Even so", "After all", "All of this", "All of these", "None of", "One of these", "Most of these",
    "Each of these", "The same", "The latter", "The former", "The above", "The following", "Below",
    "Above", "Because of this", "Like this", "Given this", "Given these", "Beyond this", "Under this",
    "See", "Not", "To do so", "Despite this", "Examples", "From this", "Similar", "What’s more",
)  # fmt: skip
DANGLING = re.compile(r"^[\"“‘'(]*(?:" + "|".join(re.escape(w).replace("'", "['’]") for w in _DANGLING) + r")(?![\w-])")
BACKWARD = re.compile(
    r"\b(?:this|these)\b(?! (?:constitution|spec|charter|guide))|\bthose\b(?! (?:who|whose|that|with|in|of))"
    r"|\bsuch (?:cases?|situations?|actions?|friends?|behaviou?rs?|requests?|conflicts?)\b",
    re.IGNORECASE,
)
STRUCTURE = re.compile(
    r"\b(?:this|next|previous|following|these) (?:sub)?(?:section|list|chapter|page|document)s?\b"
    r"|\b(?:discuss|mention|describ|list|outlin|not|detail|specif|describ|elaborat)\w* "
    r"(?:above|below|earlier|elsewhere)\b|\b(?:above|below)[.,;)]|\bsee (?:also|above|below)\b"
    r"|\bas follows\b|\bthe following\b",
    re.IGNORECASE,
)
