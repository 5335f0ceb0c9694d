"""Reading whole mails in a process of its own, with limits on its memory and time.

One process a program, started with the first mail and ended after a while without any; mails take turns in it, for
one is read in some milliseconds. When it does not answer in time it is ended, the mail is parked by whoever asked,
and the next mail gets a new process.

Why here and not in the worker: what the mail became is in the answer to the provider and in the inbox before it,
with the guarantees every other delivery has, and there is no second place where mails wait.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any, BinaryIO, Final, cast

from data.errors import InboxBusy, Unreadable

#: Seconds one mail may take, and how long a mail waits for those before it.
SECONDS: Final = 10.0
PATIENCE: Final = 10.0
#: Mails after which a process is replaced, and seconds without a mail after which it ends.
MOST_MAILS: Final = 1_000
IDLE_SECONDS: Final = 60.0
#: Memory of the process.
MEMORY_BYTES: Final = 1_000_000_000
_LENGTH: Final = struct.Struct(">Q")
_START: Final = (
    "import json, sys; sys.path[:0] = json.loads(sys.argv[1]);"
    " from data.sources.mail_process import main; main()"
)


class _Reader:
    """The process of this program; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._mails = 0
        self._owner = os.getpid()
        self._idle: threading.Timer | None = None

    def ask(self, raw: bytes) -> dict[str, Any]:
        """What `main` answers of a mail. Raises Unreadable: it ended or was ended; InboxBusy: others wait."""
        if self._owner != os.getpid():  # a fork has the pipes, but not the right to them
            self.__init__()  # type: ignore[misc]
        if not self._lock.acquire(timeout=PATIENCE):
            raise InboxBusy("Too many mails wait to be read; send it again in a few seconds.")
        try:
            if self._idle is not None:
                self._idle.cancel()
            process = self._ready()
            watchdog = threading.Timer(SECONDS, process.kill)
            watchdog.daemon = True
            watchdog.start()
            try:
                to, out = cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout)
                to.write(_LENGTH.pack(len(raw)))
                to.write(raw)
                to.flush()
                line = out.readline()
            except (BrokenPipeError, OSError):
                line = b""
            finally:
                watchdog.cancel()
            if not line.endswith(b"\n"):
                self._end()
                raise Unreadable("The mail could not be read within the time and memory a mail may take.")
            self._mails += 1
            if self._mails >= MOST_MAILS:
                self._end()
            else:
                self._idle = threading.Timer(IDLE_SECONDS, self.rest)
                self._idle.daemon = True
                self._idle.start()
            answer: dict[str, Any] = json.loads(line)
            return answer
        finally:
            self._lock.release()

    def rest(self) -> None:
        """End the process unless a mail is being read."""
        if self._lock.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._lock.release()

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(  # noqa: S603  our own module, no shell
                [sys.executable, "-I", "-c", _START, json.dumps([path for path in sys.path if path])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
            )
        return self._process

    def _end(self) -> None:
        process, self._process, self._mails = self._process, None, 0
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()


_READER: Final = _Reader()


def from_mime(mail: bytes, event_id: str | None, raw: str, occurred_at: object = None) -> dict[str, Any]:
    """The canonical record of a raw mail, read elsewhere; `raw`: what is kept of the delivery.

    Raises Unreadable with the reason to park it, InboxBusy when the provider has to send it again.
    """
    from data.sources.mime import Mail, record_of

    answer = _READER.ask(mail)
    if "error" in answer:
        raise Unreadable(answer["error"])
    headers = [(str(name), str(value)) for name, value in answer["headers"]]
    return record_of(Mail(headers, answer["plain"], answer["markup"]), event_id, raw, occurred_at)


def main() -> None:
    """The process: mails come in one after the other, each with its length; one JSON line goes out for each."""
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from data.sources.mime import read_mail

    while head := sys.stdin.buffer.read(_LENGTH.size):
        raw = sys.stdin.buffer.read(_LENGTH.unpack(head)[0])
        try:
            mail = read_mail(raw)
            answer: dict[str, Any] = {"headers": mail.headers, "plain": mail.plain, "markup": mail.markup}
        except Unreadable as error:
            answer = {"error": str(error)}
        except MemoryError:
            answer = {"error": "The mail could not be read within the time and memory a mail may take."}
        except Exception as error:  # what a stranger wrote is parked, whatever it made of the reader
            answer = {"error": f"The mail cannot be read ({type(error).__name__})."}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()
