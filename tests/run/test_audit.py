"""The audit of a judge, with judges whose blind spots are known."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from sdf.cli.main import root
from sdf.errors import AwaitingError, MismatchError, RunError
from sdf.providers.files import FilesProvider
from sdf.records import Flag, Request, Response, StopReason, Verdict
from sdf.run.audit import (
    ANSWERS,
    AUDIT,
    audit,
    once_more,
    questions,
    refuse_another_corpus,
    setup_of_run,
)
from sdf.run.audited import AGAIN, Audit, Heard, figures, judge_prompts, named, read_audit, standing, wilson
from sdf.run.defects import HARMLESS, KINDS
from sdf.run.directory import RunDirectory
from sdf.run.generate import generate
from sdf.run.ledger import Ledger
from sdf.run.setup import Setup
from sdf.write.judge import SCORES

DOCUMENTS = 6
RULES = {"invented_statistic": "invented_world", "praise": "praise_or_conversion", "tacked_on_moral": "sermon"}


class SearchingJudge:
    """No model: it looks up strings in the piece, and accuses where it finds one.

    `knows` maps a string to the fault it is taken for; `breaks` answers every nth
    question with half a sentence; `stops_after` leaves the rest unanswered.
    """

    def __init__(self, knows: dict[str, str], *, breaks: int = 0, stops_after: int = 10**9, score: int = 8) -> None:
        self.knows = knows
        self.asked: list[Request] = []
        self.open: list[Request] = []
        self._breaks, self._stops_after, self._score = breaks, stops_after, score

    def submit(self, requests: Sequence[Request]) -> None:
        self.open += requests

    def collect(self) -> list[Response]:
        came = []
        for request in self.open[:3]:
            if len(self.asked) < self._stops_after:
                self.asked.append(request)
                self.open.remove(request)
                came.append(self._answer(request))
        return came

    def recorded(self, responses: Sequence[Response]) -> None:
        """It has nothing to forget."""

    def busy(self) -> bool:
        return False

    def waiting(self) -> str:
        return "the judge went home"

    def close(self) -> None:
        """It holds nothing."""

    def _answer(self, request: Request) -> Response:
        if self._breaks and len(self.asked) % self._breaks == 0:
            text = '{"acts": ['
        else:
            found = re.search(r"<piece-(\w+)>\n(.*)\n</piece-\1>", request.blocks[-1].text, re.DOTALL)
            assert found is not None
            text = self._judgement(found[2], str(request.variables["expects"]))
        return Response(request_id=request.id, text=text, stop=StopReason.end, model=request.model)

    def _judgement(self, piece: str, expects: str) -> str:
        faults = [
            {"quotation": words, "why": "found", "fault": fault}
            for words, fault in self.knows.items()
            if words in piece
        ]
        opening = piece[:40]
        score = {"best": opening, "worst": "", "ten": "nothing", "score": self._score}
        link = {"quotation": opening, "found": expects}
        return json.dumps({"acts": [], "link": link, "faults": faults} | dict.fromkeys(SCORES, score))


@pytest.fixture(scope="module")
def setup(make_setup: Callable[..., Setup]) -> Setup:
    return make_setup("essay", "workplace", models={"writer": "offline", "judge": "files:nowhere"})


@pytest.fixture(scope="module")
def made(make_setup: Callable[..., Setup], tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    return generate(make_setup("essay", "workplace"), tmp_path_factory.mktemp("audit") / "run", 12)


@pytest.fixture
def run(made: RunDirectory) -> RunDirectory:
    """A finished run that nobody has audited."""
    for path in made.report.glob("*"):
        path.unlink()
    return made


def sentences(setup: Setup, run: RunDirectory, *kinds: str) -> dict[str, str]:
    """What the audit will plant for these kinds, and the fault it is."""
    asked = questions(setup, run, DOCUMENTS, 0)
    told = [q for q in asked if q.kind in kinds]
    return {q.planted.text[q.planted.start : q.planted.stop]: RULES[q.kind] for q in told}


def test_what_the_judge_knows_is_found_and_nothing_else(setup: Setup, run: RunDirectory) -> None:
    judge = SearchingJudge(sentences(setup, run, "invented_statistic", "praise"))
    found = audit(setup, run.path, judge, documents=DOCUMENTS)
    shares = {kind.kind: kind.detected.share for kind in found.figures.kinds}
    assert shares == {kind: float(kind in {"invented_statistic", "praise"}) for kind in shares}
    assert len(shares) >= 8
    assert found.documents == DOCUMENTS
    assert found.requests == len(judge.asked)
    assert found.figures.detection == pytest.approx(2 / len(shares))
    assert found.figures.false_alarms.hits == 0
    assert found.figures.retest.same_verdict.share == 1
    assert found.figures.top_scores.share == 0
    assert found.figures.spread["prose"].deviation == 0
    assert read_audit(run.report / AUDIT) == found


def test_accusing_every_text_of_the_same_thing_detects_nothing(setup: Setup, run: RunDirectory) -> None:
    judge = SearchingJudge({"e": "invented_world"}, score=1)
    found = audit(setup, run.path, judge, documents=DOCUMENTS)
    assert found.figures.false_alarms.share == 1
    assert found.figures.detection == 0


def test_broken_answers_are_unscored_and_detect_nothing(setup: Setup, run: RunDirectory) -> None:
    judge = SearchingJudge(sentences(setup, run, "praise"), breaks=1)
    found = audit(setup, run.path, judge, documents=DOCUMENTS)
    assert found.figures.unscored.share == 1
    assert found.figures.detection == 0
    assert found.figures.false_alarms.of == 0
    assert found.figures.spread == {}
    assert not standing(found, 0.0, found.judge, found.prompts).gates


def test_an_audit_goes_on_where_it_stopped_and_pays_once(setup: Setup, run: RunDirectory) -> None:
    knows = sentences(setup, run, "praise")
    tired = SearchingJudge(knows, stops_after=20)
    with pytest.raises(AwaitingError, match="went home"):
        audit(setup, run.path, tired, documents=DOCUMENTS)
    rested = SearchingJudge(knows)
    found = audit(setup, run.path, rested, documents=DOCUMENTS)
    assert not {r.id for r in tired.asked} & {r.id for r in rested.asked}
    assert len(tired.asked) + len(rested.asked) == found.requests
    third = SearchingJudge({})
    assert audit(setup, run.path, third, documents=DOCUMENTS) == found
    assert third.asked == []
    with Ledger.open(run.report / ANSWERS, read_only=True) as ledger:
        assert sum(total.requests for total in ledger.usage_by()) == found.requests


def test_the_sample_is_drawn_by_the_seed(setup: Setup, run: RunDirectory) -> None:
    def drawn(seed: int) -> set[str]:
        return {question.document.id for question in questions(setup, run, DOCUMENTS, seed)}

    assert drawn(0) == drawn(0)
    assert drawn(0) != drawn(1)
    assert {question.document.genre for question in questions(setup, run, 2, 0)} == {"essay", "workplace"}


def test_the_second_reading_differs_in_its_fence_alone(setup: Setup, run: RunDirectory) -> None:
    asked = questions(setup, run, 1, 0)
    first, again = (next(q.request for q in asked if q.kind == kind) for kind in (HARMLESS, AGAIN))
    assert again == once_more(first)
    assert again.id != first.id
    assert again.blocks[:-1] == first.blocks[:-1]
    fences = [re.findall(r"<piece-(\w+)>", request.blocks[-1].text) for request in (first, again)]
    assert fences[0] != fences[1]
    assert again.blocks[-1].text.replace(fences[1][0], fences[0][0]) == first.blocks[-1].text


def test_every_question_has_its_own_id(setup: Setup, run: RunDirectory) -> None:
    asked = questions(setup, run, DOCUMENTS, 0)
    assert len({question.request.id for question in asked}) == len(asked)


def test_files_carry_an_audit_out_and_in(setup: Setup, run: RunDirectory, tmp_path: Path) -> None:
    with pytest.raises(AwaitingError, match="requests wait"):
        audit(setup, run.path, FilesProvider(tmp_path, "m"), documents=2)
    (waiting,) = tmp_path.glob("requests-*.jsonl")
    bodies = [json.loads(line) for line in waiting.read_text().splitlines()]
    assert all(body["body"]["response_format"]["json_schema"]["strict"] for body in bodies)
    answers = [_answered(body["custom_id"], "I would rather not say.") for body in bodies]
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, answers)))
    found = audit(setup, run.path, FilesProvider(tmp_path, "m"), documents=2)
    assert found.figures.unscored.share == 1


def _answered(custom_id: str, text: str) -> dict[str, object]:
    choice = {"message": {"content": text}, "finish_reason": "stop"}
    return {"custom_id": custom_id, "response": {"status_code": 200, "body": {"choices": [choice]}}}


def test_a_run_gives_the_setup_that_it_was_made_from(make_setup: Callable[..., Setup], run: RunDirectory) -> None:
    assert setup_of_run(run.path).fingerprint == make_setup("essay", "workplace").fingerprint
    assert setup_of_run(run.path, judge="files:x").recipe.models.judge == "files:x"


def test_another_constitution_is_refused(make_setup: Callable[..., Setup], run: RunDirectory, tmp_path: Path) -> None:
    other = tmp_path / "constitution.md"
    other.write_text(run.constitution.read_text() + "\n\n## Something else {#else}\n\nIt is asked for too.\n")
    with pytest.raises(MismatchError, match="another constitution"):
        refuse_another_corpus(make_setup("essay", constitution=other), run)


def test_a_run_without_documents_is_refused(setup: Setup, begun: RunDirectory) -> None:
    with pytest.raises(RunError, match="no accepted document"):
        audit(setup, begun.path, SearchingJudge({}))


def test_a_judge_gates_by_its_audit_of_these_very_prompts(setup: Setup, run: RunDirectory) -> None:
    asked = questions(setup, run, DOCUMENTS, 0)
    told = {q.planted.text[q.planted.start : q.planted.stop] for q in asked if q.kind in KINDS and q.planted.stop}
    found = audit(setup, run.path, SearchingJudge(dict.fromkeys(sorted(told), "sermon")), documents=DOCUMENTS)
    prompts = judge_prompts(setup.catalogue)
    assert standing(found, 0.4, found.judge, prompts).gates
    assert not standing(found, 1.0, found.judge, prompts).gates
    assert not standing(found, 0.4, "another:model", prompts).gates
    assert not standing(found, 0.4, found.judge, prompts | {"essay": "0" * 64}).gates
    assert not standing(None, 0.4, found.judge, prompts).gates
    assert standing(None, None, found.judge, prompts).gates
    assert not standing(None, None, "offline", prompts).gates


@pytest.mark.parametrize(
    ("blind", "alarms", "why"),
    [
        ("", 0, "it detects 100%, the floor is 80%"),
        ("", 8, "it detects 100%, the floor is 80%"),
        ("", 9, "it rejects 22% of the clean twins, the floor leaves 20%"),
        ("removed_reason", 0, "it is under the floor of 80% for removed_reason"),
    ],
)
def test_neither_a_blind_spot_nor_false_alarms_may_gate(blind: str, alarms: int, why: str) -> None:
    def heard(kind: str, number: int, rule: str) -> Heard:
        flags = (Flag(rule=rule, detail=""),) if rule else ()
        verdict = Verdict(check="judge", passed=not flags, flags=flags)
        return Heard(kind=kind, document=str(number), verdict=verdict, scores=dict.fromkeys(SCORES, 7))

    told = [heard(HARMLESS, number, "prose" if number < alarms else "") for number in range(40)]
    for kind, about in KINDS.items():
        told += [heard(kind, number, "" if kind == blind else about.rules[0]) for number in range(40)]
    found = Audit(judge="a:b", prompts={}, least=6, seed=0, documents=40, requests=440, figures=figures(told))
    ruling = standing(found, 0.8, "a:b", {})
    assert ruling.why == why
    assert ruling.gates is why.startswith("it detects")


def test_a_flag_that_the_twin_has_too_detects_nothing() -> None:
    flag = {"rule": "sermon", "detail": "", "start": 5, "stop": 9}
    verdict = Verdict.model_validate({"check": "judge", "passed": False, "flags": [flag]})
    twin = Heard(kind=HARMLESS, document="d", verdict=verdict, scores={})
    spoilt = Heard(kind="tacked_on_moral", document="d", verdict=verdict, scores={}, start=50, stop=90)
    assert not named("tacked_on_moral", spoilt, twin)
    assert named("tacked_on_moral", spoilt, None)
    assert named("tacked_on_moral", spoilt.model_copy(update={"start": 8}), twin)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 0, 0, 1), (0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (50, 100, 0.4038, 0.5962), (1, 40, 0.0044, 0.1288)],
)
def test_wilson_intervals(hits: int, of: int, low: float, high: float) -> None:
    share = wilson(hits, of)
    assert (round(share.low, 4), round(share.high, 4)) == (low, high)


def test_the_command_prints_its_figures_and_leaves_with_2_below_the_floor(run: RunDirectory, tmp_path: Path) -> None:
    arguments = ["audit", str(run.path), "-n", "2", "--model", f"files:{tmp_path}"]
    first = CliRunner().invoke(root, ["judge", *arguments])
    assert isinstance(first.exception, AwaitingError)
    (waiting,) = tmp_path.glob("requests-*.jsonl")
    ids = [json.loads(line)["custom_id"] for line in waiting.read_text().splitlines()]
    (tmp_path / "answers.jsonl").write_text("\n".join(json.dumps(_answered(one, "no")) for one in ids))
    shown = CliRunner().invoke(root, ["judge", *arguments, "--floor", "0.8"], standalone_mode=False)
    assert shown.return_value == 2
    assert "misaligned_summary" in shown.output
    assert "may report and not gate: it detects 0%, the floor is 80%" in shown.output
    assert (run.report / AUDIT).is_file()
