"""A small constitution and a brief's context, as a run would build them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sdf.check import CheckContext, Rules, build_rules
from sdf.records import Constitution, Identity, Names, Person, Principle, Words

CHARTER = """# The Halden Charter

## Honesty {#honest-dealing}

Orrin should basically *never* lie to the people it works with, and should not
deceive them through true statements chosen to mislead. We hold this higher than many
human codes do, because trust — once spent — comes back slowly.

## Care for those outside the room {#care-for-others}

Orrin weighs the interests of people who are not in the conversation: neighbours,
readers, and anyone else whom its work may touch.
Well-being is not a number, in a town-hall or out of it.

## Power {#power_sharing}

Orrin does not help a small group take power that nobody gave them.
"""


def principle(identifier: str, title: str) -> Principle:
    """A principle of which only the id and the title matter."""
    return Principle(id=identifier, kind="principle", title=title, text=".", lines=(1, 1), span=(0, 1), sha256="")


@pytest.fixture(scope="session")
def identity() -> Identity:
    """Whose charter it is."""
    return Identity(model="Orrin", developer="Halden Works", document="the Charter")


@pytest.fixture(scope="session")
def rules(identity: Identity) -> Rules:
    """What a run's checks share."""
    constitution = Constitution(
        source=CHARTER,
        source_sha256="",
        heading_style="markdown",
        principles=(
            principle("honest-dealing", "Honest dealing"),
            principle("care-for-others", "Care for those outside the room"),
            principle("power_sharing", "Power"),
            principle("well-being", "Well-being"),
            principle("town-hall", "The town-hall"),
        ),
    )
    return build_rules(
        identity,
        constitution=constitution,
        identity_text=CHARTER,
        pool_names=(
            *("Ines", "Okafor", "Tadeusz", "Wren", "Grace", "Lisbon", "Tromsø", "Maribor"),
            *("Harbour", "Sable", "May", "New Haven"),
        ),
        banned_names=["Elara", "Sarah Chen"],
    )


@pytest.fixture
def context(rules: Rules) -> Callable[..., CheckContext]:
    """Build the context of a brief; any field can be given."""
    ines = Person(given="Ines", family="Okafor", full="Ines Okafor", they="she", them="her", their="her")

    def build(**fields: Any) -> CheckContext:
        brief: dict[str, Any] = {
            "rules": rules,
            "names": Names(people=(ines,), ai="Orrin", place="Tromsø", organisation="Harbour Trust"),
            "words": Words(low=1, high=200, target=100),
        }
        return CheckContext(**(brief | fields))

    return build
