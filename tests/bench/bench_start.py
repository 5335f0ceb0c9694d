"""From the command `vitrine serve` to its first page, of a home that is there already."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.ground import Ground
from tests.bench.table import Row, quantile

ROOT = Path(__file__).resolve().parents[2]
STARTS = 5
PATIENCE_S = 60.0


def measure(ground: Ground) -> list[Row]:
    """Seconds until a client's portal page has come, and until the log-in has."""
    pages = {"a portal page, middle": ground.address(ground.chosen["middle"]), "the log-in": "/login"}
    rows = []
    for name, path in pages.items():
        found = [_start(ground.settings.home, path) for _ in range(STARTS)]
        note = f"median of {STARTS}, worst {max(found):.2f} s"
        rows.append(Row(f"start to {name}", quantile(found, 0.5), "s", 3.0, note))
    return rows


def _start(home: Path, path: str) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("VITRINE_", "DASH_"))}
    settings = {"VITRINE_HOME": str(home), "VITRINE_PORT": str(port)}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "dashapp", "serve"],
        cwd=ROOT,
        env={**own, **settings},
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - began < PATIENCE_S:
            if _came(port, path):
                return time.perf_counter() - began
            time.sleep(0.01)
        raise SystemExit(f"The server did not answer within {PATIENCE_S:.0f} s.")
    finally:
        process.terminate()
        process.wait(timeout=40)


def _came(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status == 200
    except OSError:
        return False
    finally:
        connection.close()
