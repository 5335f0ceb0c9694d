"""One agency does its worst on everything at once: the others have their portals, hooks, files and statements.

Charlie of South is the one, over real connections to the real server; Alice of North wants to work.
"""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from dashapp.config import Settings
from dashapp.data_team import statements
from dashapp.reports.paper import press
from dashapp.services import Services
from dashapp.web import data_files, serve
from dashapp.web.middleware import deadlines
from data.engines.duckdb import OutOfMemory
from data.errors import NO_MEMORY
from data.tables import browse as looking
from data.tables import statement as desk_sql
from data.tables.browse import Taken
from tests.support.data_house import SOUTH_SENT

#: More than the two ends of a connection hold between them.
LARGE = 24 * 2**20
TABLES_AT = "/data/tables"


def until(true: Callable[[], object]) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


class Person:
    """Somebody who is logged in, over connections of their own."""

    def __init__(self, browser: Any, port: int) -> None:
        cookies = "; ".join(f"{one.key}={one.value}" for one in browser.client._cookies.values())
        self.port, self.headers = port, {"Cookie": cookies, "X-CSRFToken": browser.csrf, "Host": "localhost"}

    def begin(self, path: str) -> socket.socket:
        """Ask, and read nothing of the answer."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", self.port))
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers.items())]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return connection

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask, and read it."""
        return self._ask("GET", path)

    def post(self, path: str, data: str, content_type: str) -> Any:
        """As the test client's, for the fixture `call`."""
        status, body = self._ask("POST", path, data, {"Content-Type": content_type})
        return SimpleNamespace(status_code=status, json=json.loads(body))

    def _ask(
        self, method: str, path: str, body: str | None = None, more: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, {**self.headers, **(more or {})})
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found


def status_of(connection: socket.socket) -> int:
    """The status of an answer of which nothing was read yet."""
    return int(connection.recv(12).split()[1])


