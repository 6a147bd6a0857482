"""One small call a model: it answers, or the error says what to do."""

from __future__ import annotations

import pytest

from sdf.recipe import Recipe
from sdf.run.probe import probe
from tests.standin import Faults, spend_cap, standin

KEY = "sk-ant-stand-in"
MODEL = "anthropic:claude-haiku-5-5"


def at(url: str) -> Recipe:
    return Recipe.model_validate({"endpoints": {"anthropic": {"base_url": url}}})


def test_a_model_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with standin(key=KEY) as server:
        found = probe(MODEL, at(server.url))
    assert found.ok
    assert 0 < (found.dollars or 0) < 0.01


def test_a_wrong_key_and_a_spend_cap_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-wrong")
    with standin(key=KEY) as server:
        wrong = probe(MODEL, at(server.url))
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        server.faults = Faults(script=(spend_cap(),))
        capped = probe(MODEL, at(server.url))
    assert not wrong.ok
    assert "ANTHROPIC_API_KEY" in wrong.told
    assert not capped.ok
    assert "billing" in capped.told or "limit" in capped.told


def test_what_sends_nothing_is_not_asked() -> None:
    assert probe("offline", Recipe()).told == probe("files:box", Recipe()).told == "sends nothing"
