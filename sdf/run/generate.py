"""Running a plan until every brief has its outcome, and going on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sdf import __version__
from sdf.errors import RunError
from sdf.providers.choose import Means, check_models, providers_for
from sdf.providers.money import Money
from sdf.providers.protocol import Provider
from sdf.providers.purse import Purse
from sdf.records import Record
from sdf.run.batch_log import BatchLog
from sdf.run.directory import RunDirectory, check_same, create_run, refuse_occupied
from sdf.run.ledger import Ledger
from sdf.run.lock import RunLock
from sdf.run.setup import Setup
from sdf.run.spending import open_purse
from sdf.run.work import Progress, Report, Work

__all__ = ["Going", "Progress", "generate"]


class Going(Record):
    """How this start goes about it; none of it changes what is written.

    `stay` waits for batches, else the run ends once everything that can be sent is
    sent. `allow_tracing` lets prompts go to a tracing service that the environment
    switches on.
    """

    stay: bool = True
    allow_tracing: bool = False


def generate(
    setup: Setup,
    out: Path,
    n: int,
    *,
    report: Report = lambda _: None,
    warn: Callable[[str], None] = lambda _: None,
    going: Going = Going(),  # noqa: B008 - a frozen record
    provider: Provider | None = None,
) -> RunDirectory:
    """Write a corpus of `n` documents into `out`, or go on with the one that is there.

    Nothing is sent for what is recorded already; a finished run sends nothing at all.
    `provider` answers in place of the recipe's models; `warn` is told what a person must know.

    Raises:
        LockedError: another process holds the directory.
        MismatchError: the run there was made from other inputs.
        RecipeError: a model cannot be reached as the recipe names it.
        HaltedError: billing, authentication or the budget; the same command goes on.
        AwaitingError: answers have to come from outside.
        RunError, DiskError: the directory cannot be used; what was recorded is intact.
    """
    if n < 1:
        raise RunError("a run needs at least one document", hint="Give -n a number from 1 up.")
    if out.exists() and not out.is_dir():
        raise RunError("is not a directory", where=str(out), hint="Name another one with -o.")
    money = Money(setup.recipe.prices, datetime.now(UTC).date())
    if provider is None:
        check_models(setup.recipe, money, allow_tracing=going.allow_tracing)
    refuse_occupied(out)
    with RunLock(out):
        run = _begun(setup, out)
        with Ledger.open(run.db) as ledger:
            purse = open_purse(ledger, setup.recipe)
            connect = partial(_connect, setup, ledger, purse, money, stay=going.stay, warn=warn)
            if provider is not None:
                connect = partial(dict.fromkeys, _models(setup), provider)
            Work(setup, run, ledger, n, money=money, purse=purse, connect=connect, report=report).finish()
    return run


def _begun(setup: Setup, out: Path) -> RunDirectory:
    """The run that is in `out`, if it is this one, or else a new one."""
    run = RunDirectory(out)
    if not run.db.exists():
        return create_run(out, setup.lock, setup.constitution_bytes, setup.genre_files(), version=__version__)
    check_same(out, setup.lock)
    run.sweep()
    return run


def _connect(
    setup: Setup, ledger: Ledger, purse: Purse, money: Money, *, stay: bool, warn: Callable[[str], None]
) -> Mapping[str, Provider]:
    """The provider of each of the recipe's models."""
    proven = {(row.stage, row.genre, row.model) for row in ledger.usage_by()}
    means = Means(
        recipe=setup.recipe,
        catalogue=setup.catalogue,
        purse=purse,
        money=money,
        journal=BatchLog(ledger),
        proven=proven,
        stay=stay,
        warn=warn,
    )
    return providers_for(_models(setup), means)


def _models(setup: Setup) -> tuple[str, ...]:
    models = setup.recipe.models
    return tuple(dict.fromkeys(filter(None, (models.writer, models.judge, models.fallback))))