@pytest.fixture
def port(app: Flask, running: Services) -> Iterator[int]:
    """The real server over the app."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        number = int(found.getsockname()[1])
    settings: Settings = running.settings.model_copy(update={"port": number})
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(target=serve.serve, args=(app, settings, stop, ready))
    thread.start()
    assert ready.wait(10)
    yield number
    stop.set()
    thread.join(40)
    assert not thread.is_alive()


def test_one_agency_does_its_worst_and_another_works(
    app: Flask,
    browser: Any,
    call: Any,
    running: Services,
    world: Any,
    rows: dict[str, int],
    port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By hand: South keeps 2 unread files, 2 statements and 8 PDFs; what it asks for beyond is 429."""
    end, south = threading.Event(), world.ids["colossus"]
    take_away, ask = looking.take_away, desk_sql.ask

    def much(lake: Any, scope: Any, slugs: Any, table: str, out: Any, *more: Any, **options: Any) -> Taken:
        if south not in slugs:
            return take_away(lake, scope, slugs, table, out, *more, **options)
        out.write(b"x" * LARGE)
        return Taken(1, 1)

    def slow_sql(lake: Any, scope: Any, slugs: Any, statement: str, limits: Any) -> Any:
        assert south not in slugs or end.wait(30)
        return ask(lake, scope, slugs, statement, limits)

    def slow_press(job: Any) -> bytes:
        assert "Colossus" not in job["html"] or end.wait(30)
        return b"%PDF-"

    monkeypatch.setattr(data_files.looking, "take_away", much)
    monkeypatch.setattr(statements.desk_sql, "ask", slow_sql)
    monkeypatch.setattr(press, "run", slow_press)
    charlie, alice = Person(browser("charlie"), port), Person(browser("alice"), port)
    statement = {"sql": "SELECT count(*) FROM messages", "at": 7}
    answers: list[Any] = []

    def use(kind: str) -> tuple[int, int]:
        found = running.seats.use()[kind]
        return found.seated, found.waiting

    # Files that are asked for and not read: two are on their way, without a thread; the others are refused.
    unread = [charlie.begin("/data/rows.csv?agency=south&table=messages") for _ in range(2)]
    until(lambda: (use("download"), use("table")) == ((2, 0), (0, 0)))
    assert [status_of(one) for one in unread] == [200, 200]
    refused = charlie.get("/data/rows.csv?agency=south&table=messages")
    assert refused[0] == 429
    assert b"still on their way" in refused[1]

    asking = [
        threading.Thread(
            target=lambda: answers.append(
                call(charlie, "sql-ask", statement, TABLES_AT, "?agency=south").json["response"]["sql-answer"]
            )
        )
        for _ in range(2)
    ]
    for one in asking:
        one.start()
    until(lambda: use("sql") == (1, 1))
    papers = [charlie.begin(f"/w/colossus/analytics.pdf?period={days}") for days in (7, 28, 90) * 3]
    papers += [charlie.begin(f"/p/{world.colossus_token}/report.pdf?period={days}") for days in (7, 28, 90)]
    until(lambda: use("paper") == (1, 7) and running.seats.use()["paper"].refused == 4)

    # Alice's own: her file, her statement, her report, her portal, her hook, and the health check.
    status, text = alice.get("/data/rows.csv?agency=north&table=messages")
    assert (status, len(text.splitlines())) == (200, 1 + 8)
    for _ in range(3):  # more than may be on their way: a file of which only the head is sent is not
        head = alice._ask("HEAD", "/data/rows.csv?agency=north&table=messages")
        assert head == (200, b"")
    found = call(alice, "sql-ask", statement, TABLES_AT, "?agency=north").json["response"]["sql-answer"][
        "data"
    ]
    assert found["rows"] == [[8]]
    assert alice.get("/w/harbour-coffee/analytics.pdf") == (200, b"%PDF-")
    assert alice.get("/data/tables?agency=north")[0] == 200
    guest = f"/p/{world.harbour_token}/"
    for path in (
        guest,
        f"{guest}live",
        f"{guest}report.pdf",
        f"{guest}tiles/sent.csv",
        "/healthz",
        "/readyz",
    ):
        assert alice.get(path)[0] == 200, path
    hook = alice._ask("POST", world.harbour_hook, "[]", {"Content-Type": "application/json"})
    assert hook[0] == 401, "it answers: this delivery is not signed"
    metrics = alice.get("/metrics")[1].decode()
    assert 'vitrine_seats_taken{kind="download"} 2' in metrics
    assert 'vitrine_seats_waiting{kind="paper"} 7' in metrics

    # South's files are not read: their connections end, and with them their seats.
    assert use("download") == (2, 0)
    monkeypatch.setattr(deadlines, "STALL_S", 0.0)
    until(lambda: use("download") == (0, 0))
    monkeypatch.setattr(deadlines, "STALL_S", 20.0)
    end.set()
    for one in asking:
        one.join(30)
    assert sorted(one["data"].get("rows", [[0]]) for one in answers) == [[[SOUTH_SENT]], [[SOUTH_SENT]]]
    assert sorted(status_of(one) for one in papers) == [200] * 8 + [429] * 4
    for kind in ("paper", "sql", "table", "answer", "download"):
        until(lambda kind=kind: use(kind) == (0, 0))  # type: ignore[misc]
    for connection in (*unread, *papers):
        connection.close()
    left = running.settings.home / "tmp"
    assert list(left.iterdir()) == [], "a file on its way has no name that could stay behind"


def test_a_desk_that_is_busy_leaves_the_others_theirs(
    alice: Any, browser: Any, client: Any, running: Services, world: Any, rows: dict[str, int]
) -> None:
    """South keeps all the threads an agency may: its next request is refused, everybody else's is not."""
    charlie, page = browser("charlie"), {"Accept": "text/html"}
    held = [running.seats.hold(world.ids["south"], serve.DESK) for _ in range(serve.DESK.of_one)]
    refused = charlie.get("/", headers=page)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
    assert "Others of your agency are waiting" in refused.text
    assert alice.get("/", headers=page).status_code == 200
    assert client.get("/healthz").status_code == 200
    assert client.get(f"/p/{world.colossus_token}/").status_code == 200
    for leave in held:
        leave()
    assert charlie.get("/", headers=page).status_code == 200
    assert running.seats.use()["desk"].seated == 0, "each request gives its own back"


