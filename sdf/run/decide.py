"""The fold that accepts and rejects: chains in index order, against all accepted before."""

from __future__ import annotations

from collections.abc import Sequence

from sdf.check.context import CheckContext, Rules
from sdf.check.document import check_reading
from sdf.check.reading import read
from sdf.plan.locales import language_of, words_of
from sdf.records import Decision, Outcome, Verdict
from sdf.run.chain import Chain
from sdf.run.corpus import Corpus, Place
from sdf.run.rows import Phase, RecordedDecision
from sdf.write.judge import advised


def decide_premises(wave: int, chains: Sequence[Chain], corpus: Corpus) -> list[RecordedDecision]:
    """Decide every chain's premise; accepted ones are added to the corpus as it goes."""
    decided = []
    for chain in chains:
        if chain.outcome is not Outcome.pending:
            decided.append(_decision(chain, "premise", chain.outcome, chain.reason, ()))
            continue
        place = place_of(wave, chain)
        verdict, sketch = corpus.judge_premise(place, chain.premise)
        if verdict.passed:
            corpus.add_premise(place, sketch)
            decided.append(_decision(chain, "premise", Outcome.accepted, "", (), sketch=sketch))
        else:
            decided.append(_decision(chain, "premise", Outcome.rejected, _reason([verdict]), (verdict,)))
    return decided


def decide_documents(
    wave: int, chains: Sequence[Chain], corpus: Corpus, rules: Rules, *, judge_gates: bool
) -> list[RecordedDecision]:
    """Decide every chain's document; accepted ones are added to the corpus as it goes.

    `judge_gates` says whether the judge's verdict counts. Where it does, a document that
    the judge could not score is invalid: neither passed nor refused for its quality.
    """
    decided = []
    for chain in chains:
        if chain.outcome is not Outcome.pending:
            decided.append(_decision(chain, "document", chain.outcome, chain.reason, ()))
            continue
        place, genre = place_of(wave, chain), chain.brief.cell.genre
        reading = read(chain.text)
        judgement = chain.judgement if judge_gates else advised(chain.judgement)
        verdicts = [*check_reading(reading, check_context(chain, rules)), judgement]
        common, sketch, opening = corpus.judge_document(genre, reading)
        verdicts += common
        if any(verdict.passed is False for verdict in verdicts):
            decided.append(_decision(chain, "document", Outcome.rejected, _reason(verdicts), tuple(verdicts)))
            continue
        if judge_gates and judgement.passed is None:
            reason = f"judge: {judgement.note}"[:300]
            decided.append(_decision(chain, "document", Outcome.invalid, reason, tuple(verdicts)))
            continue
        corpus.add_document(place, genre, sketch, opening)
        decided.append(
            _decision(chain, "document", Outcome.accepted, "", tuple(verdicts), sketch=sketch, opening=opening)
        )
    return decided


def place_of(wave: int, chain: Chain) -> Place:
    """Where a chain's texts stand in the run."""
    return Place(wave, chain.brief.index, chain.brief.attempt)


def check_context(chain: Chain, rules: Rules) -> CheckContext:
    """What the document checks need to know of a chain's brief."""
    brief = chain.brief
    form = chain.genre.form(brief.form)
    return CheckContext(
        rules=rules,
        genre=brief.cell.genre,
        form=form.id,
        names=brief.names,
        words=brief.words,
        markup=form.markup,
        own_voice=form.identity,
        language=language_of(brief),
    )


def _decision(
    chain: Chain,
    phase: Phase,
    outcome: Outcome,
    reason: str,
    verdicts: tuple[Verdict, ...],
    *,
    sketch: bytes | None = None,
    opening: int | None = None,
) -> RecordedDecision:
    brief = chain.brief
    decision = Decision(
        series=brief.series,
        index=brief.index,
        attempt=brief.attempt,
        phase=phase,
        outcome=outcome,
        reason=reason,
        verdicts=verdicts,
    )
    words = words_of(language_of(brief), chain.text) if phase == "document" else 0
    return RecordedDecision(decision=decision, sketch=sketch, opening=opening, words=words)


def _reason(verdicts: Sequence[Verdict]) -> str:
    for verdict in verdicts:
        if verdict.passed is False:
            flag = verdict.flags[0] if verdict.flags else None
            return f"{verdict.check}: {flag.rule}: {flag.detail}"[:300] if flag else verdict.check
    return ""
