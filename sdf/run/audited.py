"""What an audit found about a judge: figures from texts whose faults are known, and whether it may gate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import sqrt
from pathlib import Path
from statistics import fmean, pstdev

from pydantic import ValidationError

from sdf.errors import RunError
from sdf.files import canonical_json, sha256_hex
from sdf.genres.pack import Catalogue, Genre, Stage
from sdf.records import Record, Verdict
from sdf.run.defects import HARMLESS, KINDS
from sdf.write.judge import SCHEMA, SCORES
from sdf.write.requests import template_sha256

AGAIN = "again"
TOP = 9
_Z = 1.959963984540054


class Share(Record):
    """`hits` out of `of`, with the 95 % Wilson interval from `low` to `high`."""

    hits: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """The share itself; None of nothing."""
        return self.hits / self.of if self.of else None


class Heard(Record):
    """The judge's verdict on one text, and where its planted fault stands.

    `kind` is one of KINDS, HARMLESS for a clean twin, AGAIN for the twin's second reading.
    """

    kind: str
    document: str
    verdict: Verdict
    scores: Mapping[str, int]
    start: int = 0
    stop: int = 0


class KindFigures(Record):
    """How one kind of defect fared.

    `detected`: the judge named the fault, by its words or by its rule where the clean
    twin has no such flag. `rejected`: the text was turned away, for whatever reason.
    """

    kind: str
    detected: Share
    rejected: Share
    unscored: int


class Retest(Record):
    """Clean twins that were judged twice: how many got the same verdict, how far scores lay apart."""

    same_verdict: Share
    mean_difference: float | None


class Spread(Record):
    """The scores of one name over the clean twins."""

    mean: float
    deviation: float
    lowest: int
    highest: int


class Figures(Record):
    """What an audit found. `detection` is the mean over kinds, each counting the same.

    `false_alarms` are rejected clean twins among those scored, `top_scores` the scores
    of 9 and 10 among all of theirs, `unscored` the texts of any kind without a judgement.
    """

    kinds: tuple[KindFigures, ...]
    detection: float | None
    false_alarms: Share
    unscored: Share
    retest: Retest
    top_scores: Share
    spread: Mapping[str, Spread]


class Audit(Record):
    """An audit of one judge with its prompts. `prompts` are their hashes, by genre."""

    judge: str
    prompts: Mapping[str, str]
    least: int
    seed: int
    documents: int
    requests: int
    figures: Figures


class Standing(Record):
    """Whether a judge may turn documents away, and why."""

    gates: bool
    why: str


def wilson(hits: int, of: int) -> Share:
    """A share with its 95 % Wilson score interval; from 0 to 1 where nothing was counted."""
    if of == 0:
        return Share(hits=0, of=0, low=0.0, high=1.0)
    part, spread = hits / of, _Z * _Z / of
    middle = (part + spread / 2) / (1 + spread)
    reach = _Z * sqrt(part * (1 - part) / of + spread / (4 * of)) / (1 + spread)
    return Share(hits=hits, of=of, low=max(0.0, middle - reach), high=min(1.0, middle + reach))


def figures(heard: Sequence[Heard]) -> Figures:
    """Count what was heard about every text of an audit."""
    of_kind: defaultdict[str, list[Heard]] = defaultdict(list)
    for one in heard:
        of_kind[one.kind].append(one)
    clean = {one.document: one for one in of_kind[HARMLESS]}
    kinds = tuple(_kind(name, of_kind[name], clean) for name in KINDS if of_kind[name])
    scored = [one for one in clean.values() if one.verdict.passed is not None]
    numbers = [score for one in scored for score in one.scores.values()]
    found = [share for kind in kinds if (share := kind.detected.share) is not None]
    return Figures(
        kinds=kinds,
        detection=fmean(found) if found else None,
        false_alarms=wilson(sum(one.verdict.passed is False for one in scored), len(scored)),
        unscored=wilson(sum(one.verdict.passed is None for one in heard), len(heard)),
        retest=_retest(of_kind[AGAIN], clean),
        top_scores=wilson(sum(score >= TOP for score in numbers), len(numbers)),
        spread={name: _spread([one.scores[name] for one in scored]) for name in SCORES} if scored else {},
    )


def named(kind: str, planted: Heard, clean: Heard | None) -> bool:
    """Whether the judge named the planted fault: it pointed at it, or flagged what the twin does not have."""
    before = {flag.rule for flag in clean.verdict.flags} if clean else set()
    for flag in planted.verdict.flags:
        if flag.start < planted.stop and planted.start < flag.stop:
            return True
        if flag.rule in KINDS[kind].rules and flag.rule not in before:
            return True
    return False


def read_audit(path: Path) -> Audit:
    """A stored audit; RunError when it cannot be read."""
    try:
        return Audit.model_validate_json(path.read_bytes())
    except OSError as missing:
        raise RunError(
            f"cannot be read: {missing.strerror}", where=str(path), hint="See `sdf judge audit`."
        ) from missing
    except ValidationError as broken:
        raise RunError("is no audit of this version", where=str(path), hint="Run `sdf judge audit` again.") from broken


def standing(found: Audit | None, floor: float | None, judge: str, prompts: Mapping[str, str]) -> Standing:
    """Whether a judge may gate a run under a floor (a share from 0 to 1, None for no floor).

    It may when an audit of this very model and these very prompts detected at least
    the floor over all kinds, no single kind lies below it beyond doubt, and the clean
    twins that it rejects are at most what the floor leaves.
    """
    if judge == "offline":
        return Standing(gates=False, why="the offline provider never judges")
    if floor is None:
        return Standing(gates=True, why="the recipe sets no judge_floor")
    if found is None:
        return Standing(gates=False, why="the recipe sets a judge_floor, and names no audit of the judge")
    if found.judge != judge or any(found.prompts.get(genre) != sha for genre, sha in prompts.items()):
        return Standing(gates=False, why=f"the audit was of {found.judge} with other prompts or genres")
    return _measured(found.figures, floor)


def _measured(measured: Figures, floor: float) -> Standing:
    detection, alarms = measured.detection or 0.0, measured.false_alarms.share
    blind = [kind.kind for kind in measured.kinds if kind.detected.high < floor]
    if detection < floor:
        return Standing(gates=False, why=f"it detects {detection:.0%}, the floor is {floor:.0%}")
    if blind:
        return Standing(gates=False, why=f"it is under the floor of {floor:.0%} for {', '.join(blind)}")
    # 0.2 may not be more than 1 - 0.8.
    if alarms is None or alarms + floor > 1 + 1e-9:
        told = "no clean twin was scored" if alarms is None else f"it rejects {alarms:.0%} of the clean twins"
        return Standing(gates=False, why=f"{told}, the floor leaves {1 - floor:.0%}")
    return Standing(gates=True, why=f"it detects {detection:.0%}, the floor is {floor:.0%}")


def _kind(name: str, heard: Sequence[Heard], clean: Mapping[str, Heard]) -> KindFigures:
    return KindFigures(
        kind=name,
        detected=wilson(sum(named(name, one, clean.get(one.document)) for one in heard), len(heard)),
        rejected=wilson(sum(one.verdict.passed is False for one in heard), len(heard)),
        unscored=sum(one.verdict.passed is None for one in heard),
    )


def _retest(again: Sequence[Heard], clean: Mapping[str, Heard]) -> Retest:
    twice = [(clean[one.document], one) for one in again if one.document in clean]
    both = [pair for pair in twice if None not in {one.verdict.passed for one in pair}]
    apart = [abs(first.scores[name] - second.scores[name]) for first, second in both for name in SCORES]
    same = sum(first.verdict.passed == second.verdict.passed for first, second in twice)
    return Retest(same_verdict=wilson(same, len(twice)), mean_difference=fmean(apart) if apart else None)


def _spread(scores: Sequence[int]) -> Spread:
    return Spread(mean=fmean(scores), deviation=pstdev(scores), lowest=min(scores), highest=max(scores))


def judge_prompts(catalogue: Catalogue) -> dict[str, str]:
    """What decides a judge's answers beside the model: a hash over prompt and schema, by genre."""
    found = {}
    for genre in catalogue.genres:
        if (stage := judge_stage(genre)) is not None:
            found[genre.name] = sha256_hex(template_sha256(genre, stage).encode() + canonical_json(SCHEMA))
    return found


def judge_stage(genre: Genre) -> Stage | None:
    """The stage of a pack that judges."""
    return next((stage for stage in genre.stages if stage.role == "judge"), None)
