"""The portal page's server time, warm, over waitress: kept, rendered anew, after a new event, and many at once.

Beside it the same figures from the messages mart (`facts.py`), in the same run on the same machine.
"""

from __future__ import annotations

import http.client
import threading
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from data.building.merging import merge_layers
from data.query import ask as query
from data.query.ask import Query
from data.scope import Scope
from tests.bench.bench_refresh import send_openings
from tests.bench.facts import Facts
from tests.bench.ground import Ground
from tests.bench.server import peak_mb, running
from tests.bench.table import Row, quantile

PAGES = 60
VIEWERS = 8


def measure(ground: Ground) -> list[Row]:
    """Milliseconds of whole requests from a client on the same machine."""
    paths = {name: ground.address(workspace_id) for name, workspace_id in ground.chosen.items()}
    raw = {name: _raw(ground, workspace_id) for name, workspace_id in ground.chosen.items()}
    rows: list[Row] = []
    with running(ground.settings.home) as (port, process_id):
        for name, path in paths.items():
            rows += _rows(f"portal, {name}, kept page", _times(port, path, PAGES), 25.0)
        rows.append(_at_once(port, list(paths.values())))
        rows.append(Row("web process, peak memory", peak_mb(process_id), "MB", 350))
    with running(ground.settings.home, uncached=True) as (port, _):
        for name, path in paths.items():
            times = _times(port, path, PAGES)
            rows += _rows(f"portal, {name}, rendered anew", times, 25.0, raw[name][0])
    # Last: a fold that takes long would stand in the way of everything after it.
    with running(ground.settings.home) as (port, _):
        for name in reversed(paths):
            rows.append(_after_event(ground, port, name, paths[name]))
    for name, (milliseconds, note) in raw.items():
        rows.append(Row(f"same figures from the messages, {name}", milliseconds, "ms", None, note))
    return rows


def _rows(name: str, times: list[float], aim: float, raw: float | None = None) -> list[Row]:
    p50 = quantile(times, 0.5)
    note = f"{len(times)} requests" if raw is None else f"{raw / p50:.1f}× quicker than from the messages"
    return [Row(f"{name}, p50", p50, "ms", 10.0, note), Row(f"{name}, p95", quantile(times, 0.95), "ms", aim)]


def _times(port: int, path: str, pages: int) -> list[float]:
    """Milliseconds of `pages` requests over one connection, after five to warm up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    found = [_get(connection, path) for _ in range(5 + pages)][5:]
    connection.close()
    return found


def _get(connection: http.client.HTTPConnection, path: str) -> float:
    begun = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    milliseconds = 1_000 * (time.perf_counter() - begun)
    shown = body.partition(b"<body")[2]  # the styles before it name every state
    if answer.status != 200 or b"is-failed" in shown or shown.count(b"data-tile=") < 9:
        raise SystemExit(f"The page answered {answer.status} without all of its tiles.")
    return milliseconds


def _at_once(port: int, paths: list[str]) -> Row:
    times: list[float] = []

    def view(number: int) -> None:
        times.extend(_times(port, paths[number % len(paths)], PAGES))

    viewers = [threading.Thread(target=view, args=(number,)) for number in range(VIEWERS)]
    begun = time.perf_counter()
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    rate = VIEWERS * (PAGES + 5) / (time.perf_counter() - begun)
    waits = f"p50 {quantile(times, 0.5):.0f} ms, p95 {quantile(times, 0.95):.0f} ms"
    note = f"{VIEWERS} viewers, {waits}; the client takes its share"
    return Row("portal, kept pages at once", rate, "pages/s", 150, note, more=True)


def _after_event(ground: Ground, port: int, name: str, path: str) -> Row:
    """The first look after a new event: drained, folded in, rendered."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times = []
    for _ in range(5):
        send_openings(ground, [ground.chosen[name]], 1)
        try:
            times.append(_get(connection, path))
        except TimeoutError:
            connection.close()
            return Row(
                f"portal, {name}, first look after an event", 60_000, "ms", 2_000, "no answer in a minute"
            )
    connection.close()
    note = f"worst of 5: {max(times):,.0f} ms; event acknowledged → in the page"
    return Row(f"portal, {name}, first look after an event", quantile(times, 0.5), "ms", 2_000, note)


def _raw(ground: Ground, workspace_id: int) -> tuple[float, str]:
    """(median milliseconds of the page's figures from the messages, whether `data.query.ask` says the same)."""
    lake, scope = ground.services.lake, Scope(frozenset({workspace_id}))
    # A developer without layers has each message once.
    merge_layers(lake, [workspace_id], everything=True)
    current = query.state(lake, scope, workspace_id)
    files = [one.files["messages"] for one in current.layers if "messages" in one.files]
    facts = Facts([str(lake.path(file.path)) for file in files], workspace_id, current.timezone)
    figures, _ = facts.page()
    times = [facts.page()[1] for _ in range(15)]
    facts.close()
    last = datetime.now(UTC).astimezone(ZoneInfo(current.timezone)).date()
    span = {"from": last - timedelta(days=27), "to": last}
    ours = query.ask_all(
        lake,
        scope,
        workspace_id,
        {
            "open now": Query(name="rate", data_type="open", **span),
            "reply now": Query(name="rate", data_type="reply", attribution="lead", **span),
            "positive now": Query(name="rate", data_type="positive_reply", attribution="lead", **span),
        },
    )
    differ = [key for key, answer in ours.items() if figures[key] != (answer["n"], answer["base"])]
    rows = sum(one.rows for one in current.layers)
    same = f"DIFFERENT: {', '.join(differ)}" if differ else "same figures"
    return quantile(
        times, 0.5
    ), f"{rows:,} messages, 10 statements, p95 {quantile(times, 0.95):.0f} ms; {same}"
