"""Runs a person's own SQL over rows they may see, in a process that has nothing else (sealed_process.py)."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import pyarrow as pa

from data.errors import BadQuery

_SCRIPT: Final = Path(__file__).with_name("sealed_process.py")
#: Seconds the process may take to start and receive its tables, in addition to the statement's own time.
LOAD_SECONDS: Final = 60.0
#: Seconds beyond its time in which the process should have stopped the statement itself.
GRACE_SECONDS: Final = 2.0

#: Gives the rows of a table by its name. Called for those alone that the statement reads.
Supply = Callable[[str], pa.RecordBatchReader]


@dataclass(frozen=True)
class Limits:
    """What one statement may take; `rows`: of its answer."""

    seconds: float = 10.0
    rows: int = 1_000
    memory_mb: int = 1_000


@dataclass(frozen=True)
class Result:
    """An answer: `columns` are (name, type), `more` says that it had more rows than are here."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]
    more: bool
    seconds: float


def run(statement: str, known: Sequence[str], supply: Supply, limits: Limits) -> Result:
    """Run one statement over the tables `known`. Raises BadQuery with a sentence saying why there is no answer."""
    process = subprocess.Popen(  # noqa: S603  our own script, no shell
        [sys.executable, "-I", str(_SCRIPT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
    )
    watchdog = _Watchdog(process)
    try:
        with watchdog.over(LOAD_SECONDS):
            _give(process, statement, known, supply, limits)
        # The process stops itself in time; a single long step of DuckDB hears of nothing, and is ended here.
        with watchdog.over(limits.seconds + GRACE_SECONDS):
            return _result(_heard(_out(process)))
    except (BrokenPipeError, EOFError) as error:
        if watchdog.bit:
            raise BadQuery(f"It took more than {limits.seconds:g} seconds and was stopped.") from error
        raise BadQuery(
            "The statement used more than it may have and was ended; let it read or keep less."
        ) from error
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        process.wait()


class _Watchdog:
    """Ends the process when a part of the talk takes too long; `bit`: it had to."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.bit = False

    @contextmanager
    def over(self, seconds: float) -> Iterator[None]:
        """Watch over the block."""
        timer = threading.Timer(seconds, self._bite)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _bite(self) -> None:
        self.bit = True
        self._process.kill()


def _give(
    process: subprocess.Popen[bytes], statement: str, known: Sequence[str], supply: Supply, limits: Limits
) -> None:
    """The statement, and the tables it turns out to read."""
    to = cast(BinaryIO, process.stdin)
    asked = {
        "sql": statement,
        "known": list(known),
        "seconds": limits.seconds,
        "rows": limits.rows,
        "memory_mb": limits.memory_mb,
    }
    to.write(json.dumps(asked).encode() + b"\n")
    to.flush()
    for name in _heard(_out(process))["needs"]:
        with supply(name) as rows:
            try:
                with pa.ipc.new_stream(to, rows.schema) as stream:
                    for batch in rows:
                        stream.write_batch(batch)
            except BrokenPipeError:
                return  # it has said why on its way out
    with suppress(BrokenPipeError):
        to.close()


def _out(process: subprocess.Popen[bytes]) -> BinaryIO:
    return cast(BinaryIO, process.stdout)


def _result(said: dict[str, Any]) -> Result:
    columns = [(one["name"], one["type"]) for one in said["columns"]]
    return Result(columns, said["rows"], said["more"], said["seconds"])


def _heard(source: BinaryIO) -> dict[str, Any]:
    line = source.readline()
    if not line:
        raise EOFError
    said: dict[str, Any] = json.loads(line)
    if "error" in said:
        raise BadQuery(said["error"])
    return said
