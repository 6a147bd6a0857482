"""Running a plan until every brief has its outcome, and going on where it stopped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from sdf import __version__
from sdf.errors import AwaitingError, DamagedError, RunError, SdfError
from sdf.providers.choose import OFFLINE, provider_for
from sdf.providers.protocol import Provider
from sdf.records import Record, Response
from sdf.run.assemble import document_text, write_shards, write_wave
from sdf.run.corpus import LAG, Corpus, Place
from sdf.run.directory import RunDirectory, check_same, create_run, is_whole, recorded_file, refuse_occupied, shard_name
from sdf.run.ledger import Ledger
from sdf.run.lock import RunLock
from sdf.run.manifest import is_finished, write_manifest
from sdf.run.rows import RecordedResponse, Wave
from sdf.run.setup import Setup
from sdf.run.waves import OpenWave
from sdf.write.parse import parse_tags
from sdf.write.requests import template_sha256

BASE = "base"


class Progress(Record):
    """How far a run is; `answered` counts responses recorded in this start.

    `in_flight_documents` estimates, from the answers of open waves, how many documents
    those amount to.
    """

    wanted: int
    accepted: int
    decided: int
    answered: int
    waves_open: int
    in_flight_documents: float = 0.0


Report = Callable[[Progress], None]


def generate(
    setup: Setup, out: Path, n: int, *, report: Report = lambda _: None, provider: Provider | None = None
) -> RunDirectory:
    """Write a corpus of `n` documents into `out`, or go on with the one that is there.

    Nothing is sent for what is recorded already; a finished run sends nothing at all.

    Raises:
        LockedError: another process holds the directory.
        MismatchError: the run there was made from other inputs.
        RunError, DiskError: the directory cannot be used; what was recorded is intact.
    """
    if n < 1:
        raise RunError("a run needs at least one document", hint="Give -n a number from 1 up.")
    if out.exists() and not out.is_dir():
        raise RunError("is not a directory", where=str(out), hint="Name another one with -o.")
    models = setup.recipe.models
    if provider is None:
        for name in dict.fromkeys((models.writer, models.judge)):
            provider_for(name, setup.catalogue).close()
    refuse_occupied(out)
    with RunLock(out):
        run = RunDirectory(out)
        if run.db.exists():
            check_same(out, setup.lock)
            run.sweep()
        else:
            run = create_run(out, setup.lock, setup.constitution_bytes, setup.genre_files(), version=__version__)
        with Ledger.open(run.db) as ledger:
            _Work(setup, run, ledger, n, report=report, provider=provider).finish()
    return run


class _Work:
    """One start of a run: the waves in flight and the corpus that they are held against."""

    def __init__(
        self, setup: Setup, run: RunDirectory, ledger: Ledger, n: int, *, report: Report, provider: Provider | None
    ) -> None:
        self._setup = setup
        self._run = run
        self._ledger = ledger
        self._report = report
        self._given = provider
        self._wanted = n
        self._waves = plan_waves(ledger.waves(BASE), n, setup.recipe.plan.wave)
        self._corpus = Corpus(setup.recipe.checks, setup.rules.quotes, self._document_at, self._premise_at)
        self._open: list[OpenWave] = []
        self._answered = 0
        self._accepted = 0
        self._decided = 0
        self._templates = {
            (genre.name, stage.name): template_sha256(genre, stage)
            for genre in setup.catalogue.genres
            for stage in genre.stages
        }

    def finish(self) -> None:
        """Work until no brief is pending, then seal the run with its manifest."""
        todo = [wave for wave in self._waves if not wave.closed]
        self._refuse_changed_inputs()
        self._write_lost_again()
        if not todo and is_finished(self._run, self._ledger):
            return
        self._restore([wave for wave in self._waves if wave.closed])
        providers = self._providers()
        try:
            while todo or self._open:
                while todo and len(self._open) < LAG:
                    self._open_wave(todo.pop(0))
                self._step(providers)
        finally:
            for provider in providers.values():
                provider.close()
        write_manifest(self._run, self._ledger)

    def _refuse_changed_inputs(self) -> None:
        recorded = self._ledger.files()
        for path in self._run.inputs():
            if not is_whole(path, recorded.get(self._run.name_of(path))):
                hint = "The run keeps what it was made from: put the file back from a copy."
                raise DamagedError("is not what the run was made from", where=str(path), hint=hint)

    def _write_lost_again(self) -> None:
        """Write shards of decided waves that are gone or cut short again, from the ledger."""
        recorded = self._ledger.files()
        for wave in self._waves:
            name = shard_name(wave.series, wave.number)
            paths = [folder / name for folder in (self._run.documents, self._run.rejected)]
            if not wave.closed or all(is_whole(path, recorded.get(self._run.name_of(path))) for path in paths):
                continue
            write_shards(self._run, self._ledger, self._setup, wave)
            for path in paths:
                if recorded_file(self._run, path).sha256 != recorded[self._run.name_of(path)].sha256:
                    hint = "Put run.db back from a copy; `sdf verify` names what is damaged."
                    raise DamagedError("the ledger gives another shard than was written", where=str(path), hint=hint)

    def _providers(self) -> dict[str, Provider]:
        models = self._setup.recipe.models
        names = dict.fromkeys((models.writer, models.judge))
        return {name: self._given or provider_for(name, self._setup.catalogue) for name in names}

    def _open_wave(self, wave: Wave) -> None:
        self._ledger.open_wave(wave.series, wave.number, wave.start, wave.stop)
        avoid = self._overused(wave)
        self._open.append(OpenWave(wave, self._setup, self._ledger, self._corpus, avoid))

    def _step(self, providers: Mapping[str, Provider]) -> None:
        """Send what is ready, decide what can be decided, take one round of answers."""
        sent = False
        for wave in self._open:
            for request in wave.outgoing():
                providers[request.model].submit([request])
                sent = True
        moved = self._settle()
        answers = [answer for provider in providers.values() for answer in provider.collect()]
        if answers:
            self._record(answers)
        elif not moved and not sent and self._open:
            raise self._stalled(providers)

    def _stalled(self, providers: Mapping[str, Provider]) -> SdfError:
        told = [text for provider in providers.values() if (text := provider.waiting())]
        if told:
            return AwaitingError("\n".join(told), hint="Then run the same command again.")
        return RunError("the provider has nothing under way, and answers are missing", where=str(self._run.path))

    def _settle(self) -> bool:
        moved, premises, before = False, True, True
        for wave in list(self._open):
            while wave.settle(premises_before=premises, waves_before=before):
                moved = True
            premises = premises and wave.premises_decided()
            if wave.closed and before:
                write_wave(self._run, self._ledger, self._setup, wave.wave)
                self._open.remove(wave)
                self._count(wave.wave)
            else:
                before = False
        return moved

    def _record(self, answers: list[Response]) -> None:
        rows, owners = [], []
        for answer in answers:
            owner = next((wave for wave in self._open if wave.waits_for(answer.request_id)), None)
            if owner is None:
                continue
            rows.append(self._row(owner, answer))
            owners.append((owner, answer))
        self._ledger.record_responses(rows)
        for owner, answer in owners:
            owner.take(answer)
        self._answered += len(rows)
        self._tell()

    def _row(self, owner: OpenWave, answer: Response) -> RecordedResponse:
        chain, stage = owner.template_of(answer)
        brief = chain.brief
        return RecordedResponse(
            series=brief.series,
            index=brief.index,
            attempt=brief.attempt,
            stage=stage,
            template_sha256=self._templates[brief.cell.genre, stage],
            cost_usd=0.0 if answer.model == OFFLINE else None,
            response=answer,
        )

    def _restore(self, closed: list[Wave]) -> None:
        for wave in closed:
            bounds = (wave.series, wave.start, wave.stop)
            for row in self._ledger.accepted(*bounds, "premise"):
                if row.sketch is not None:
                    self._corpus.add_premise(Place(wave.number, row.index, row.attempt), row.sketch)
            for row in self._ledger.accepted(*bounds, "document"):
                genre = self._setup.plan.brief(row.index).cell.genre
                if row.sketch is not None and row.opening is not None:
                    self._corpus.add_document(
                        Place(wave.number, row.index, row.attempt), genre, row.sketch, row.opening
                    )
            self._count(wave)

    def _count(self, wave: Wave) -> None:
        self._decided += wave.stop - wave.start
        self._accepted += sum(1 for _ in self._ledger.accepted(wave.series, wave.start, wave.stop))
        self._tell()

    def _tell(self) -> None:
        self._report(
            Progress(
                wanted=self._wanted,
                accepted=self._accepted,
                decided=self._decided,
                answered=self._answered,
                waves_open=len(self._open),
                in_flight_documents=sum(wave.written() for wave in self._open),
            )
        )

    def _document_at(self, place: Place) -> str:
        brief = self._setup.plan.brief(place.index, place.attempt)
        answers = partial(self._ledger.response_text, BASE, place.index, place.attempt)
        return document_text(self._setup.catalogue.genre(brief.cell.genre), answers)

    def _premise_at(self, place: Place) -> str:
        answer = self._ledger.response_text(BASE, place.index, place.attempt, "premise") or ""
        told = parse_tags(answer, ("premise", "description")).outputs
        return f"{told.get('premise', '')} {told.get('description', '')}"

    def _overused(self, wave: Wave) -> list[str]:
        """Content words that too many premises of closed waves share, for prompts to avoid."""
        seen = [other for other in self._waves if other.number <= wave.number - LAG]
        lines = [
            row.response.text
            for old in seen[-3:]
            for row in self._ledger.responses(old.series, old.start, old.stop)
            if row.stage == "premise"
        ]
        return overused_words(lines)


def plan_waves(known: list[Wave], n: int, size: int) -> list[Wave]:
    """The waves of the base series for `n` documents: those there are, then new ones.

    Wave bounds that were recorded stand; new waves begin where the last one ends.
    """
    waves = list(known)
    start = waves[-1].stop if waves else 0
    number = waves[-1].number + 1 if waves else 0
    while start < n:
        stop = min(start + size, n)
        waves.append(Wave(series=BASE, number=number, start=start, stop=stop))
        start, number = stop, number + 1
    return waves


def overused_words(answers: list[str], *, share: float = 0.05, most: int = 12) -> list[str]:
    """Words of seven letters or more that stand in over `share` of the premises, commonest first."""
    if len(answers) < 100:
        return []
    counts: Counter[str] = Counter()
    for answer in answers:
        premise = answer.partition("<premise>")[2].partition("</premise>")[0]
        counts.update(set(re.findall(r"[a-z]{7,}", premise.lower())))
    common = [word for word, count in counts.most_common(most * 3) if count > share * len(answers)]
    return sorted(common[:most])
