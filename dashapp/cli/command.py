"""What every command has in common: `--json`, one document on stdout, and errors as one sentence.

A command returns an `Answer`; how it is printed and which exit code it has is decided here alone
(docs/interfaces.md: 0, 1 with a sentence, 2 for usage).
"""

from __future__ import annotations

import difflib
import json
import logging
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import click

from dashapp.errors import VitrineError
from data.errors import BadQuery, DataError

#: The number of a row. No database has a row beyond it, and drivers cannot ask for one.
ROW_ID = click.IntRange(1, 2**31 - 1)
#: The same for tables that outgrow it.
BIG_ROW_ID = click.IntRange(1, 2**63 - 1)


@dataclass(frozen=True)
class Answer:
    """`document`: printed with --json (None: nothing). `text`: without. `problem`: exit 1, on stderr."""

    document: Any
    text: str = ""
    problem: str | None = None


class Command(click.Command):
    """A click command whose function returns an Answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        as_json = click.Option(["--json", "as_json"], is_flag=True, help="One JSON document on stdout.")
        self.params.append(as_json)

    def invoke(self, ctx: click.Context) -> None:
        """Run it, print the answer, and turn what is known to go wrong into a sentence."""
        as_json = bool(ctx.params.pop("as_json", False))
        ctx.meta["vitrine.json"] = as_json
        logging.basicConfig(
            stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s"
        )
        _refuse_no_text(ctx)
        try:
            answer = super().invoke(ctx)
        except BadQuery as error:
            raise click.UsageError(str(error), ctx) from error
        except (VitrineError, DataError) as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(_system(error)) from error
        except Exception as error:
            sentence = _database(error)
            if sentence is None:
                raise
            raise click.ClickException(sentence) from error
        if isinstance(answer, Answer):
            _print(answer, as_json)
            if answer.problem:
                raise click.ClickException(answer.problem)


class Group(click.Group):
    """A family of commands such as `share create`; its members are `Command`s."""

    command_class = Command


def wants_json() -> bool:
    """Whether the running command was given --json (its prose then goes to stderr)."""
    return bool(click.get_current_context().meta.get("vitrine.json", False))


def nearest(word: str, known: Iterable[str]) -> str:
    """' Did you mean …?' for a mistyped name, or an empty text."""
    near = difflib.get_close_matches(word, list(known), n=2, cutoff=0.5)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _refuse_no_text(ctx: click.Context) -> None:
    """Bytes that are no UTF-8 reach us as characters no database and no file takes; a path may hold them."""
    for name, value in ctx.params.items():
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and any("\ud800" <= character <= "\udfff" for character in text):
                raise click.UsageError(f"{name.replace('_', ' ')} holds bytes that are no text (UTF-8).", ctx)


def _print(answer: Answer, as_json: bool) -> None:
    if as_json:
        if answer.document is not None:
            click.echo(json.dumps(answer.document, ensure_ascii=False, default=str))
    elif answer.text:
        click.echo(answer.text)


def _system(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    return f"The system refused: {error.strerror or error}{where}."


def _database(error: Exception) -> str | None:
    """A sentence for a database that cannot be used; None for any other error, which is a fault of ours."""
    from sqlalchemy.exc import OperationalError

    if not isinstance(error, OperationalError):
        return None
    reason = str(error.orig or error).strip().splitlines()[0]
    return f"The database cannot be used: {reason}. Check VITRINE_DATABASE_URL and the disk, then try again."
