"""A corpus of human prose, cut from the two real constitutions, and what can be wrong with one."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sdf.panel import CheckReport, check

WORDS = 300
DOCUMENTS = 160
_MARKUP = re.compile(r"<[^<>]*>|\{[^{}]*\}|~~~\S*")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def cut(text: str) -> list[str]:
    """Documents of about WORDS words."""
    found, part, count = list[str](), list[str](), 0
    for sentence in _SENTENCE.split(_MARKUP.sub(" ", text)):
        part.append(" ".join(sentence.split()))
        count += len(part[-1].split())
        if count >= WORDS:
            found.append(" ".join(part))
            part, count = [], 0
    return found


@pytest.fixture(scope="session")
def prose(shared_constitutions: Path) -> list[str]:
    """Documents by people, in no order."""
    found = [document for path in sorted(shared_constitutions.glob("*")) for document in cut(path.read_text())]
    random.Random(5).shuffle(found)  # noqa: S311
    return found[:DOCUMENTS]


@pytest.fixture(scope="session")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[str]], CheckReport]:
    """What `check` says of texts."""

    def report(texts: Sequence[str]) -> CheckReport:
        path = tmp_path_factory.mktemp("corpus") / "corpus.jsonl"
        rows = (json.dumps({"id": f"{number:05d}", "text": text}) for number, text in enumerate(texts))
        path.write_text("\n".join(rows) + "\n")
        return check(path)

    return report
