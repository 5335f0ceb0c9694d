"""The demo over a short history: loaded once, topped up without doubles, and served by real processes."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from dashapp.access.passwords import verify
from dashapp.access.scopes import cli_scope
from dashapp.cli.installation import open_house
from dashapp.cli.supervisor import Child, ChildFailed, Supervisor
from dashapp.db.contacts import STAGES, Contact, Deal
from dashapp.db.crm import TaskRow
from dashapp.db.tenants import User
from dashapp.demo import history as demo
from dashapp.demo.cast import DemoWorkspace, cast, password_of, portal_url
from dashapp.demo.feed import Feed
from dashapp.services import Services
from data.people.history import history_of
from tests.support.known import known

ROOT = Path(__file__).parents[2]
#: Tasks that are done already when a day's tasks are made (dashapp/demo/tasks.py).
DONE = 7


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setenv("VITRINE_HOME", str(tmp_path))
    monkeypatch.setattr(demo, "HISTORY_WEEKS", 1)
    return open_house()


def _known(services: Services, workspace_id: int) -> int:
    """How many events a workspace has: each is known by what happened and by its id."""
    with services.reading() as session:
        keys = sum(whose == workspace_id for whose, _key in known(session.connection()))
    assert keys % 2 == 0
    return keys // 2


@dataclass(frozen=True)
class Loaded:
    """The demo with a week behind it, loaded up to three days ago and then topped up to `now`."""

    services: Services
    places: list[DemoWorkspace]
    now: datetime


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VITRINE_HOME", str(tmp_path_factory.mktemp("demo")))
        patch.setattr(demo, "HISTORY_WEEKS", 1)
        services = open_house()
        places = cast(services)
        now = datetime.now(UTC).replace(microsecond=0)
        Feed(services, places).load(now - timedelta(days=3), lambda done, total: None)
        Feed(services, places).load(now, lambda done, total: None)
        yield Loaded(services, places, now)
        services.engine.dispose()


def test_it_loads_once_and_is_topped_up_to_the_event(loaded: Loaded) -> None:
    assert len(loaded.places) == 8
    for place in loaded.places:
        start = datetime(place.begin.year, place.begin.month, place.begin.day, tzinfo=UTC) - timedelta(days=1)
        expected = demo.events_between(place.agency, place.client, start, loaded.now, begin=place.begin)
        assert _known(loaded.services, place.workspace_id) == len(expected), place.client.key
    assert Feed(loaded.services, loaded.places).load(loaded.now, lambda done, total: None) == 0


def test_its_people_have_names_deals_at_every_stage_and_letters_of_every_kind_once(loaded: Loaded) -> None:
    house = loaded.services
    feed = Feed(house, loaded.places)
    shown = next(place for place in loaded.places if place.client is demo.SHOWN)
    before = _known(house, shown.workspace_id)
    letters = feed.people(loaded.now)
    assert letters > 100
    assert feed.people(loaded.now) == 0
    # The letters are those of all clients; the shown one's tasks that are done are events, too, each once.
    with house.reading() as session:
        done = session.scalars(select(TaskRow).where(TaskRow.done_at.is_not(None))).all()
        named = session.scalars(
            select(Contact.name).where(Contact.key.in_({task.lead for task in done if task.lead}))
        ).all()
    assert len(done) == DONE
    assert named
    assert all(named)
    assert DONE < _known(house, shown.workspace_id) - before < letters + DONE
    with house.reading() as session:
        stages = session.scalars(select(Deal.stage).where(Deal.workspace_id == shown.workspace_id).distinct())
        assert set(stages) == set(STAGES)
        everybody = session.scalars(
            select(Contact.key).where(Contact.workspace_id == shown.workspace_id)
        ).all()
        scope = cli_scope(session, shown.client.key)[1]
    categories = {
        mail.category for mail in history_of(house.lake, scope, shown.workspace_id, everybody).emails()
    }
    assert categories == {"marketing", "work_order", "e_signature", "card_payment", "individual"}


def test_a_second_start_finds_the_same_people_and_portal(house: Services) -> None:
    first = cast(house)
    url = portal_url(house, first)
    assert cast(house) == first
    assert portal_url(house, first) == url
    with house.reading() as session:
        owner = session.scalars(select(User).where(User.email == demo.AGENCIES[0].owner)).one()
        assert verify(owner.password_hash, password_of(house.settings.secret_key, owner.email))


def test_the_live_events_come_in(house: Services) -> None:
    places = cast(house)
    shown = next(place for place in places if place.client is demo.SHOWN)
    beat = Feed(house, places).live(shown, datetime.now(UTC))
    for _ in range(5):
        beat(datetime.now(UTC))
    assert _known(house, shown.workspace_id) == 5


def test_passwords_differ_between_people_and_installations() -> None:
    keys, people = ("a" * 40, "b" * 40), ("x@y.example", "z@y.example")
    made = {password_of(key, person) for key in keys for person in people}
    assert len(made) == 4
    assert all(len(password) >= 20 for password in made)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.long  # starts the web server twice and a worker; tests/e2e starts both, too
def test_web_and_worker_are_kept_up_and_stopped(house: Services, tmp_path: Path) -> None:
    port = _free_port()
    web = Child("web", ("serve", "--port", str(port)), tmp_path / "web.log")
    worker = Child("worker", ("worker",), tmp_path / "worker.log")
    supervisor = Supervisor([web, worker])
    try:
        supervisor.start()
        supervisor.await_answer("127.0.0.1", port, 60)
        assert web.process is not None
        web.process.kill()
        web.process.wait()
        supervisor.watch()
        supervisor.await_answer("127.0.0.1", port, 60)
    finally:
        supervisor.stop()
    said = (tmp_path / "web.log").read_text() + (tmp_path / "worker.log").read_text()
    assert [child.process.returncode for child in (web, worker) if child.process] == [0, 0], said


def test_a_child_that_cannot_start_is_told_with_its_last_words(house: Services, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        supervisor = Supervisor([Child("web", ("serve", "--port", str(port)), tmp_path / "web.log")])
        try:
            supervisor.start()
            deadline = time.monotonic() + 30
            while not supervisor.children[0].fallen() and time.monotonic() < deadline:
                time.sleep(0.1)
            with pytest.raises(ChildFailed, match=r"did not start: .*in use"):
                supervisor.await_answer("127.0.0.1", _free_port(), 5)
        finally:
            supervisor.stop()


def test_children_end_with_a_parent_that_was_killed(house: Services, tmp_path: Path) -> None:
    port = _free_port()
    code = (
        "import sys, time; from pathlib import Path; from dashapp.cli.supervisor import Child\n"
        f"child = Child('web', ('serve', '--port', '{port}'), Path({str(tmp_path / 'web.log')!r}))\n"
        "child.start()\n"
        "print(child.process.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    parent.stdout.readline()
    Supervisor([]).await_answer("127.0.0.1", port, 60)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(0.1)
    pytest.fail("the web process lives on")


@pytest.mark.long  # the whole demo as a process; its parts are above
def test_the_command_says_one_line_and_stops_on_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole command; its history is cut short, which nobody can do from outside."""
    monkeypatch.setenv("VITRINE_HOME", str(tmp_path))
    code = (
        "from dashapp.demo import history as demo; demo.HISTORY_WEEKS = 1\n"
        "from dashapp.cli import main; main(['demo', '--port', '0', '--json'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    timer = threading.Timer(150, process.kill)
    timer.start()
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert set(ready) == {"url", "owner", "client", "portal_url"}
        assert set(ready["owner"]) == set(ready["client"]) == {"email", "password"}
        assert ready["portal_url"].startswith(ready["url"] + "/p/")
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
        timer.cancel()
    assert rest == ""
    assert process.returncode == 0
