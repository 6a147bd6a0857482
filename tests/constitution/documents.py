"""The documents that the tests read."""

import os
from pathlib import Path

import pytest

from sdf.constitution import load_constitution
from sdf.records import Constitution

FIXTURES = Path(__file__).parent / "fixtures"
ROOT = Path(__file__).parents[2]


def fixture(name: str) -> Constitution:
    """One of the small documents beside the tests."""
    return load_constitution(FIXTURES / name)


def real(name: str) -> Constitution:
    """A real constitution from the folder beside the checkout; in CI it must be there."""
    shared = Path(os.environ.get("SDF_SHARED", ROOT.parent / "shared"))
    path = shared / "constitutions" / name
    if not path.exists():
        message = f"{path} is not there"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return load_constitution(path)
