"""A wave in flight: its chains, what they wait for, and when it can be decided.

Restoring after a kill is the same path as working: recorded answers and recorded
decisions are used where there are any, and only what is missing is asked for or made.
"""

from __future__ import annotations

from collections.abc import Sequence

from sdf.check.document import check_document
from sdf.errors import DamagedError
from sdf.plan.briefs import MAX_ATTEMPTS
from sdf.records import Outcome, Request, Response
from sdf.run.chain import PREMISE, Chain
from sdf.run.corpus import Corpus, Place
from sdf.run.decide import check_context, decide_documents, decide_premises, place_of
from sdf.run.ledger import Ledger
from sdf.run.rows import Phase, RecordedDecision, RecordedResponse, Wave
from sdf.run.setup import Setup
from sdf.write.judge import unscored

Key = tuple[int, int, str, int]


class OpenWave:
    """One wave, from its first premise to its last decision."""

    def __init__(self, wave: Wave, setup: Setup, ledger: Ledger, corpus: Corpus, avoid: Sequence[str]) -> None:
        self.wave = wave
        self.attempt = 0
        self.phase: Phase = "premise"
        self._setup = setup
        self._ledger = ledger
        self._corpus = corpus
        self._avoid = tuple(avoid)
        bounds = (wave.series, wave.start, wave.stop)
        self._answers: dict[Key, RecordedResponse] = {
            (row.index, row.attempt, row.stage, row.retry): row for row in ledger.responses(*bounds)
        }
        self._decisions: dict[tuple[int, int, str], RecordedDecision] = {
            (row.decision.index, row.decision.attempt, row.decision.phase): row for row in ledger.decisions(*bounds)
        }
        self._chains: dict[int, Chain] = {}
        self._waiting: dict[str, int] = {}
        self._outbox: list[Request] = []
        self._begin(range(wave.start, wave.stop))

    @property
    def closed(self) -> bool:
        """Whether every brief has been accepted or has spent its attempts."""
        return not self._chains

    def written(self) -> float:
        """How many documents the answers so far amount to; a chain half-way counts for a half."""
        done = self.wave.stop - self.wave.start - len(self._chains)
        return done + sum(chain.stage_number / len(chain.genre.stages) for chain in self._chains.values())

    def outgoing(self) -> list[Request]:
        """The requests to send now; each is given once."""
        sent, self._outbox = self._outbox, []
        return sent

    def asked_by(self, response: Response) -> Chain:
        """The chain that a response answers; its stage is the one that was asked."""
        return self._chains[self._waiting[response.request_id]]

    def waits_for(self, request_id: str) -> bool:
        """Whether this wave sent the request and has had no answer."""
        return request_id in self._waiting

    def take(self, response: Response) -> None:
        """Move a chain on with an answer that has been recorded."""
        chain = self._chains[self._waiting.pop(response.request_id)]
        self._feed(chain, response)
        self._advance(chain)

    def settle(self, *, premises_before: bool, waves_before: bool) -> bool:
        """Decide what can be decided; True when something was.

        `premises_before`: the first attempts' premises of all earlier waves are
        decided. `waves_before`: all earlier waves are closed.
        """
        if not self._chains or self._waiting or self._outbox:
            return False
        if self.phase == "premise" and premises_before and (self.attempt == 0 or waves_before):
            self._settle_premises()
            return True
        if self.phase == "document" and waves_before:
            self._settle_documents()
            return True
        return False

    def premises_decided(self) -> bool:
        """Whether the first attempts' premises are behind this wave."""
        return self.attempt > 0 or self.phase == "document" or self.closed

    # --- within -------------------------------------------------------------

    def _begin(self, indices: Sequence[int]) -> None:
        plan = self._setup.plan
        self._chains = {}
        self.phase = "premise"
        for index in indices:
            brief = plan.brief(index, self.attempt)
            self._chains[index] = Chain(brief, self._setup.catalogue.genre(brief.cell.genre))
        for chain in self._chains.values():
            self._advance(chain)

    def _advance(self, chain: Chain) -> None:
        """Feed recorded answers, then ask for the first that is missing."""
        if self._setup.recipe.models.judge == "offline":
            chain.skip_judging()
        while (stage := chain.stage) is not None and not chain.held:
            if stage.role == "judge" and not self._worth_judging(chain):
                chain.judgement = unscored("its checks had failed, and it was not asked")
                chain.skip_judging()
                continue
            request = self._setup.requests.request(chain.brief, stage, chain.outputs, self._avoid, chain.again)
            answer = self._answers.pop((chain.brief.index, chain.brief.attempt, stage.name, request.retry), None)
            if answer is None:
                self._waiting[request.id] = chain.brief.index
                self._outbox.append(request)
                return
            if answer.response.request_id != request.id:
                raise DamagedError(
                    f"the recorded answer to {chain.brief.id} {stage.name} was given to another prompt",
                    where=str(self._ledger.path),
                    hint="Go on with the version and inputs that the run was made with.",
                )
            self._feed(chain, answer.response)
            if self._setup.recipe.models.judge == "offline":
                chain.skip_judging()

    def _worth_judging(self, chain: Chain) -> bool:
        """Whether a document passes the checks that cost nothing."""
        verdicts = check_document(chain.text, check_context(chain, self._setup.rules))
        return all(verdict.passed is not False for verdict in verdicts)

    def _feed(self, chain: Chain, response: Response) -> None:
        recipe = self._setup.recipe
        chain.take(response, recipe.checks.judge_min, fallback=recipe.models.fallback is not None)

    def _settle_premises(self) -> None:
        chains = [self._chains[index] for index in sorted(self._chains)]
        decided = self._recorded(chains, PREMISE)
        if decided is None:
            decided = decide_premises(self.wave.number, chains, self._corpus)
            self._ledger.record_decisions(decided)
        else:
            self._replay_premises(chains, decided)
        self.phase = "document"
        for chain, row in zip(chains, decided, strict=True):
            if row.decision.outcome is Outcome.accepted:
                chain.held = False
                self._advance(chain)
            else:
                chain.outcome, chain.reason = row.decision.outcome, row.decision.reason

    def _settle_documents(self) -> None:
        alive = [
            self._chains[index] for index in sorted(self._chains) if not self._ended_at_premise(self._chains[index])
        ]
        decided = self._recorded(alive, "document")
        if decided is None:
            decided = decide_documents(
                self.wave.number, alive, self._corpus, self._setup.rules, judge_gates=self._setup.judge.gates
            )
            self._ledger.record_decisions(decided)
        else:
            self._replay_documents(alive, decided)
        accepted = {row.decision.index for row in decided if row.decision.outcome is Outcome.accepted}
        left = [index for index in sorted(self._chains) if index not in accepted]
        self.attempt += 1
        self._begin(left if self.attempt < MAX_ATTEMPTS else ())

    def _ended_at_premise(self, chain: Chain) -> bool:
        return not chain.premise or (chain.outcome is not Outcome.pending and chain.stage_number <= 1)

    def _recorded(self, chains: Sequence[Chain], phase: str) -> list[RecordedDecision] | None:
        """The recorded decisions of these chains, all of them or None."""
        keys = [(chain.brief.index, chain.brief.attempt, phase) for chain in chains]
        if not keys or keys[0] not in self._decisions:
            return [] if not keys else None
        return [self._decisions.pop(key) for key in keys]

    def _replay_premises(self, chains: Sequence[Chain], decided: Sequence[RecordedDecision]) -> None:
        for chain, row in zip(chains, decided, strict=True):
            if row.decision.outcome is Outcome.accepted and row.sketch is not None:
                self._corpus.add_premise(place_of(self.wave.number, chain), row.sketch)

    def _replay_documents(self, chains: Sequence[Chain], decided: Sequence[RecordedDecision]) -> None:
        for chain, row in zip(chains, decided, strict=True):
            if row.decision.outcome is Outcome.accepted and row.sketch is not None and row.opening is not None:
                place = Place(self.wave.number, chain.brief.index, chain.brief.attempt)
                self._corpus.add_document(place, chain.brief.cell.genre, row.sketch, row.opening)
