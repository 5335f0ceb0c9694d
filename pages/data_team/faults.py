"""Why a run failed, for readers of the data team's page: a sentence in their language, and the technical text.

The ledger keeps the name of an exception and its text (jobs/runtime/executor.py), as the command line prints
them. Our own errors are sentences already, and are translated as reasons are. What Python, DuckDB or a database
said is English and means little to most: it is shown below a sentence that names the kind of problem.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from dash import html
from dash.development.base_component import Component

from dashapp.errors import VitrineError
from dashapp.languages import DEFAULT
from dashapp.ui.desk.html_component import attributes
from dashapp.ui.language.say import language, later, reason, say
from data.errors import DataError
from jobs.intake.poison import NotTheEvents
from pages.data_team.parts import cut

#: An exception as it is written down: its name, which no sentence of ours begins with, and its text.
_EXCEPTION: Final = re.compile(r"(?P<name>[A-Z]\w*): (?P<text>.*)", re.DOTALL)
#: The first of these that finds itself in the exception says what it is.
_KINDS: Final = (
    (
        re.compile(r"No space left on device|disk is full|Disk quota exceeded", re.IGNORECASE),
        later("There is no space left on the disk."),
    ),
    (
        re.compile(r"MemoryError|OutOfMemory|Cannot allocate memory"),
        later("There was not enough memory."),
    ),
    (
        re.compile(r"database is locked|lock timeout|deadlock", re.IGNORECASE),
        later("The database was busy for too long."),
    ),
    (
        re.compile(
            r"(Operational|Interface)Error.*(connect|unable to open|server closed|shutting down|starting up)"
            r"|DisconnectionError|QueuePool",
            re.DOTALL | re.IGNORECASE,
        ),
        later("The database could not be reached."),
    ),
    (
        re.compile(r"(Operational|Interface|Programming|Integrity|Data|Database|DBAPI)Error"),
        later("The database could not be used."),
    ),
    (
        re.compile(r"OSError|IOError|IOException|File\w*Error|PermissionError|IsADirectoryError"),
        later("A file could not be read or written."),
    ),
    (
        re.compile(r"Connection\w*Error|Timeout\w*"),
        later("Another server did not answer."),
    ),
)
_FAILED: Final = later("The run failed; the details are below.")


@dataclass(frozen=True)
class Fault:
    """`said`: for everybody. `technical`: the words of whatever failed, in English; empty where there are none."""

    said: str
    technical: str = ""


def fault(detail: str) -> Fault:
    """A run's detail, in the reader's language."""
    found = _EXCEPTION.fullmatch(detail)
    if found is None:
        return Fault(reason(detail))
    name, text = found["name"], found["text"]
    if name in _ours():
        told = reason(text)
        if language() == DEFAULT or told != text:
            return Fault(told)
    return Fault(say(_kind(detail)), detail)


def told(detail: str) -> list[Component]:
    """The same in a cell: the sentence, and the technical text on a line of its own."""
    found = fault(detail)
    parts: list[Component] = [html.Span(cut(found.said))] if found.said else []
    if found.technical:
        text = html.Code(cut(found.technical), className="dd-technical", **attributes({"lang": "en"}))
        parts.append(text)
    return parts


def _kind(detail: str) -> str:
    return next((said for pattern, said in _KINDS if pattern.search(detail)), _FAILED)


@cache
def _ours() -> frozenset[str]:
    """The names of our own errors: what they say is a sentence for the person who can act."""
    return frozenset(
        one.__name__ for base in (DataError, VitrineError, NotTheEvents) for one in _family(base)
    )


def _family(base: type[Exception]) -> list[type[Exception]]:
    return [base, *(one for child in base.__subclasses__() for one in _family(child))]
