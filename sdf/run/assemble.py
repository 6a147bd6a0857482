"""From a decided wave's ledger rows to the two shards that hold it.

A shard is a pure function of the ledger and the run's inputs, so that a wave whose
shards were lost between two instructions is written again byte for byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sdf.files import canonical_json, sha256_hex, write_shard
from sdf.genres.pack import Genre
from sdf.plan.locales import language_of, words_of
from sdf.records import Brief, Outcome, StageLineage, TextDocument
from sdf.run.directory import RunDirectory, shard_name
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedDecision, RecordedFile, Wave
from sdf.run.setup import Setup
from sdf.write.parse import parse_tags


def write_wave(run: RunDirectory, ledger: Ledger, setup: Setup, wave: Wave) -> None:
    """Write a decided wave's documents and rejects, and record it as closed."""
    ledger.close_wave(wave.series, wave.number, write_shards(run, ledger, setup, wave))


def write_shards(run: RunDirectory, ledger: Ledger, setup: Setup, wave: Wave) -> list[RecordedFile]:
    """Write the two shards of a decided wave, and record nothing."""
    name = shard_name(wave.series, wave.number)
    # One pass over the ledger; a wave's rows are some ten megabytes.
    rows = list(_rows(ledger, setup, wave))
    written = []
    for path, wanted in ((run.documents / name, True), (run.rejected / name, False)):
        chosen = [(genre, row) for accepted, genre, row in rows if accepted is wanted]
        digest = write_shard(path, (row for _, row in chosen))
        genres = dict(sorted(Counter(genre for genre, _ in chosen).items()))
        written.append(RecordedFile(**digest.model_dump() | {"name": run.name_of(path), "genres": genres}))
    return written


def document_text(genre: Genre, answers: Callable[[str], str | None]) -> str:
    """The document that a chain's recorded answers, by stage, end in; empty when there is none."""
    for stage in reversed(genre.stages):
        if "document" in stage.tags and (answer := answers(stage.name)) is not None:
            return parse_tags(answer, stage.tags).outputs.get("document", "")
    return ""


class _Attempt(NamedTuple):
    """A decided attempt, as its row in a shard needs it."""

    genre: Genre
    brief: Brief
    end: RecordedDecision
    lineage: tuple[StageLineage, ...]
    answers: Callable[[str], str | None]


def _rows(ledger: Ledger, setup: Setup, wave: Wave) -> Iterator[tuple[bool, str, bytes]]:
    """Every decided attempt of a wave in order: whether it was accepted, its genre and its row."""
    ends = _ends(ledger, wave)
    calls = groupby(ledger.lineage(wave.series, wave.start, wave.stop), key=itemgetter(0, 1))
    for (index, number), rows in calls:
        end = ends.get((index, number))
        if end is None:
            continue
        brief = setup.plan.brief(index, number)
        genre = setup.catalogue.genre(brief.cell.genre)
        order = {stage.name: place for place, stage in enumerate(genre.stages)}
        lineage = tuple(sorted((row for _, _, row in rows), key=lambda row: order.get(row.stage, 0)))
        answers = partial(ledger.response_text, wave.series, index, number)
        accepted = end.decision.outcome is Outcome.accepted
        attempt = _Attempt(genre, brief, end, lineage, answers)
        yield accepted, genre.name, _document(attempt) if accepted else _reject(attempt)


def _ends(ledger: Ledger, wave: Wave) -> dict[tuple[int, int], RecordedDecision]:
    """The decision that ended each attempt: at its document, or else at its premise."""
    ends: dict[tuple[int, int], RecordedDecision] = {}
    for row in ledger.decisions(wave.series, wave.start, wave.stop):
        decision = row.decision
        if decision.phase == "premise" and decision.outcome is Outcome.accepted:
            continue
        ends[decision.index, decision.attempt] = row
    return ends


def _document(attempt: _Attempt) -> bytes:
    genre, brief = attempt.genre, attempt.brief
    text = document_text(genre, attempt.answers)
    document = TextDocument(
        id=brief.id,
        genre=genre.name,
        form=brief.form,
        principle_ids=brief.cell.principle_ids,
        family=brief.family,
        split=brief.split,
        arm="treatment",
        brief=brief,
        lineage=attempt.lineage,
        verdicts=attempt.end.decision.verdicts,
        n_words=words_of(language_of(brief), text),
        sha256=sha256_hex(text.encode()),
        text=text,
    )
    return document.model_dump_json().encode()


def _reject(attempt: _Attempt) -> bytes:
    brief, decision = attempt.brief, attempt.end.decision
    return canonical_json(
        {
            "id": brief.id,
            "genre": attempt.genre.name,
            "form": brief.form,
            "principle_ids": brief.cell.principle_ids,
            "brief": brief.model_dump(mode="json"),
            "phase": decision.phase,
            "outcome": str(decision.outcome),
            "reason": decision.reason,
            "verdicts": [verdict.model_dump(mode="json") for verdict in decision.verdicts],
            "lineage": [row.model_dump(mode="json") for row in attempt.lineage],
            "answers": {row.stage: attempt.answers(row.stage) for row in attempt.lineage},
        }
    )
