"""The README can fail: its commands, make targets and paths are walked here. `docs/` is walked by test_docs.py."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dashapp.cli import COMMANDS, main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def _shell_lines() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def _resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command these words name, and the words after it."""
    command: click.Command = main
    context = click.Context(main)
    while words and isinstance(command, click.Group):
        subcommand = command.get_command(context, words[0])
        assert subcommand is not None, f"the README names {words[0]!r}, which is no command"
        command, words = subcommand, words[1:]
        context = click.Context(command, parent=context)
    return command, words


def test_it_is_short() -> None:
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("line", [line for line in _shell_lines() if line.startswith("vitrine ")])
def test_every_command_line_parses(line: str) -> None:
    command, rest = _resolve(shlex.split(line)[1:])
    command.make_context("vitrine", list(rest), resilient_parsing=False).close()


def test_it_starts_with_two_commands_and_two_lines_without_make() -> None:
    lines = _shell_lines()
    assert [line for line in lines if line.startswith("make ")] == ["make demo", "make test"]
    without_make = [line for line in lines if line.startswith((".venv/", "python3 "))]
    assert [line.rsplit(" ", 1)[-1] for line in without_make] == [
        "requirements.lock",
        "demo",
        "requirements-test.lock",
        "auto",
    ]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_and_json(name: str) -> None:
    runner = CliRunner()
    assert runner.invoke(main, [name, "--help"]).exit_code == 0
    context = click.Context(main)
    command = main.get_command(context, name)
    leaves = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    for leaf in leaves:
        assert leaf is not None
        assert "--json" in {option for parameter in leaf.params for option in parameter.opts}
