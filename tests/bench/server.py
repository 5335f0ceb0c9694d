"""The web app over a bench's home in a process of its own, served by waitress as in production.

`python -m tests.bench.server HOME PORT [--uncached]`: without the portal's page cache every page is rendered.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashapp.app import create_app
from dashapp.portal.entering import _CACHE
from dashapp.portal.page_cache import PageCache
from dashapp.web.serve import serve
from data.cache import SHARES, Memory
from tests.bench.ground import settings_in


@contextmanager
def running(home: Path, *, uncached: bool = False) -> Iterator[tuple[int, int]]:
    """(port, process id) of a server that answers; ended at the end of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.bench.server", str(home), str(port), *["--uncached"] * uncached]
    process = subprocess.Popen(command)
    try:
        _wait(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=40)


def cpu_s(process_id: int) -> float:
    """The CPU seconds a process has used so far, in all its threads (Linux)."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(process_id: int) -> float:
    """The peak resident memory of a process, in MB (Linux)."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise SystemExit(f"The server ended with code {process.returncode}.")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/login")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise SystemExit("The server did not answer within a minute.")


def _serve(home: Path, port: int, uncached: bool) -> None:
    settings = settings_in(home).model_copy(update={"port": port})
    app = create_app(settings)
    if uncached:
        app.extensions[_CACHE] = PageCache(memory=Memory(dict.fromkeys(SHARES, 0)))
    serve(app, settings, threading.Event())


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]), "--uncached" in sys.argv)
