"""Every command with nonsense in every argument and option: a sentence and an exit code, never a traceback."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dashapp.cli import COMMANDS, main
from tests.support.examples import many

#: Numbers and texts no command can use, or that something below it cannot: a driver, a path, a date.
NONSENSE = [
    "99999999999999999999",
    "-1",
    "0",
    str(2**31),
    str(2**63),
    "1e9",
    "NaN",
    "",
    " ",
    "é" * 300,
    "x" * 100_000,
    "a\x01b\n",
    "\udcff",
    "' OR 1=1 --",
    "../../../etc/passwd",
    "/dev/null",
    "{}",
    "[" * 5_000,
    "0001-01-01",
    "9999-12-31T23:59:59+23:59",
    "٣",
]
#: They run until they are stopped; their options are held by click's types alone.
ENDLESS = {"demo", "serve", "worker"}
#: What lets a command get as far as the argument that is bent.
USUAL = {
    "workspace_slug": "acme-co",
    "agency_slug": "north",
    "provider": "canonical",
    "owner": "erin@north.example",
    "email": "alice@north.example",
    "since": "7d",
    "password": "lively-harbor-42-stones",
    "statement": "SELECT 1",
    "name": "rate",
    "role": "admin",
    "paths": "/dev/null",
    "run_id": "1",
    "share_id": "1",
    "source_id": "1",
}


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with its words."""
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        if isinstance(command, click.Group):
            for sub in sorted(command.commands):
                yield (name, sub), command.commands[sub]
        elif name not in ENDLESS:
            yield (name,), command


def usual_words(command: click.Command, but: click.Parameter) -> list[str]:
    """What the command needs, without the parameter that is bent."""
    words: list[str] = []
    for parameter in command.params:
        if parameter is but or not parameter.required:
            continue
        value = USUAL.get(parameter.name or "", "x")
        words += [parameter.opts[0], value] if isinstance(parameter, click.Option) else [value]
    return words


def bent() -> list[tuple[str, ...]]:
    """Every command line that is tried."""
    tried = []
    for words, command in commands():
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.is_flag:
                continue
            for value in NONSENSE:
                given = [parameter.opts[0], value] if isinstance(parameter, click.Option) else ["--", value]
                usual = usual_words(command, parameter)
                tried.append((*words, *usual, *given))
    return tried


@pytest.mark.more
def test_nonsense_is_answered_with_a_sentence(
    acme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = bent()
    assert len(lines) > 1_000
    if not many():
        lines = random.Random(7).sample(lines, 150)
    faults = []
    for words in lines:
        result = CliRunner().invoke(main, list(words), input="")
        fine = result.exception is None or isinstance(result.exception, SystemExit)
        if not fine or result.exit_code not in {0, 1, 2} or "Traceback" in result.stderr:
            faults.append((tuple(word[:60] for word in words), repr(result.exception)[:300]))
    assert faults == []


@pytest.mark.parametrize(
    "words",
    [
        ("share", "revoke", "99999999999999999999"),
        ("share", "rotate", str(2**31)),
        ("source", "close", "99999999999999999999"),
        ("jobs", "retry", "99999999999999999999"),
        ("sql", "\udcff", "--agency", "north"),
        ("user", "disable", "\udcff"),
    ],
)
def test_a_number_no_row_has_and_bytes_that_are_no_text_are_usage(acme: str, words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == 2
    assert result.stderr.startswith("Usage:")


def test_a_password_through_stdin_that_is_no_text_is_told(acme: str) -> None:
    words = ["user", "set-password", "alice@north.example", "--password-stdin"]
    piped = CliRunner().invoke(main, words, input=b"\xff\n")
    assert (piped.exit_code, piped.stderr) == (1, "Error: The password on stdin is no text (UTF-8).\n")
