"""The README can fail: its commands, make targets, settings and paths are walked here."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dashapp.cli import COMMANDS, main
from dashapp.config import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def _shell_lines() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def _named() -> set[str]:
    return set(re.findall(r"^\| `vitrine ([a-z]+)", README, flags=re.MULTILINE))


def _resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command these words name, and what is left of them."""
    command: click.Command = main
    context = click.Context(main)
    while words and isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        assert found is not None, f"the README names {words[0]!r}, which is no command"
        command, words = found, words[1:]
        context = click.Context(command, parent=context)
    return command, words


def test_the_table_of_commands_is_complete() -> None:
    assert _named() == set(COMMANDS)


@pytest.mark.parametrize("line", [line for line in _shell_lines() if line.startswith("vitrine ")])
def test_every_command_line_parses(line: str) -> None:
    command, rest = _resolve(shlex.split(line)[1:])
    command.make_context("vitrine", list(rest), resilient_parsing=False).close()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z]+)", README)) - {"is"}))
def test_every_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)


def test_every_setting_is_told_and_none_is_invented() -> None:
    told = set(re.findall(r"^\| `VITRINE_([A-Z_]+)`", README, flags=re.MULTILINE))
    assert told == {name.upper() for name in Settings.model_fields}


def test_every_subcommand_it_names_exists() -> None:
    for family, name in re.findall(r"`(?:vitrine )?(agency|workspace|user|source|share) ([a-z]+)", README):
        _resolve([family, name])


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:data|dashapp|tests|jobs)/[a-z_/]+(?:\.py)?)`", README)))
)
def test_every_path_it_names_exists(path: str) -> None:
    assert (ROOT / path).exists()


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
