"""Words that premises have used too often, for the next prompts to keep away from."""

from __future__ import annotations

import re
from collections import Counter


def overused_words(answers: list[str], *, share: float = 0.05, most: int = 12) -> list[str]:
    """Words of seven letters or more that stand in over `share` of the premises, commonest first."""
    if len(answers) < 100:
        return []
    counts: Counter[str] = Counter()
    for answer in answers:
        premise = answer.partition("<premise>")[2].partition("</premise>")[0]
        counts.update(set(re.findall(r"[a-z]{7,}", premise.lower())))
    common = [word for word, count in counts.most_common(most * 3) if count > share * len(answers)]
    return sorted(common[:most])
