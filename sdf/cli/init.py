"""`sdf init`: a project to start from."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sdf.cli import console
from sdf.errors import InputError
from sdf.files import write_atomic
from sdf.genres.load import packaged_root

_RECIPE = """\
# Who the constitution is about. These names stand in every prompt and document.
[identity]
model = {model}
developer = {developer}
document = {document}
# Where the constitution says other names, put these in their place:
# rename = {{ "Old Name" = "New Name" }}

[constitution]
file = "constitution.md"
# `sdf constitution` shows how the file is read. To correct that:
# exclude = ["some-id", "appendix-*"]     # these are context, no documents are planned for them
# include = ["another-id"]

[world]
# What every prompt is told beside the constitution.
emphasis = ""

# Shares of the corpus by tokens. Without this table every pack has the share it names itself.
# [genres]
# podcast = 20
# essay = 10

# Principles with more or less than their part; ids or globs.
# [weights]
# "honesty" = 2

[plan]
seed = 0
tension_share = 0.1

[models]
writer = "offline"
judge = "offline"

[checks]
near_duplicate = 0.8
"""
_GENRES = """\
# Your own genre packs

A folder here with a `genre.toml` is a genre, and comes before a shipped one of the same
name. `sdf genres new NAME --from essay` makes a working one to change.
"""


@click.command("init")
@click.argument("directory", type=click.Path(path_type=Path), default=Path())
@click.option("--model", help="The AI's name.")
@click.option("--developer", help="Who makes it.")
@click.option("--document", help="What its constitution is called.")
def command(directory: Path, model: str | None, developer: str | None, document: str | None) -> None:
    """Make a project in DIRECTORY: sdf.toml, constitution.md and genres/."""
    there = [name for name in ("sdf.toml", "constitution.md") if (directory / name).exists()]
    if "sdf.toml" in there:
        raise InputError("there is a project here already", where=str(directory / "sdf.toml"), hint="Change that one.")
    if not (model and developer and document) and (sys.stdin is None or sys.stdin.closed):
        raise InputError("nobody can be asked for the names", hint="Give --model, --developer and --document.")
    for name in (model, developer, document):
        if name is not None and any("\ud800" <= letter <= "\udfff" for letter in name):
            raise InputError("a name is not readable text", hint="Give it in UTF-8.")
    model = model or click.prompt("The AI's name", err=True)
    developer = developer or click.prompt("Who makes it", err=True)
    document = document or click.prompt("What its constitution is called", default=f"{model}'s constitution", err=True)
    text = _RECIPE.format(model=_quoted(model), developer=_quoted(developer), document=_quoted(document))
    write_atomic(directory / "genres" / "README.md", _GENRES.encode())
    if "constitution.md" not in there:
        write_atomic(directory / "constitution.md", (packaged_root() / "constitution.md").read_bytes())
    write_atomic(directory / "sdf.toml", text.encode())
    console.result(f"Made {directory / 'sdf.toml'}, constitution.md and genres/.")
    if "constitution.md" not in there:
        console.result("The constitution is a sample to try: put your own in its place.")
    console.result("Next:")
    for line in ([] if directory == Path() else [f"cd {directory}"]) + [
        "sdf constitution",
        "sdf plan",
        "sdf generate -n 100",
    ]:
        console.result(f"  {line}")


def _quoted(text: str) -> str:
    """A TOML string that holds any text."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
