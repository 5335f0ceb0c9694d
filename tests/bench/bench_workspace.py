"""One big workspace: its dashboard, timeline, contacts, search, a contact's card, files in and out.

`make bench ARGS="--events 10_000_000 --workspaces 1 --only build workspace"`: every third message is to a new
person, so this makes 1.9 million contacts. The pages are asked over waitress, warm.
"""

from __future__ import annotations

import html
import json
import re
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashapp.crm.contacts.actor import Actor
from dashapp.crm.files import imports
from dashapp.db.contacts import Contact
from dashapp.db.tenants import Workspace
from data.scope import Scope
from jobs.intake.people import catch_up
from tests.bench.bench_views import Desk, password_of_person
from tests.bench.ground import Ground
from tests.bench.server import peak_mb, running
from tests.bench.table import Row, quantile

LOOKS, DEEP = 40, 60
IMPORTED = 50_000
SORTS = ("", "name", "-opened", "owner", "-company", "-replied")


def measure(ground: Ground) -> list[Row]:
    """Milliseconds as a client on the same machine sees them; rows a second of files; peak memory."""
    password, key = password_of_person(ground), ground.ids[0]
    begun = time.perf_counter()
    taken = catch_up(ground.services.lake)
    seconds = time.perf_counter() - begun
    with ground.services.session() as session:
        slug = session.get_one(Workspace, key).slug
        people = session.scalar(select(func.count()).where(Contact.workspace_id == key)) or 0
        some = session.scalars(select(Contact).where(Contact.workspace_id == key).limit(LOOKS)).all()
        ids, names = [one.id for one in some], [one.key.partition("@")[0] for one in some]
    rows = []
    if taken:
        rows.append(Row("contacts made from events", taken / seconds, "a second", None, f"{taken:,}", True))
    with running(ground.settings.home) as (port, process_id):
        desk = Desk(f"http://127.0.0.1:{port}", password)
        rows += _pages(desk, slug, ids, names)
        begun = time.perf_counter()
        sent = len(desk.get(f"/w/{slug}/contacts.csv"))
        rate = sent / 1e6 / (time.perf_counter() - begun)
        rows.append(Row("contacts as CSV", rate, "MB/s", None, f"{sent / 1e6:,.0f} MB", True))
        rows.append(Row("web process, peak", peak_mb(process_id), "MB", 350, f"{people:,} contacts"))
    rows.append(Row("contacts from a file", _import(ground, key), "rows/s", 20_000, f"{IMPORTED:,}", True))
    return rows


def _pages(desk: Desk, slug: str, ids: list[int], names: list[str]) -> list[Row]:
    person, name = cycle(ids), cycle(names)
    sort = cycle(SORTS)
    part = f"/w/{slug}/part.html?of="

    def found(path: str) -> float:
        begun = time.perf_counter()
        if not desk.get(path):
            raise SystemExit(f"{path} is empty.")
        return 1_000 * (time.perf_counter() - begun)

    def said(word: str) -> str:
        return urllib.parse.quote(word)

    rows = _rows("dashboard", lambda: desk.timed("url", f"/w/{slug}", "?period=7")[0], 80)
    rows += _timeline(desk, slug)
    asked: list[tuple[str, Callable[[], str], float]] = [
        ("contacts, a page, six sorts", lambda: f"{part}contacts&sort={next(sort)}", 60),
        ("contacts, a search", lambda: f"{part}contacts&q={said(next(name))}", 60),
        ("contacts, a search nobody answers to", lambda: f"{part}contacts&q=zzqqxx", 60),
        ("a contact's card", lambda: f"{part}contact&id={next(person)}", 60),
        ("search everywhere", lambda: f"/search.json?at={slug}&q={said(next(name))}", 50),
    ]
    for what, path, aim in asked:
        rows += _rows(what, lambda path=path: found(path()), aim)  # type: ignore[misc]
    return rows


def _timeline(desk: Desk, slug: str) -> list[Row]:
    """Older lines, one page after another, and what one line holds."""
    path, search = f"/w/{slug}", "?period=90"
    _, body = desk.timed("url", path, search)
    tile = next(one for one in _attributes(body, "data-tile") if "timeline" in one)
    line, after = _attributes(body, "data-line")[0], _attributes(body, "data-line-older")[0]

    def older() -> float:
        nonlocal after
        asked = {"op": "older", "tile": tile, "after": after, "at": 0}
        milliseconds, answer = desk.timed("line-asked", asked, path, search)
        after = json.loads(answer)["response"]["line-answered"]["data"]["after"]
        return milliseconds

    def opened() -> float:
        asked = {"op": "list", "tile": tile, "line": line, "at": 0}
        return desk.timed("line-asked", asked, path, search)[0]

    rows = _rows("timeline, older lines", older, 60, DEEP)
    return rows + _rows("timeline, what a line holds", opened, 60)


def _attributes(body: str, name: str) -> list[str]:
    """The values of an HTML attribute in the answer of a callback."""
    return [html.unescape(one) for one in re.findall(rf'{name}=\\"(.*?)\\"', body)]


def _rows(what: str, ask: Callable[[], float], aim: float, count: int = LOOKS) -> list[Row]:
    times = [ask() for _ in range(3 + count)][3:]
    return [
        Row(f"{what}, p50", quantile(times, 0.5), "ms", None, f"{count} times"),
        Row(f"{what}, p95", quantile(times, 0.95), "ms", aim),
    ]


def _import(ground: Ground, workspace_id: int) -> float:
    """Rows a second of new people with a company and a custom field."""
    stamp = time.time_ns()

    @contextmanager
    def writing() -> Iterator[Session]:
        with ground.services.session() as session:
            yield session

    with ground.services.session() as session:
        workspace = session.get_one(Workspace, workspace_id)
        session.expunge(workspace)
    actor = Actor("bench@north.example", workspace, Scope(frozenset({workspace_id})))
    records = [
        {
            "email": f"p{n}.{stamp}@file.example",
            "name": f"Person {n}",
            "company": f"Firm {n % 5_000}",
            "Tier": "A",
        }
        for n in range(IMPORTED)
    ]
    begun = time.perf_counter()
    told = imports.load(writing, actor, records)
    if told.refused:
        raise SystemExit(f"Refused: {told.refused[0]}")
    return IMPORTED / (time.perf_counter() - begun)
