"""One start of a run: waves opened, sent, decided and written, in order.

What can be decided is decided before anything new is waited for, and a wave that is
decided is written at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from sdf.errors import DamagedError
from sdf.providers.money import Money
from sdf.providers.prices import PICO
from sdf.providers.protocol import Provider
from sdf.providers.purse import Purse
from sdf.records import Record, Response
from sdf.run.assemble import document_text, write_shards, write_wave
from sdf.run.avoid import overused_words
from sdf.run.corpus import LAG, Corpus, Place
from sdf.run.directory import RunDirectory, is_whole, recorded_file, shard_name
from sdf.run.exchange import Exchange
from sdf.run.ledger import Ledger
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
    those amount to. `spent` is in dollars, over all starts.
    """

    wanted: int
    accepted: int
    decided: int
    answered: int
    waves_open: int
    in_flight_documents: float = 0.0
    spent: float = 0.0


Report = Callable[[Progress], None]


class Work:
    """One start of a run: the waves in flight and the corpus that they are held against."""

    def __init__(
        self,
        setup: Setup,
        run: RunDirectory,
        ledger: Ledger,
        n: int,
        *,
        money: Money,
        purse: Purse,
        connect: Callable[[], Mapping[str, Provider]],
        report: Report,
    ) -> None:
        self._setup = setup
        self._run = run
        self._ledger = ledger
        self._report = report
        self._money = money
        self._purse = purse
        self._connect = connect
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
        exchange = Exchange(self._connect(), self._ledger, self._row)
        try:
            while todo or self._open:
                while todo and len(self._open) < LAG:
                    self._open_wave(todo.pop(0))
                self._step(exchange)
        finally:
            exchange.close()
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

    def _open_wave(self, wave: Wave) -> None:
        self._ledger.open_wave(wave.series, wave.number, wave.start, wave.stop)
        avoid = self._overused(wave)
        self._open.append(OpenWave(wave, self._setup, self._ledger, self._corpus, avoid))

    def _step(self, exchange: Exchange) -> None:
        """Send what is ready, decide what can be decided, take one round of answers."""
        ready = [request for wave in self._open for request in wave.outgoing()]
        exchange.send(ready)
        moved = self._settle()
        if not self._open:
            return
        answered = exchange.receive(self._open)
        self._answered += answered
        self._tell()
        if not (ready or moved or answered or exchange.busy()):
            raise exchange.stalled()

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

    def _row(self, owner: OpenWave, answer: Response) -> RecordedResponse:
        chain = owner.asked_by(answer)
        brief, stage = chain.brief, chain.stage.name if chain.stage else ""
        return RecordedResponse(
            series=brief.series,
            index=brief.index,
            attempt=brief.attempt,
            stage=stage,
            retry=0 if chain.again is None else 1,
            genre=brief.cell.genre,
            template_sha256=self._templates[brief.cell.genre, stage],
            cost=self._money.cost(answer),
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
                spent=self._purse.spent / PICO,
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
