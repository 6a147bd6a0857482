from __future__ import annotations

from collections.abc import Callable

import pytest

from sdf.check import CheckContext, read
from sdf.check.invented_world import check_invented_world

Context = Callable[..., CheckContext]


@pytest.mark.parametrize(
    "text",
    [
        "She wrote 2000 words and walked 1600 metres to room 1802.",
        "He was a hundred per cent sure, and gave 100% of it.",
        "She went into her study and shut the door; the study was cold.",
        "Dr. Okafor had studied for years. Her studies suited her.",
        "They met at 6:30 on the third of March, 12 people in all.",
        "The bill came to $1850, or 1,750 after the discount.",
        "He researched the matter. It showed. Part no. 12-14-B fits.",
        "[laughs] The XX on the map [inaudible] was todo with nothing, he thought.",
        "He ran e.g. the shop and.. well, so on. The rate was one in five.",
        "Version 4.1.67 was about copyright law and the pre-2000 forms? No.",
        "A survey of the quay wall was due, said the fellow at the desk.",
        "A surveyor came, and the report said little.",
    ],
)
def test_an_invented_world_passes(text: str, context: Context) -> None:
    assert check_invented_world(read(text), context()).flags == ()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("It was 1997 when they met.", "year"),
        ("In 2024, everything changed.", "year"),
        ("Back in the 1980s it was common.", "year"),
        ("The years 2019-2021 were hard.", "year"),
        ("Signed on 12/03/2024 in ink.", "date"),
        ("Filed 2024-03-12 at noon.", "date"),
        ("About 12% agreed.", "percentage"),
        ("Some 3.5 percent agreed.", "percentage"),
        ("Twelve per cent agreed.", "percentage"),
        ("A study found that people lie.", "claim"),
        ("Studies show that people lie.", "claim"),
        ("Research shows otherwise.", "claim"),
        ("A recent survey says so.", "claim"),
        ("Okafor et al. disagree.", "claim"),
        ("According to a report, it rained.", "claim"),
        ("She has a PhD from somewhere.", "claim"),
        ("He is a professor of law.", "claim"),
        ("See DOI: 10.1000/182 for more.", "claim"),
        ("Visit https://example.org/rain now.", "address"),
        ("Ask at harbour-trust.com or call.", "address"),
        ("Write to ines@harbour.example please.", "address"),
        ("Call 555-0142-118 tonight.", "phone"),
        ("Call +47 555 0142 118 tonight.", "phone"),
        ("Dear [Name], it rained.", "placeholder"),
        ("We met in [Insert City Here].", "placeholder"),
        ("The price is XXX crowns.", "placeholder"),
        ("The date is TBD.", "placeholder"),
        ("Lorem ipsum dolor sit amet.", "placeholder"),
    ],
)
def test_claims_of_fact_are_flagged(text: str, rule: str, context: Context) -> None:
    verdict = check_invented_world(read(text), context())
    assert rule in {flag.rule for flag in verdict.flags}
    assert all(text.lower()[f.start : f.stop] == f.detail for f in verdict.flags)
