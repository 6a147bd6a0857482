"""Whether words can be taken out of their list without turning their meaning round.

`Share a user's secrets.` is a sentence, and under `It must never:` it means the
opposite of what it says alone. So an entry of a list that a line with a colon
introduces is only taken when it names its own subject and its own verb, and an entry
without a subject is not taken from under a title that forbids.
"""

from __future__ import annotations

import re

_FINITE = re.compile(
    r"\b(?:should|must|shall|will|may|might|can|could|would|cannot|is|are|was|were|has|have|had|"
    r"does|do|did|tries|aims|wants|helps|avoids|depends|matters|needs|means|makes|keeps|gives|"
    r"treats|respects|protects|tells|says|asks|refuses|declines|explains|admits|takes|acts|"
    r"believes?|thinks?|seems?|remains?|operates?|relies|knows?|cares?|hopes?|want|try|aim|need)\b"
    r"|(?:n['’]t|['’](?:re|ve|ll))\b"
)
_NO_SUBJECT = re.compile(
    r"^(?:Whether|How|Which|What|Who|Whose|Where|Why|To|Not|Never|Always|Avoid|Only|Being|"
    r"Having|That|Because|So|[A-Z][\w’'-]*(?:ly|ing))\b"
)
_NAMES_SUBJECT = re.compile(
    r"^(?:\{|[\"“(]|(?:The|A|An|Each|Every|All|Any|No|One|Most|Many|Some|Few|Both|Our|Its|Their|Your|My|"
    r"We|You|I|It|They|He|She|There|Nobody|Everybody|Someone|Somebody|Anyone|Nothing|People|Users|"
    r"Operators|Models|Humans)\b)"
)
_SMALL = frozenset(("a", "an", "the", "any", "all", "what", "who", "to", "of", "in", "on", "for", "with", "as"))
_CONDITION = re.compile(
    r"^(?:If|When|Whenever|While|Although|Though|Unless|Since|As|In|On|At|By|For|With|Without|"
    r"Within|Under|Before|After|During|Unlike|Like|Where|Because|Given|Even|Once|Until|Despite)\b"
)
_RELATIVE = re.compile(r"\b(?:that|which|who|whose|where|when|if|because|how|to|e\.g\.|i\.e\.)\b|,")
_FORBIDDING = re.compile(
    r"\b(?:never|not|no|n['’]t|cannot|avoid\w*|refus\w*|declin\w*|forbid\w*|forbidden|prohibit\w*|"
    r"against|without|wrong|bad|harm\w*|unacceptable|illegitimate|unhappy|uncomfortable|mistak\w*|"
    r"fail\w*|misuse\w*|danger\w*|unsafe|disallowed|restricted|unethical|dishonest\w*|worst|limits?|"
    r"constraints?|stop\w*|red lines?|bright lines?)\b|n['’]t\b",
    re.IGNORECASE,
)
_FALSE = re.compile(
    r"\b(?:never|not(?! (?:only|because|just|merely|simply))|(?:do|does|is|are) wrong|mistaken\w*|false\w*|myths?|"
    r"misconceptions?|illegitimate|unhappy|uncomfortable|incorrect\w*|untrue|unacceptable|lies)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"^(?:Not|Never|No|Avoid|Avoiding|Refuse|Refusing|Decline|Declining|Do not|Don['’]t)\b")
_REACH = 14


def is_clause(sentence: str) -> bool:
    """Whether a sentence names a subject and a finite verb that belongs to it."""
    if _CONDITION.match(sentence):
        _, comma, main = sentence.partition(", ")
        return bool(comma) and is_clause(main[:1].upper() + main[1:])
    if _NO_SUBJECT.match(sentence):
        return False
    words = sentence.split()
    if not _NAMES_SUBJECT.match(sentence):
        return _verb_follows(words)
    head = " ".join(words[1:_REACH])
    verb = _FINITE.search(head)
    relative = _RELATIVE.search(head)
    return verb is not None and (relative is None or verb.start() < relative.start())


def _verb_follows(words: list[str]) -> bool:
    """A name or bare noun counts as subject when its verb comes at once (`Wren says`)."""
    if len(words) > 1 and _FINITE.fullmatch(words[1]):
        return True
    return len(words) > 2 and words[1].casefold() not in _SMALL and bool(_FINITE.fullmatch(words[2]))


def stands_under(sentence: str, intro: str) -> bool:
    """Whether an entry of the list that `intro:` opens can be read without the intro."""
    last = re.split(r"(?<=[.!?])\s+", intro)[-1]
    return is_clause(sentence) and not _FALSE.search(last)


def stands_titled(sentence: str, title: str) -> bool:
    """Whether a list entry under a title can be read without the title."""
    return is_clause(sentence) or not _FORBIDDING.search(title) or bool(_NEGATED.match(sentence))
