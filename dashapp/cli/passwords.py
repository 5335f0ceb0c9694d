"""Passwords on the command line: typed in unseen, or read from stdin. As an argument they can be seen by others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from dashapp.errors import Refused

Function = TypeVar("Function", bound=Callable[..., Any])
#: Longer than any password there can be: what comes through a pipe by mistake is not read to its end.
_LONGEST = 4_096
WARNING = (
    "Warning: other users of this machine can see a password given as an argument, and the shell keeps it; "
    "use --password-prompt or --password-stdin."
)


def password_options(text: str) -> Callable[[Function], Function]:
    """`--password P`, `--password-prompt` and `--password-stdin`, for `chosen_password`."""

    def decorate(function: Function) -> Function:
        for option in (
            click.option("--password-stdin", is_flag=True, help="Read it from the first line of stdin."),
            click.option("--password-prompt", is_flag=True, help="Ask for it, unseen."),
            click.option(
                "--password", metavar="P", help=f"{text} Seen by others: better one of the next two."
            ),
        ):
            function = option(function)
        return function

    return decorate


def chosen_password(password: str | None, *, prompt: bool, stdin: bool) -> str | None:
    """The password in the one way it was given; None without any. Raises Refused, or UsageError for two ways."""
    if sum((password is not None, prompt, stdin)) > 1:
        raise click.UsageError("Give the password in one way only.")
    if password is not None:
        click.echo(WARNING, err=True)
        return password
    if stdin:
        return first_line("password")
    return _asked() if prompt else None


def new_password(*, stdin: bool) -> str:
    """A password that must be given: from stdin, else asked for. Raises Refused without a terminal to ask at."""
    return first_line("password") if stdin else _asked()


def first_line(what: str) -> str:
    """The first line of stdin, which is a password or a secret. Raises Refused when there is none."""
    try:
        line = sys.stdin.readline(_LONGEST).rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Refused(f"The {what} on stdin is no text (UTF-8).") from error
    if not line:
        raise Refused(f"There is no {what} on stdin; write it there as one line.")
    return line


def _asked() -> str:
    if not sys.stdin.isatty():
        raise Refused("There is no terminal to ask for a password at; give it with --password-stdin.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt="Again", err=True))
