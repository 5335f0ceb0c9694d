"""Five hundred people look at one page while events come in: how soon each has the figures, and what it costs.

Each viewer does what the open page does (assets/portal.js): it asks a second after the last answer, with the tag it
has. An event counts as shown to a viewer with the first answer of another tag after its acknowledgement. Viewers
and server share the machine, so what both cost is told in CPU seconds, too.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from dataclasses import dataclass, field

from tests.bench.bench_refresh import send_openings
from tests.bench.ground import Ground
from tests.bench.server import cpu_s, peak_mb, running
from tests.bench.table import Row, quantile

VIEWERS, SECONDS, EVERY_S, LOOK_S = 500, 600, 5.0, 1.0
_TAG = re.compile(rb'ETag: (?:W/)?("[^"]+")', re.IGNORECASE)
_LENGTH = re.compile(rb"Content-Length: (\d+)", re.IGNORECASE)


@dataclass
class Seen:
    """When events were acknowledged, how long each viewer waited for them, and the answers by status."""

    acknowledged: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)
    never: int = 0
    connections: int = 0


def measure(ground: Ground, viewers: int = VIEWERS, seconds: float = SECONDS) -> list[Row]:
    """Seconds from an event's acknowledgement to each viewer's page, and the web process's memory and CPU."""
    workspace_id = ground.chosen["middle"]
    seen = Seen()
    with running(ground.settings.home) as (port, process_id):
        end = time.perf_counter() + seconds
        events = threading.Thread(target=_events, args=(ground, workspace_id, seen, end))
        begun = cpu_s(process_id)
        events.start()
        asyncio.run(_look(port, ground.address(workspace_id), viewers, seen, end))
        events.join()
        cpu, memory = cpu_s(process_id) - begun, peak_mb(process_id)
    asked = sum(seen.answers.values())
    note = f"{viewers} viewers, {len(seen.acknowledged)} events in {seconds:.0f} s, answers {seen.answers}"
    return [
        Row("live: event to every page, p50", quantile(seen.waits, 0.5), "s", None, note),
        Row("live: event to every page, p99", quantile(seen.waits, 0.99), "s", 2.0, f"{seen.never} never"),
        Row("live: the slowest page", max(seen.waits), "s", None),
        Row(
            "live: polls a second", asked / seconds, "1/s", None, f"{1_000 * cpu / asked:.1f} ms of CPU each"
        ),
        Row("live: web process, peak memory", memory, "MB", 350),
    ]


def _events(ground: Ground, workspace_id: int, seen: Seen, end: float) -> None:
    while time.perf_counter() < end - 2 * EVERY_S:
        send_openings(ground, [workspace_id], 1)
        seen.acknowledged.append(time.perf_counter())
        time.sleep(EVERY_S)


async def _look(port: int, path: str, viewers: int, seen: Seen, end: float) -> None:
    await asyncio.gather(*(_viewer(port, path, n / viewers * LOOK_S, seen, end) for n in range(viewers)))


async def _viewer(port: int, path: str, first: float, seen: Seen, end: float) -> None:
    await asyncio.sleep(first)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    seen.connections += 1
    tag, known = b'""', len(seen.acknowledged)
    while time.perf_counter() < end:
        writer.write(
            f"GET {path}live HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Mozilla/5.0 (X11) Firefox/140.0\r\n"
            f"Accept-Encoding: gzip\r\nIf-None-Match: ".encode()
            + tag
            + b"\r\n\r\n"
        )
        asked = len(seen.acknowledged)  # what was acknowledged before it asked has to be in the answer
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (
            asyncio.IncompleteReadError,
            ConnectionError,
        ):  # ended meanwhile: as a browser, ask by a new one
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            seen.connections += 1
            continue
        status = int(head[9:12])
        length = _LENGTH.search(head)
        if status == 200 and length is not None:
            await reader.readexactly(int(length[1]))
        seen.answers[status] = seen.answers.get(status, 0) + 1
        found = _TAG.search(head)
        if status in {200, 304}:
            at = time.perf_counter()
            seen.waits += [at - seen.acknowledged[n] for n in range(known, asked)]
            known = max(known, asked)
        if found is not None:
            tag = found[1]
        await asyncio.sleep(LOOK_S)
    seen.never += len(seen.acknowledged) - known
    writer.close()
