"""A long answer on its way out: made into a file first, then sent from it.

A client may read as slowly as it likes, so nothing that is scarce may wait for it. waitress sends a file from
its one loop (`wsgi.file_wrapper`): the thread, the database and its memory are free as soon as the file is made.
Until the file is sent, or its connection ends (web/serve.py has the deadlines), it holds a seat of kind DOWNLOAD.

The file has no name, so the system removes it when the process ends, however it does.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import IO, BinaryIO, TypeVar, cast

from flask import Response, send_file

from data.errors import NO_DISK, OutOfRoom

_Made = TypeVar("_Made")


class Spooled:
    """An open file that calls `sent` when it is closed, once."""

    def __init__(self, file: IO[bytes], sent: Callable[[], None]) -> None:
        self._file, self._sent = file, sent
        self.read, self.seek, self.tell = file.read, file.seek, file.tell

    def close(self) -> None:
        """Let go of the file and of its seat."""
        self._file.close()
        self._sent()


def spool(
    folder: Path,
    sent: Callable[[], None],
    work: AbstractContextManager[None],
    make: Callable[[BinaryIO], _Made],
) -> tuple[Spooled, _Made]:
    """What `make` writes, made within `work`, at its beginning; and what `make` gives.

    `sent` is called when the file is closed, or here when it is not made. Raises OutOfRoom and as `make`.
    """
    file: IO[bytes] | None = None
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it stays open until it is sent
        except OSError as error:
            raise OutOfRoom(NO_DISK) from error
        with work:
            made = make(cast(BinaryIO, file))
        try:
            file.flush()
        except OSError as error:
            raise OutOfRoom(NO_DISK) from error
        file.seek(0)
    except BaseException:
        if file is not None:
            with suppress(OSError):  # what is left in its buffer has no room either, and nobody will read it
                file.close()
        sent()
        raise
    return Spooled(file, sent), made


def sending(file: Spooled, mimetype: str) -> Response:
    """The response that sends the file; it closes the file, whatever becomes of it."""
    file.seek(0, os.SEEK_END)
    length = file.tell()
    file.seek(0)
    response = send_file(cast(IO[bytes], file), mimetype=mimetype, conditional=False, etag=False)
    response.content_length = length
    return response
