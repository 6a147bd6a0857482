"""`sdf judge audit`: find out what the judge finds out."""

from __future__ import annotations

from pathlib import Path

import click

from sdf.cli import console
from sdf.cli.inputs import Inputs, read_inputs
from sdf.errors import RecipeError
from sdf.run.asking import opened
from sdf.run.audit import AUDIT, audit, refuse_another_corpus, setup_of_run
from sdf.run.audited import Audit, Share, Standing, judge_prompts, standing
from sdf.run.directory import open_run
from sdf.run.setup import Setup

GATE_FAILED = 2
SAID_EVERY = 25


@click.group("judge")
def command() -> None:
    """Look into the model that judges."""


@command.command("audit")
@click.argument("directory", type=click.Path(path_type=Path), default=Path("outputs/run"))
@click.option("-n", "--number", type=click.IntRange(1, 1000), default=40, show_default=True, help="Documents to spoil.")
@click.option("--model", metavar="P:M", help="The judging model, in place of the run's.")
@click.option("--seed", type=click.IntRange(0, 2**63), default=0, show_default=True, help="Which documents are drawn.")
@click.option("-c", "--config", type=click.Path(path_type=Path), help="Judge with this recipe's model and prompts.")
@click.option("--budget", type=click.FloatRange(0, min_open=True), metavar="USD", help="Spend no more than this.")
@click.option("--floor", type=click.FloatRange(0, 1), help="The detection a judge needs to gate, as a share.")
@click.option("--allow-tracing", is_flag=True, help="Let prompts go to a tracing service that is switched on.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def audited(
    directory: Path,
    number: int,
    model: str | None,
    seed: int,
    config: Path | None,
    budget: float | None,
    floor: float | None,
    allow_tracing: bool,
    as_json: bool,
) -> int:
    """Plant known faults into accepted documents of the run in DIRECTORY, and count what the judge finds.

    Every document goes to the judge clean, clean once more, and with each kind of fault
    that it can carry: some eleven calls. Answers are recorded, so that the same command
    goes on where it was stopped. Leaves with 2 when the judge may not gate under the floor.
    """
    setup = _setup(directory, config, model)
    if setup.recipe.models.judge == "offline":
        raise RecipeError("the offline provider never judges", hint="Name a judge with --model PROVIDER:MODEL.")
    judge = setup.recipe.models.judge
    asking = opened(judge, setup.recipe, setup.catalogue, budget=budget, allow_tracing=allow_tracing)
    with asking as (provider, money):
        found = audit(setup, directory, provider, documents=number, seed=seed, price=money.cost, report=_said)
    least = setup.recipe.checks.judge_floor if floor is None else floor
    ruling = standing(found, least, found.judge, judge_prompts(setup.catalogue))
    if as_json:
        console.result_json({**found.model_dump(mode="json"), "standing": ruling.model_dump(mode="json")})
    else:
        _show(found, ruling)
        console.result(f"Written: {open_run(directory).report / AUDIT}")
    return 0 if ruling.gates else GATE_FAILED


def _setup(directory: Path, config: Path | None, model: str | None) -> Setup:
    if config is None:
        return setup_of_run(directory, judge=model)
    setup = read_inputs(Inputs(config=config, model=model))
    refuse_another_corpus(setup, open_run(directory))
    return setup


def _said(answered: int, asked: int) -> None:
    if answered % SAID_EVERY == 0:
        console.say(f"{answered:,} of {asked:,} answers")


def _show(found: Audit, ruling: Standing) -> None:
    figures = found.figures
    console.table(
        ("planted defect", "texts", "found", "95 %", "rejected", "95 %", "unscored"),
        [
            (row.kind, row.detected.of, *_told(row.detected), *_told(row.rejected), row.unscored)
            for row in figures.kinds
        ],
    )
    overall = "-" if figures.detection is None else f"{figures.detection:.0%}"
    apart = figures.retest.mean_difference
    console.result(f"\nFound over all kinds, each counting the same: {overall}.")
    console.result(f"False alarms on clean twins: {' '.join(_told(figures.false_alarms))}.")
    console.result(
        f"The same verdict the second time: {' '.join(_told(figures.retest.same_verdict))}"
        + ("." if apart is None else f"; scores lay {apart:.1f} apart.")
    )
    console.result(f"Scores of 9 or 10: {' '.join(_told(figures.top_scores))}. Unscored: {figures.unscored.hits:,}.")
    for name, spread in figures.spread.items():
        told = f"mean {spread.mean:.1f}, deviation {spread.deviation:.1f}, {spread.lowest} to {spread.highest}"
        console.result(f"  {name}: {told}")
    console.result(f"{found.judge} {'may gate' if ruling.gates else 'may report and not gate'}: {ruling.why}.")


def _told(share: Share) -> tuple[str, str]:
    return ("-" if share.share is None else f"{share.share:.0%}", f"{share.low:.0%} to {share.high:.0%}")
