"""Help pages in docs are the commands' own help, and every command is documented."""

from __future__ import annotations

import re
from pathlib import Path

from docs import write_prompts
from docs.write_cli import pages
from sdf.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[1]


def test_the_help_pages_are_up_to_date() -> None:
    assert (ROOT / "docs" / "cli.md").read_text() == pages(), "run `make docs`"


def test_the_rendered_prompts_are_up_to_date() -> None:
    kept = {path.name: path.read_text() for path in (ROOT / "docs" / "prompts").glob("*.md")}
    assert kept == write_prompts.pages(), "run `make docs`"


def test_every_command_is_there() -> None:
    text = pages()
    for name in COMMANDS:
        assert f"\n## sdf {name}\n" in text


def test_links_between_pages_lead_somewhere() -> None:
    for page in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "design").glob("*.md"),
    ]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_files_and_functions_keep_their_size() -> None:
    import ast

    for path in sorted((ROOT / "sdf").rglob("*.py")):
        text = path.read_text()
        assert text.count("\n") <= 300, f"{path} has over 300 lines"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                # In the kernel a call in the innermost loop is what costs, so it may run on.
                most = 80 if path.name == "kernel.py" else 40
                assert node.end_lineno - node.lineno < most, f"{path}:{node.lineno} {node.name} is over 40 lines"