def test_requests_that_fail_give_their_seat_back(
    alice: Any, running: Services, world: Any, rows: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(data_files.looking, "take_away", fail)
    for _ in range(4):  # more than may be on their way
        assert alice.get("/data/rows.csv?agency=north&table=messages").status_code == 500
    for _ in range(4):
        assert alice.get("/data/rows.csv?agency=north&table=nothing").status_code == 404
    assert {kind: one.seated for kind, one in running.seats.use().items() if one.seated} == {}


@pytest.mark.parametrize("where", ["count", "connection"])
def test_too_little_memory_is_503_with_a_sentence(
    alice: Any, running: Services, rows: dict[str, int], monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Wherever it is met on the way: at the first statement, or as rows are fetched."""
    from data.tables import rows as own_rows

    def full(*_: Any, **__: Any) -> None:
        raise OutOfMemory("Out of Memory Error: could not allocate block")

    if where == "count":
        monkeypatch.setattr(own_rows.OwnRows, "columns", full)
    else:
        monkeypatch.setattr(looking, "csv_pieces", full)
    answer = alice.get("/data/rows.csv?agency=north&table=messages")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json["detail"] == NO_MEMORY
    monkeypatch.undo()
    assert alice.get("/data/rows.csv?agency=north&table=messages").status_code == 200


def test_memory_that_is_really_too_little(
    alice: Any, call: Any, rows: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not made up: a file and a statement that may hold a megabyte, and may not spill."""
    from data.engines import duckdb as engine
    from data.tables import rows as own_rows

    def small(root: Path, *, threads: int, memory_mb: int) -> Any:
        return engine.connect(root, threads=1, memory_mb=1)

    monkeypatch.setattr(own_rows, "connect", small)
    answer = alice.get("/data/rows.csv?agency=north&table=messages")
    assert (answer.status_code, answer.json["detail"]) == (503, NO_MEMORY)
    asked = {"sql": "SELECT * FROM messages", "at": 7}
    told = call(alice, "sql-ask", asked, TABLES_AT, "?agency=north").json["response"]["sql-answer"]["data"]
    assert told == {"at": 7, "problem": NO_MEMORY}


def test_a_full_disk_is_503_with_a_sentence(
    alice: Any, running: Services, rows: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that is always full takes the place of the file."""
    full = Path("/dev/full")
    monkeypatch.setattr(
        "dashapp.web.middleware.spooled.tempfile.TemporaryFile", lambda dir: full.open("r+b", buffering=0)
    )
    answer = alice.get("/data/rows.csv?agency=north&table=messages")
    assert answer.status_code == 503
    assert "too little room" in answer.json["detail"]
    assert running.seats.use()["download"].seated == 0


def test_a_table_that_is_too_long_is_cut_and_says_so(
    alice: Any, rows: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by its bytes: a name may have thousands of characters."""
    monkeypatch.setattr(looking, "_BATCH", 3)
    cut = looking.take_away

    def little(*given: Any, **options: Any) -> Taken:
        return cut(*given, **options, most_bytes=600)

    monkeypatch.setattr(data_files.looking, "take_away", little)
    answer = alice.get("/data/rows.csv?agency=north&table=messages")
    taken = int(answer.headers["X-Vitrine-Rows"])
    assert 0 < taken < 8
    assert len(answer.text.splitlines()) == 1 + taken
    assert f'filename="north-messages-first-{taken}.csv"' in answer.headers["Content-Disposition"]
    assert answer.headers["X-Vitrine-Total"] == "8"
