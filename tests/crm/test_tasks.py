"""Tasks: whose they are, what completing one counts, and how it is taken back. Alice owns, Bob analyses, Carla is a
member of Harbour Coffee who sees only her own, Charlie is a stranger."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from dashapp.crm import completing, tasks
from dashapp.crm.tasks import Desk
from dashapp.db.crm import TaskRow
from dashapp.db.tenants import User, Workspace, WorkspaceMember
from dashapp.errors import Conflict, NotAllowed, NotFound, Refused
from data.building.build import refresh
from data.intake import pending_events
from data.intake.inbox import Inbox
from data.lake.lake import Lake
from data.lake.segments import drain
from data.lake.tables import inbox
from data.query import timeline
from data.query.ask import Query, ask
from data.scope import Scope
from tests.support.tenants import North, South

ALICE, BOB, CARLA = "alice@north.example", "bob@north.example", "carla@harbour.example"
TODAY = datetime.now(UTC).date()
NOTE = "She wants the autumn menu."


@pytest.fixture
def house(engine: Engine, north: North, south: South) -> North:
    with Session(engine) as session, session.begin():
        carla = User(email=CARLA, name="Carla")
        session.add(carla)
        session.flush()
        session.add(WorkspaceMember(user_id=carla.id, workspace_id=north.harbour, role="member"))
    return north


def desk(session: Session, workspace_id: int, viewer: str, user: str | None = None) -> Desk:
    workspace = session.get_one(Workspace, workspace_id)
    workspace.timezone = "UTC"
    return Desk(workspace, viewer, user)


def call(session: Session, own: Desk, **more: Any) -> int:
    wanted = {"channel": "phone", "title": "Call Lou", "due_on": TODAY, "lead": "Lou@Leads.example", **more}
    return tasks.create(session, own, **wanted).id


def actions(lake: Lake, workspace_id: int, user: str | None = None) -> dict[str, dict[str, int]]:
    scope = Scope(frozenset({workspace_id}), user=user)
    found = ask(lake, scope, workspace_id, Query(name="action_analytics"))
    return {
        one["channel"]: {status["status"]: status["n"] for status in one["statuses"]}
        for one in found["channels"]
    }


def test_completing_a_call_counts_at_once_and_undo_takes_it_back(lake: Lake, house: North) -> None:
    with Session(lake.engine) as session, session.begin():
        own = desk(session, house.harbour, ALICE)
        task = call(session, own)
    assert actions(lake, house.harbour) == {}
    with Session(lake.engine) as session, session.begin():
        own = desk(session, house.harbour, ALICE)
        done = completing.complete(session, own, task, note=NOTE, disposition="booked")
    assert (done.disposition, done.note) == ("booked", NOTE)
    assert actions(lake, house.harbour) == {"phone": {"booked": 1}}
    assert actions(lake, house.harbour, user=BOB) == {}
    assert actions(lake, house.pine) == {}
    scope, asked = Scope(frozenset({house.harbour})), Query(name="timeline")
    group = ask(lake, scope, house.harbour, asked)["groups"][0]
    assert (group["event"], group["lead"], group["user"]) == ("booked", "lou@leads.example", ALICE)
    told = timeline.action(lake, scope, house.harbour, asked, "phone", group["action"])
    assert told is not None
    assert (told["note"], told["subject"]) == (NOTE, "Call Lou")
    engaged = ask(lake, scope, house.harbour, Query(name="engagement_overview"))
    assert (engaged["contacts"], engaged["engaged"]) == (1, 1)
    with Session(lake.engine) as session, session.begin():
        back = completing.undo(session, desk(session, house.harbour, ALICE), task)
    assert back.done_at is None
    assert actions(lake, house.harbour) == {}
    assert ask(lake, scope, house.harbour, Query(name="engagement_overview"))["contacts"] == 0


def test_after_ten_seconds_the_event_goes_into_the_inbox_once(lake: Lake, house: North) -> None:
    with Session(lake.engine) as session, session.begin():
        own = desk(session, house.harbour, ALICE)
        task = call(session, own)
        completing.complete(session, own, task, disposition="left_message")
    at = datetime.now(UTC)
    assert pending_events.release(lake.engine, at) == 0, "it can still be taken back"
    later = at + timedelta(seconds=12)
    assert pending_events.release(lake.engine, later) == 1
    assert pending_events.release(lake.engine, later) == 0
    assert actions(lake, house.harbour) == {"phone": {"left_message": 1}}, (
        "in the inbox, not in a segment yet"
    )
    with lake.engine.connect() as connection:
        assert connection.scalar(select(func.sum(inbox.c.events))) == 1
    drain(lake)
    refresh(lake)
    assert actions(lake, house.harbour) == {"phone": {"left_message": 1}}, "in both, counted once"
    with Session(lake.engine) as session, session.begin(), pytest.raises(Conflict, match="ten seconds"):
        completing.undo(session, desk(session, house.harbour, ALICE), task)
    assert pending_events.release(lake.engine, later + pending_events.STAYS) == 0
    with lake.engine.connect() as connection:
        assert pending_events.ids(connection, house.harbour) == ()
    assert actions(lake, house.harbour) == {"phone": {"left_message": 1}}


def test_killed_between_inbox_and_mark_it_is_not_doubled(
    lake: Lake, house: North, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(lake.engine) as session, session.begin():
        own = desk(session, house.harbour, ALICE)
        completing.complete(session, own, call(session, own, channel="linkedin"))
    later = datetime.now(UTC) + timedelta(seconds=12)
    put = Inbox.put

    def killed(*args: Any, **kwargs: Any) -> Any:
        put(*args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(Inbox, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        pending_events.release(lake.engine, later)
    monkeypatch.undo()
    assert pending_events.release(lake.engine, later) == 1
    drain(lake)
    refresh(lake)
    assert actions(lake, house.harbour) == {"linkedin": {"completed": 1}}


def test_a_completion_that_was_rolled_back_leaves_no_event(lake: Lake, house: North) -> None:
    with Session(lake.engine) as session:
        own = desk(session, house.harbour, ALICE)
        completing.complete(session, own, call(session, own), disposition="booked")
        session.rollback()
    assert actions(lake, house.harbour) == {}


def test_only_ones_own_and_only_once(sqlite_engine: Engine, engine: Engine, house: North) -> None:
    with Session(engine) as session, session.begin():
        alice, bob = desk(session, house.harbour, ALICE), desk(session, house.harbour, BOB)
        carla = desk(session, house.harbour, CARLA, user=CARLA)
        hers, his = call(session, alice, assignee=CARLA), call(session, alice, assignee=BOB)
        assert {task.id for task in tasks.due_today(session, alice)} == {hers, his}
        assert [task.id for task in tasks.due_today(session, alice, user=BOB)] == [his]
        assert [task.id for task in tasks.due_today(session, carla)] == [hers]
        with pytest.raises(NotAllowed, match=r"Only carla@harbour\.example"):
            completing.complete(session, bob, hers, disposition="booked")
        with pytest.raises(NotFound):
            completing.complete(session, carla, his, disposition="booked")
        with pytest.raises(NotFound):
            tasks.change(session, carla, his, 1, due_on=TODAY)
        with pytest.raises(Refused, match="how the call ended"):
            completing.complete(session, carla, hers)
        with pytest.raises(Conflict, match="nothing to undo"):
            completing.undo(session, carla, hers)
        completing.complete(session, carla, hers, disposition="bad_number")
        with pytest.raises(Conflict, match="completed already"):
            completing.complete(session, carla, hers, disposition="booked")
        completing.undo(session, carla, hers)
        with pytest.raises(Conflict, match="nothing to undo"):
            completing.undo(session, carla, hers)
        again = completing.complete(session, carla, hers, disposition="booked")
        assert again.disposition == "booked"
        with pytest.raises(Conflict):
            tasks.change(session, carla, hers, again.revision, due_on=TODAY)


def test_a_task_of_another_workspace_is_not_there(engine: Engine, house: North, south: South) -> None:
    with Session(engine) as session, session.begin():
        alice = desk(session, house.harbour, ALICE)
        task = call(session, alice)
        elsewhere = desk(session, house.pine, ALICE)
        charlie = desk(session, south.colossus, "charlie@south.example")
        for stranger in (elsewhere, charlie):
            for act in (
                lambda who: tasks.of(session, who, task),
                lambda who: completing.complete(session, who, task, disposition="booked"),
                lambda who: completing.undo(session, who, task),
                lambda who: tasks.change(session, who, task, 1, due_on=TODAY),
            ):
                with pytest.raises(NotFound):
                    act(stranger)
            assert tasks.listed(session, stranger, "due").tasks == []
            assert sum(tasks.counts(session, stranger).values()) == 0
        with pytest.raises(Refused, match="somebody of the team"):
            call(session, alice, assignee="charlie@south.example")


def test_a_note_of_a_megabyte_is_told_the_limit(engine: Engine, house: North) -> None:
    with Session(engine) as session, session.begin():
        own = desk(session, house.harbour, ALICE)
        task = call(session, own, channel="other")
        with pytest.raises(Refused, match="at most 10,000 characters; this one has 1,000,000"):
            completing.complete(session, own, task, note="x" * 1_000_000)
        done = completing.complete(session, own, task, note="a\0b\ud83d" + "é" * 9_990)
        assert done.note.startswith("a\ufffdb?")


@pytest.mark.parametrize(
    ("repeat", "due", "today", "expected"),
    [
        ("daily", date(2026, 3, 1), date(2026, 3, 12), date(2026, 3, 13)),
        ("weekly", date(2026, 3, 9), date(2026, 3, 12), date(2026, 3, 16)),
        ("weekly", date(2026, 3, 19), date(2026, 3, 12), date(2026, 3, 26)),
        ("monthly", date(2026, 1, 31), date(2026, 1, 31), date(2026, 2, 28)),
        ("monthly", date(2025, 12, 15), date(2025, 12, 15), date(2026, 1, 15)),
    ],
)
def test_a_task_that_repeats_comes_again(
    engine: Engine,
    house: North,
    monkeypatch: pytest.MonkeyPatch,
    repeat: str,
    due: date,
    today: date,
    expected: date,
) -> None:
    at = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    monkeypatch.setattr("dashapp.crm.tasks.desk.now", lambda: at)
    with Session(engine) as session, session.begin():
        own = desk(session, house.harbour, ALICE)
        task = call(session, own, channel="other", due_on=due, repeat=repeat)
        completing.complete(session, own, task)
        follower = session.get_one(TaskRow, session.get_one(TaskRow, task).next_id)
        assert (follower.due_on, follower.repeat, follower.assignee) == (expected, repeat, ALICE)
        completing.undo(session, own, task)
        assert session.scalars(select(func.count()).select_from(TaskRow)).one() == 1


def test_the_lists_and_their_pages(engine: Engine, house: North, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashapp.crm.tasks.lists.PAGE", 2)
    with Session(engine) as session, session.begin():
        own = desk(session, house.harbour, ALICE)
        for days in (-3, -2, -1, 0, 1, 2):
            call(session, own, channel="other", due_on=own.today + timedelta(days=days), title=f"Day {days}")
        for task in tasks.listed(session, own, "due").tasks:
            completing.complete(session, own, task.id)
        assert tasks.counts(session, own) == {"due": 0, "overdue": 3, "upcoming": 2, "done": 1}
        first = tasks.listed(session, own, "overdue")
        second = tasks.listed(session, own, "overdue", after=first.after)
        titles = [task.title for page in (first, second) for task in page.tasks]
        assert titles == ["Day -3", "Day -2", "Day -1"]
        assert second.after is None
        assert [task.title for task in tasks.listed(session, own, "done").tasks] == ["Day 0"]
        for bad in ("", "[]", '["2026-01-01", true]', '["x", 1]', "[" * 5_000):
            with pytest.raises(Refused):
                tasks.listed(session, own, "due", after=bad)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 201},
        {"title": "a\0b"},
        {"channel": "pigeon"},
        {"repeat": "hourly"},
        {"due_on": date(1901, 1, 1)},
        {"lead": "x" * 400},
        {"assignee": "nobody"},
    ],
)
def test_what_is_no_task_is_refused(engine: Engine, house: North, wrong: dict[str, Any]) -> None:
    with Session(engine) as session, session.begin(), pytest.raises(Refused):
        call(session, desk(session, house.harbour, ALICE), **wrong)


def test_two_who_move_a_task_at_once(engine: Engine, house: North) -> None:
    with Session(engine) as session, session.begin():
        own = desk(session, house.harbour, ALICE)
        task = call(session, own)
        moved = tasks.change(session, own, task, 1, due_on=TODAY + timedelta(days=1), assignee=BOB)
        assert (moved.revision, moved.assignee, moved.mine) == (2, BOB, False)
        with pytest.raises(Conflict, match="changed this task meanwhile"):
            tasks.change(session, own, task, 1, due_on=TODAY)
