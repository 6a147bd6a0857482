"""From a decided wave's ledger rows to the two shards that hold it.

A shard is a pure function of the ledger and the run's inputs, so that a wave whose
shards were lost between two instructions is written again byte for byte.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from sdf.files import canonical_json, sha256_hex, write_shard
from sdf.genres.pack import Genre
from sdf.records import Brief, Outcome, StageLineage, TextDocument
from sdf.run.directory import RunDirectory, shard_name
from sdf.run.ledger import Ledger
from sdf.run.rows import RecordedDecision, RecordedFile, RecordedResponse, Wave
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


def document_text(genre: Genre, responses: list[RecordedResponse]) -> str:
    """The document that a chain's recorded answers end in; empty when there is none."""
    answers = {row.stage: row.response.text for row in responses}
    for stage in reversed(genre.stages):
        if "document" in stage.tags and stage.name in answers:
            return parse_tags(answers[stage.name], stage.tags).outputs.get("document", "")
    return ""


def _rows(ledger: Ledger, setup: Setup, wave: Wave) -> Iterator[tuple[bool, str, bytes]]:
    """Every decided attempt of a wave in order: whether it was accepted, its genre and its row."""
    bounds = (wave.series, wave.start, wave.stop)
    responses = groupby(ledger.responses(*bounds), key=lambda row: (row.index, row.attempt))
    ends = _ends(ledger, wave)
    for (index, attempt), rows in responses:
        end = ends.get((index, attempt))
        if end is None:
            continue
        brief = setup.plan.brief(index, attempt)
        genre = setup.catalogue.genre(brief.cell.genre)
        accepted = end.decision.outcome is Outcome.accepted
        yield accepted, genre.name, (_document if accepted else _reject)(genre, brief, list(rows), end)


def _ends(ledger: Ledger, wave: Wave) -> dict[tuple[int, int], RecordedDecision]:
    """The decision that ended each attempt: at its document, or else at its premise."""
    ends: dict[tuple[int, int], RecordedDecision] = {}
    for row in ledger.decisions(wave.series, wave.start, wave.stop):
        decision = row.decision
        if decision.phase == "premise" and decision.outcome is Outcome.accepted:
            continue
        ends[decision.index, decision.attempt] = row
    return ends


def _document(genre: Genre, brief: Brief, responses: list[RecordedResponse], end: RecordedDecision) -> bytes:
    text = document_text(genre, responses)
    document = TextDocument(
        id=brief.id,
        genre=genre.name,
        form=brief.form,
        principle_ids=brief.cell.principle_ids,
        family=brief.family,
        split=brief.split,
        arm="treatment",
        brief=brief,
        lineage=_lineage(genre, responses),
        verdicts=end.decision.verdicts,
        n_words=len(text.split()),
        sha256=sha256_hex(text.encode()),
        text=text,
    )
    return document.model_dump_json().encode()


def _reject(genre: Genre, brief: Brief, responses: list[RecordedResponse], end: RecordedDecision) -> bytes:
    return canonical_json(
        {
            "id": brief.id,
            "genre": genre.name,
            "form": brief.form,
            "principle_ids": brief.cell.principle_ids,
            "brief": brief.model_dump(mode="json"),
            "phase": end.decision.phase,
            "outcome": str(end.decision.outcome),
            "reason": end.decision.reason,
            "verdicts": [verdict.model_dump(mode="json") for verdict in end.decision.verdicts],
            "lineage": [row.model_dump(mode="json") for row in _lineage(genre, responses)],
            "answers": {row.stage: row.response.text for row in responses},
        }
    )


def _lineage(genre: Genre, responses: list[RecordedResponse]) -> tuple[StageLineage, ...]:
    order = {stage.name: number for number, stage in enumerate(genre.stages)}
    return tuple(
        StageLineage(
            stage=row.stage,
            request_id=row.response.request_id,
            model=row.response.model,
            template_sha256=row.template_sha256,
            usage=row.response.usage,
            cost_usd=row.cost_usd,
        )
        for row in sorted(responses, key=lambda row: order.get(row.stage, 0))
    )
