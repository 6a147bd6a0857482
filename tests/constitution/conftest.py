import pytest

from sdf.records import Constitution

from .documents import real


@pytest.fixture(scope="session")
def prose_first() -> Constitution:
    return real("claude-constitution.md")


@pytest.fixture(scope="session")
def ranked() -> Constitution:
    return real("openai-model-spec.md")
