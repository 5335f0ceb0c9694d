"""Child processes of the demo: started, watched, started again when they fall, and stopped together."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from dashapp.errors import VitrineError

#: A child that falls more often than this within a minute is broken, not unlucky.
FALLS = 3
#: More than a child takes to drain and close: the web server up to 36 s (web/serve.py).
STOP_S = 45.0


class ChildFailed(VitrineError):
    """A child process does not stay up."""


@dataclass
class Child:
    """One `vitrine` command as a process; what it logs goes to a file."""

    name: str
    arguments: tuple[str, ...]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    falls: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it. Its stdin is a pipe of ours, so it notices when we are gone, however we went."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "dashapp", *self.arguments, "--with-parent"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    def fallen(self) -> bool:
        """Whether it has ended although nobody asked for it."""
        return self.process is not None and self.process.poll() is not None

    def last_words(self) -> str:
        """The last line it logged."""
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1].removeprefix("Error: ") if lines else "it said nothing"


class Supervisor:
    """Keeps its children up until `stop`."""

    def __init__(self, children: list[Child]) -> None:
        self.children = children

    def start(self) -> None:
        """Start all of them."""
        for child in self.children:
            child.start()

    def watch(self) -> None:
        """Start again what has fallen. Raises Fallen with the child's last words when that does not help."""
        now = time.monotonic()
        for child in self.children:
            if child.fallen():
                child.falls = [at for at in child.falls if at > now - 60] + [now]
                if len(child.falls) > FALLS:
                    raise ChildFailed(
                        f"The {child.name} process does not stay up: {child.last_words()} ({child.log})"
                    )
                child.start()

    def await_answer(self, host: str, port: int, seconds: float) -> None:
        """Wait until /healthz answers. Raises Fallen when a child ends first or the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for child in self.children:
                if child.fallen():
                    raise ChildFailed(
                        f"The {child.name} process did not start: {child.last_words()} ({child.log})"
                    )
            if _healthy(host, port):
                return
            time.sleep(0.1)
        raise ChildFailed(
            f"The web server did not answer within {int(seconds)} seconds; see {self.children[0].log}."
        )

    def stop(self) -> None:
        """Ask all to end, wait for them, and kill who does not."""
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        end = time.monotonic() + STOP_S
        for process in running:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _healthy(host: str, port: int) -> bool:
    connection = HTTPConnection("127.0.0.1" if host in {"0.0.0.0", ""} else host, port, timeout=2)  # noqa: S104
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
