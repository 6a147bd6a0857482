"""`sdf`: finds the command, turns every known error into one message and an exit code."""

from __future__ import annotations

import importlib
import shlex
import signal
import sys
from collections.abc import Sequence

import click

from sdf import __version__
from sdf.cli import console
from sdf.errors import AwaitingError, DiskError, HaltedError, SdfError

COMMANDS = {
    "init": "Make a project: sdf.toml, a constitution and a place for genres.",
    "constitution": "Show how a constitution is read: principles, ids, lines, and what to mend.",
    "genres": "List, make and check genre packs.",
    "plan": "Show who gets how many documents and tokens. Spends nothing.",
    "preview": "Show exact prompts, and a few documents of them.",
    "generate": "Write a corpus, or go on with one.",
    "status": "Show how far a run is.",
    "show": "Read documents of a run.",
    "check": "Measure how varied a corpus is, beside human prose.",
    "dedup": "Write a corpus without its near-duplicates.",
    "verify": "Prove that a run holds what was written to it.",
    "judge": "Find out what the judge finds out.",
    "doctor": "Show what is installed and which keys are set.",
}
USAGE_ERROR, INTERRUPTED = 64, 130
# No mistakes: the run stands where it can go on.
_STANDING: dict[type[SdfError], str] = {AwaitingError: "waiting", HaltedError: "halted"}


class _Commands(click.Group):
    """Imports a command's file only when that command runs, so that help stays light."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"sdf.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="sdf")
def root() -> None:
    """From an AI's constitution to training documents that teach why.

    Start with `sdf init`, look with `sdf plan` and `sdf preview`, write with
    `sdf generate`. Everything works without a key: the offline writer needs none.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) is signal.SIG_DFL:
            signal.signal(ending, signal.default_int_handler)
    given = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(run(given))


def run(arguments: Sequence[str]) -> int:
    """Run one command; the exit code is returned, known errors are printed."""
    try:
        code = root.main(args=list(arguments), prog_name="sdf", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as helped:
        console.say(helped.format_message())
        return USAGE_ERROR
    except click.ClickException as wrong:
        return _usage(wrong)
    except SdfError as known:
        console.say(f"{_STANDING.get(type(known), 'error')}: {known}")
        if type(known) in _STANDING:
            _go_on(arguments)
        return known.exit_code
    except (KeyboardInterrupt, click.Abort):
        _interrupted(arguments)
        return INTERRUPTED
    except (OSError, RecursionError) as refused:
        return _refused(refused)
    return code if isinstance(code, int) else 0


def _refused(wrong: OSError | RecursionError) -> int:
    if isinstance(wrong, RecursionError):
        console.say("error: the input is nested too deeply")
        return 1
    console.say(f"error: {wrong.filename or 'the system'}: {wrong.strerror or wrong}")
    return DiskError.exit_code


def _usage(wrong: click.ClickException) -> int:
    console.say(f"error: {wrong.format_message()}")
    context = getattr(wrong, "ctx", None)
    if context is not None:
        console.say(f"  `{context.command_path} --help` lists what it takes.")
    return USAGE_ERROR


def _interrupted(arguments: Sequence[str]) -> None:
    kept = " What was recorded is kept." if arguments and arguments[0] == "generate" else ""
    console.say(f"\nInterrupted.{kept}")
    _go_on(arguments)


def _go_on(arguments: Sequence[str]) -> None:
    if arguments and arguments[0] == "generate":
        console.say(f"  Go on with: sdf {shlex.join(arguments)}")
