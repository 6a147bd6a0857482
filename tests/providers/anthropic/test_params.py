"""What leaves for the API: identical prefixes, marked for the cache, and no sampling parameter."""

from __future__ import annotations

import json

import pytest

from sdf.providers.anthropic.params import encoded, message_params
from sdf.providers.settings import ModelSettings
from sdf.records import Block
from sdf.write.judge import SCHEMA
from tests.providers.anthropic.conftest import PREAMBLE, RULES, asking

REALTIME = ModelSettings()
BATCH = ModelSettings(batch=True)


def test_the_shared_blocks_are_the_system_and_the_task_is_the_turn() -> None:
    params = message_params(asking("Write."), REALTIME)
    assert [block["text"] for block in params["system"]] == [PREAMBLE.text, RULES.text]
    assert params["messages"] == [{"role": "user", "content": [{"type": "text", "text": "Write."}]}]
    assert params["model"] == "claude-haiku-5-5"
    assert params["max_tokens"] == 2000


def test_a_prefix_lives_an_hour_in_a_batch_and_five_minutes_in_a_call() -> None:
    assert [block["cache_control"] for block in message_params(asking(), BATCH)["system"]] == [
        {"type": "ephemeral", "ttl": "1h"}
    ] * 2
    assert message_params(asking(), REALTIME)["system"][0]["cache_control"] == {"type": "ephemeral"}


def test_two_requests_share_their_bytes_up_to_the_task() -> None:
    one, two = (encoded(message_params(asking(task, id=task * 20), BATCH)) for task in ("ab", "cd"))
    until = one.index(b'"messages"')
    assert one[:until] == two[:until]
    assert len(one[:until]) > len(PREAMBLE.text) + len(RULES.text)


@pytest.mark.parametrize("settings", [REALTIME, BATCH, ModelSettings(thinking="adaptive", effort="max")])
def test_nothing_leaves_but_what_is_meant(settings: ModelSettings) -> None:
    params = message_params(asking(output_schema=SCHEMA), settings)
    assert set(params) <= {"model", "max_tokens", "system", "messages", "thinking", "output_config"}
    assert not {"temperature", "top_p", "top_k", "budget_tokens", "stream"} & set(json.loads(encoded(params)))


def test_a_schema_and_an_effort_stand_side_by_side() -> None:
    params = message_params(asking(output_schema=SCHEMA), ModelSettings(effort="low"))
    assert params["output_config"]["effort"] == "low"
    assert params["output_config"]["format"] == {"type": "json_schema", "schema": SCHEMA}
    assert "output_config" not in message_params(asking(), REALTIME)


@pytest.mark.parametrize(
    ("model", "choice", "said"),
    [
        ("claude-haiku-5-5", "off", {"type": "disabled"}),
        ("claude-opus-5", "off", {"type": "disabled"}),
        ("claude-sonnet-5-5", "off", {"type": "between_tools"}),
        ("claude-opus-5-5", "off", None),
        ("claude-fable-5-2", "off", None),
        ("claude-opus-5-5", "adaptive", {"type": "adaptive"}),
    ],
)
def test_thinking_is_switched_off_in_each_models_own_words(
    model: str, choice: str, said: dict[str, str] | None
) -> None:
    settings = ModelSettings.model_validate({"thinking": choice})
    assert message_params(asking(model=f"anthropic:{model}"), settings).get("thinking") == said


def test_there_is_always_a_turn_and_never_an_empty_block() -> None:
    only_prefix = message_params(asking(blocks=(PREAMBLE, RULES)), REALTIME)
    assert [block["text"] for block in only_prefix["system"]] == [PREAMBLE.text]
    assert only_prefix["messages"][0]["content"][0]["text"] == RULES.text
    blank = message_params(asking(blocks=(Block(text=" \n", cache=True), Block(text="Write."))), REALTIME)
    assert "system" not in blank


def test_five_marks_are_one_too_many() -> None:
    blocks = (*(Block(text=f"part {n}", cache=True) for n in range(6)), Block(text="Write."))
    marked = ["cache_control" in block for block in message_params(asking(blocks=blocks), REALTIME)["system"]]
    assert marked == [False, False, True, True, True, True]
