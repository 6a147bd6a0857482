"""Writes docs/cli.md from the commands' own help, so that the two cannot differ."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from sdf.cli.main import root


def pages() -> str:
    """The whole of docs/cli.md."""
    parts = ["# The command line\n\nWritten by `make docs` from the commands' own help.\n"]
    parts += [f"## {path}\n\n```\n{text}\n```\n" for path, text in _walk(root, "sdf", None)]
    return "\n".join(parts)


def _walk(command: click.Command, path: str, parent: click.Context | None) -> Iterator[tuple[str, str]]:
    settings = {**command.context_settings, "terminal_width": 96, "max_content_width": 96}
    context = click.Context(command, info_name=path.split()[-1], parent=parent, **settings)
    yield path, command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from _walk(inner, f"{path} {name}", context)


if __name__ == "__main__":
    sys.stdout.write(pages())
