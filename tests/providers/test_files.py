"""Requests out and answers in as files: a whole run in as many rounds as there are stages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest

from sdf.errors import AwaitingError, RecipeError, ResponseError
from sdf.providers.choose import Means, check_models, provider_for
from sdf.providers.files import FilesProvider
from sdf.providers.money import Money
from sdf.providers.offline.provider import OfflineProvider
from sdf.providers.purse import Purse
from sdf.records import Request
from sdf.run.generate import generate
from sdf.run.setup import Setup
from sdf.run.verify import verify_run

Make = Callable[..., Setup]


class Cluster(FilesProvider):
    """The files provider, which remembers requests so that a test can answer them in another place."""

    asked: ClassVar[dict[str, Request]] = {}

    def submit(self, requests: list[Request]) -> None:  # type: ignore[override]
        self.asked.update({request.id: request for request in requests})
        super().submit(requests)


def answered(custom_id: str, text: str, finish: str = "stop") -> str:
    body = {
        "model": "some-model",
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7},
    }
    return json.dumps({"custom_id": custom_id, "response": {"status_code": 200, "body": body}})


def test_a_run_takes_a_round_a_stage_and_joins_by_id(make_setup: Make, tmp_path: Path) -> None:
    setup = make_setup("essay")
    writer = OfflineProvider(setup.catalogue)
    folder = tmp_path / "cluster"
    rounds = 0
    while True:
        provider = Cluster(folder, "some-model")
        try:
            generate(setup, tmp_path / "r", 8, provider=provider)
        except AwaitingError:
            (asked,) = folder.glob("requests-*.jsonl")
            lines = [json.loads(line) for line in asked.read_text().splitlines()]
            assert all(set(line) == {"custom_id", "method", "url", "body"} for line in lines)
            answers = [
                answered(line["custom_id"], writer.answer(provider.asked[line["custom_id"]]).text) for line in lines
            ]
            (folder / f"answers-{rounds}.jsonl").write_text("\n".join(reversed(answers)) + "\n")
            rounds += 1
            assert rounds < 8
            continue
        break
    assert rounds == 3
    assert verify_run(tmp_path / "r").ok
    row = json.loads((tmp_path / "r" / "manifest.json").read_text())["usage"][0]
    assert (row["model"], row["input"] / row["requests"]) == ("offline", 11)


def test_asking_again_writes_the_same_file(make_setup: Make, tmp_path: Path) -> None:
    setup = make_setup("essay")
    names = []
    for _ in range(2):
        with pytest.raises(AwaitingError):
            generate(setup, tmp_path / "r", 5, provider=FilesProvider(tmp_path / "f", "m"))
        names.append(sorted(path.name for path in (tmp_path / "f").iterdir()))
    assert names[0] == names[1]
    assert len(names[0]) == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "no answer"),
        ('{"custom_id": "a"}', "no answer"),
        ("[]", "no answer"),
        ('{"custom_id":"a","response":{"body":{"choices":[]}}}', "no answer"),
    ],
)
def test_a_line_that_is_no_answer_names_file_and_line(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "a.jsonl").write_text(answered("x", "fine") + "\n" + line + "\n")
    with pytest.raises(ResponseError, match=says) as refused:
        FilesProvider(tmp_path, "m").collect()
    assert refused.value.where.endswith("a.jsonl:2")


def test_two_different_answers_are_not_guessed_between(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(answered("x", "one") + "\n" + answered("x", "two") + "\n")
    with pytest.raises(ResponseError, match="two different answers"):
        FilesProvider(tmp_path, "m").collect()


def test_a_model_name_may_follow_the_folder(tmp_path: Path, make_setup: Make) -> None:
    setup = make_setup("essay")
    money = Money({}, date(2026, 11, 22))
    means = Means(recipe=setup.recipe, catalogue=setup.catalogue, purse=Purse(None), money=money)
    assert isinstance(provider_for(f"files:{tmp_path}@qwen", means), FilesProvider)


def test_a_folder_must_be_named(make_setup: Make) -> None:
    setup = make_setup("essay", models={"writer": "files:", "judge": "offline"})
    with pytest.raises(RecipeError, match="no provider"):
        check_models(setup.recipe, Money({}, date(2026, 11, 22)))


def test_waiting_for_answers_is_its_own_exit_code() -> None:
    assert AwaitingError("x").exit_code == 3
