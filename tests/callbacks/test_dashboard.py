"""The dashboard and the tasks as browsers ask for them: what is not yours is 404, what you did counts at once.

Alice owns North, Bob analyses, Dora is Harbour's client and looks only; Charlie is a stranger.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event as sql_events
from sqlalchemy import select

from dashapp.access.viewer import load_member
from dashapp.db.crm import TaskRow
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import User, Workspace
from dashapp.sharing import links
from dashapp.views.editing.collection import create_view
from dashapp.views.schema import Placed, View
from data.building.build import refresh
from data.events.canonical import canonical_many
from data.lake.segments import drain
from data.scope import Scope
from pages.dashboard.board import board_of
from pages.tasks.list import task_list_of
from tests.support.kept import Keeper

PATH = "/w/harbour-coffee"
ALICE, BOB = "alice@north.example", "bob@north.example"
SECRET = "The safe is behind the painting."


@pytest.fixture
def told(running: Any, world: Any, keeper: Keeper) -> None:
    """Harbour: Lou got an e-mail from Alice, opened it twice and replied; Max a video. Colossus: 50 times that."""
    keeper.added(running.lake, lambda: _tell(running, world))


def _tell(running: Any, world: Any) -> None:
    now = datetime.now(UTC)
    for name, times in (("harbour", 1), ("colossus", 50)):
        records: list[dict[str, Any]] = []
        for n in range(times):
            mail = {"message_id": f"m{n}", "lead": f"lou{n}@{name}.example", "user": ALICE, "campaign": name}
            film = {"message_id": f"v{n}", "lead": f"max{n}@{name}.example", "user": BOB, "campaign": name}
            for i, (who, kind, hours, more) in enumerate(
                [
                    (mail, "sent", 50, {"subject": "Autumn menu"}),
                    (mail, "opened", 40, {}),
                    (mail, "opened", 39, {}),
                    (mail, "replied", 30, {"reply_text": SECRET, "reply_category": "interested"}),
                    (film, "video_watched", 20, {"channel": "video"}),
                ]
            ):
                at = (now - timedelta(hours=hours)).isoformat()
                records.append({**who, **more, "event": kind, "event_id": f"{n}-{i}", "occurred_at": at})
        events, parked = canonical_many(records, now)
        assert parked == []
        running.inbox.put(world.ids[name], None, events, received_at=now)
    drain(running.lake)
    refresh(running.lake, [world.ids["harbour"], world.ids["colossus"]])


def shown(call: Any, who: Any, path: str = PATH, search: str = "") -> str:
    answer = call(who, "url", path, search)
    assert answer.status_code == 200, answer.json
    return json.dumps(answer.json["response"]["page"]["children"])


def live(call: Any, who: Any, path: str = PATH, search: str = "") -> Any:
    answer = call(who, "live", 1, path, search, None)
    return answer if answer.status_code != 200 else answer.json["response"]["tiles"]["html"]


def act(call: Any, who: Any, path: str = PATH, **deed: Any) -> Any:
    return call(who, "task-act", {"at": 1, **deed}, path)


def made(call: Any, who: Any, **more: Any) -> int:
    task = {
        "op": "create",
        "title": "Call Lou",
        "channel": "phone",
        "due_on": datetime.now(ZoneInfo("Europe/Madrid")).date().isoformat(),
        "assignee": ALICE,
        "repeat": "none",
        "lead": "lou0@harbour.example",
        **more,
    }
    answer = act(call, who, **task)
    assert answer.status_code == 200, answer.json
    return int(answer.json["response"]["task-acted"]["data"]["id"])


def line(call: Any, who: Any, path: str = PATH, **more: Any) -> Any:
    return call(who, "line-asked", {"at": 1, "tile": "timeline", **more}, path, "")


def test_the_dashboard_shows_its_six_tiles_for_seven_days(alice: Any, call: Any, told: None) -> None:
    page = shown(call, alice)
    for tile in ("engagement", "actions", "tasks", "timeline", "flows", "leads"):
        assert f'data-tile=\\\\\\"{tile}\\\\\\"' in page or f'data-tile=\\"{tile}\\"' in page, tile
    html = live(call, alice)
    assert "100%" in html.replace("\u00a0", " "), "both contacts engaged"
    assert "2 of 2 contacts" in html
    assert "lou0@harbour.example" in html
    assert "colossus" not in html


def test_the_user_of_the_address_narrows_everything(alice: Any, call: Any, told: None) -> None:
    html = live(call, alice, search=f"?user={BOB}")
    assert "1 of 1 contacts" in html
    assert "max0@harbour.example" in html
    assert "lou0@" not in html
    nobody = live(call, alice, search="?user=nobody@north.example")
    assert "lou0@" not in nobody
    assert "max0@" not in nobody


def test_the_team_is_called_by_name(alice: Any, browser: Any, call: Any, running: Any, told: None) -> None:
    with running.session() as session:
        session.scalars(select(User).where(User.email == BOB)).one().name = "Bob <Weaver>"
    html = live(call, alice)
    assert "Bob &lt;Weaver&gt;" in html
    assert BOB not in html
    assert "Bob &lt;Weaver&gt;</option>" in shown(call, alice)
    assert "Weaver" not in live(call, browser("dora")), "a client does not see who of the team sends"


def test_a_client_is_not_told_who_sends_and_narrows_to_nobody(
    alice: Any, browser: Any, call: Any, told: None
) -> None:
    """Addresses of the agency's people stand in no list of Dora's, and what is not listed cannot be asked for."""
    dora = browser("dora")
    assert "c-user" in shown(call, alice)
    page = shown(call, dora)
    assert [hidden for hidden in ("c-user", ALICE, BOB) if hidden in page] == []
    assert "2 of 2 contacts" in live(call, dora, search=f"?user={BOB}")
    assert BOB not in shown(call, dora, search=f"?user={BOB}")


def test_a_client_who_looks_only_sees_figures_and_no_names(browser: Any, call: Any, told: None) -> None:
    html = live(call, browser("dora"))
    assert "2 of 2 contacts" in html
    for hidden in ("lou0@", "max0@", 'data-tile="timeline"', 'data-tile="leads"', 'data-tile="tasks"'):
        assert hidden not in html


@pytest.mark.parametrize("who", ["charlie"])
def test_a_strangers_dashboard_is_as_one_that_is_not_there(
    browser: Any, call: Any, told: None, who: str
) -> None:
    stranger = browser(who)
    assert live(call, stranger).status_code == 404
    assert stranger.get(PATH, headers={"Accept": "text/html"}).status_code == 404
    assert stranger.get(f"{PATH}/tasks", headers={"Accept": "text/html"}).status_code == 404
    assert act(call, stranger, op="undo", id=1).status_code == 404
    assert line(call, stranger, op="list", line='["email","m0","replied"]').status_code == 404
    assert "no such" in json.dumps(call(stranger, "url", PATH, "").json).lower() or "not" in json.dumps(
        call(stranger, "url", PATH, "").json
    )


def test_completing_shows_at_once_and_undo_takes_it_back(alice: Any, call: Any, told: None) -> None:
    before = live(call, alice)
    assert "Phone call" not in before
    task = made(call, alice)
    assert f'data-task="{task}"' in live(call, alice)
    refused = act(call, alice, op="complete", id=task, note="", disposition=None)
    assert (refused.status_code, refused.json["detail"]) == (400, "Choose how the call ended.")
    done = act(call, alice, op="complete", id=task, note="Demo on Monday.", disposition="booked")
    assert done.json["response"]["task-acted"]["data"]["undo_ms"] == 10_000
    html = live(call, alice)
    assert "Phone call" in html
    assert "Booked" in html
    assert "Demo on Monday." in html
    twice = act(call, alice, op="complete", id=task, note="", disposition="booked")
    assert (twice.status_code, twice.json["detail"]) == (409, "This task is completed already.")
    assert act(call, alice, op="undo", id=task).status_code == 200
    assert "Booked" not in live(call, alice)
    again = act(call, alice, op="undo", id=task)
    assert (again.status_code, again.json["detail"]) == (
        409,
        "This task is open; there is nothing to undo.",
    )


def test_bob_sees_alices_task_and_cannot_complete_it(
    alice: Any, browser: Any, call: Any, running: Any, told: None
) -> None:
    task = made(call, alice)
    bob = browser("bob")
    html = live(call, bob)
    assert "Call Lou" in html
    assert f'data-task="{task}"' not in html
    refused = act(call, bob, op="complete", id=task, note="", disposition="booked")
    assert (refused.status_code, refused.json["detail"]) == (403, f"Only {ALICE} can complete this task.")
    assert (
        act(call, browser("dora"), op="complete", id=task, note="", disposition="booked").status_code == 404
    )
    with running.reading() as session:
        verbs = list(session.scalars(select(AuditEntry.verb).where(AuditEntry.verb.startswith("task."))))
    assert verbs == ["task.create"]


@pytest.mark.parametrize(
    ("deed", "status"),
    [
        ({"op": "complete", "id": 10**6, "note": "", "disposition": None}, 404),
        ({"op": "complete", "id": True, "note": "", "disposition": None}, 400),
        ({"op": "complete", "id": "1", "note": "", "disposition": None}, 400),
        ({"op": "undo", "id": -1}, 400),
        ({"op": "delete", "id": 1}, 400),
        ({"op": "create", "title": "x", "channel": "phone", "due_on": "2026-02-31", "assignee": ALICE,
          "repeat": "none", "lead": ""}, 400),
        ({"op": "create", "title": "x", "channel": "pigeon", "due_on": "2026-02-01", "assignee": ALICE,
          "repeat": "none", "lead": ""}, 400),
        ({"op": "create", "title": "x", "channel": "phone", "due_on": "2026-02-01",
          "assignee": "charlie@south.example", "repeat": "none", "lead": ""}, 400),
    ],
)  # fmt: skip
def test_what_is_no_deed_is_refused(alice: Any, call: Any, deed: dict[str, Any], status: int) -> None:
    assert act(call, alice, **deed).status_code == status


def test_a_note_of_a_megabyte_is_told_the_limit(alice: Any, call: Any) -> None:
    task = made(call, alice, channel="other")
    refused = act(call, alice, op="complete", id=task, note="x" * 1_000_000, disposition=None)
    assert refused.status_code == 400
    assert "can have at most 10,000 characters" in refused.json["detail"]


def test_a_line_opens_its_replies_and_its_action(alice: Any, browser: Any, call: Any, told: None) -> None:
    listed = line(call, alice, op="list", line='["email","m0","replied"]')
    assert SECRET in listed.json["response"]["line-answered"]["data"]["html"]
    more = line(call, alice, op="more", line='["email","m0","replied"]')
    behind = more.json["response"]["line-answered"]["data"]["html"]
    assert "Autumn menu" in behind
    assert re.search(r'<dt>Contact</dt><dd><a class="tl-lead"[^>]* data-lead="[^"]+"', behind), (
        "leads to the card"
    )
    for bad in ('["email","m1","replied"]', "[]", "{", '["email","m0",7]', '["email","m0","replied","x"]'):
        assert line(call, alice, op="list", line=bad).status_code == 404, bad
    assert line(call, alice, op="older", after="x").status_code == 400
    assert line(call, alice, op="list", line="x" * 5_000).status_code == 400
    assert line(call, browser("dora"), op="list", line='["email","m0","replied"]').status_code == 404
    elsewhere = call(
        alice,
        "line-asked",
        {"at": 1, "tile": "leads", "op": "list", "line": '["email","m0","replied"]'},
        PATH,
        "",
    )
    assert elsewhere.status_code == 404


def test_a_figure_of_the_dashboard_opens_its_rows(alice: Any, call: Any, told: None) -> None:
    def opened(tile: str, cell: str) -> str:
        asked = {"op": "show", "tile": tile, "cell": cell, "part": "n", "at": 1}
        answer = call(alice, "cell-asked", asked, PATH, "")
        assert answer.status_code == 200, answer.json
        return str(answer.json["response"]["cell-answered"]["data"]["html"])

    assert "lou0@harbour.example" in opened("actions", "actions|=email|replied")
    assert "max0@harbour.example" in opened("engagement", "overview|=video_watched")
    assert "lou0@harbour.example" in opened("flows", "flows|=harbour|engaged")


def test_a_portal_never_holds_a_tile_that_names_people(
    client: Any, running: Any, world: Any, told: None
) -> None:
    names = ("engagement_overview", "action_analytics", "timeline", "top_flows", "hot_leads", "tasks_due")
    tiles = [
        Placed(id=name.replace("_", "-"), type=name, x=0, y=8 * i, w=12, h=8, options={})
        for i, name in enumerate(names)
    ]
    with running.session() as session:
        harbour = session.get_one(Workspace, world.ids["harbour"])
        stored = create_view(session, harbour, "Client", "alice", View(name="Client", tiles=tiles))
        _, _, token = links.create_share(session, running.settings, harbour, view=stored)
    page = client.get(f"/p/{token}/").text
    for name in ("engagement_overview", "action_analytics", "top_flows"):
        assert f'class="tile {name} ' in page
    for name in ("timeline", "hot_leads", "tasks_due"):
        assert f'class="tile {name} ' not in page
        assert client.get(f"/p/{token}/tiles/{name.replace('_', '-')}.csv").status_code == 404
        assert client.get(f"/p/{token}/tiles/{name.replace('_', '-')}.png").status_code == 404
    assert "lou0@" not in page
    assert SECRET not in page
    assert client.get(f"/p/{token}/tiles/action-analytics.csv").status_code == 200


def test_asked_again_the_dashboard_counts_nothing(
    alice: Any, call: Any, running: Any, told: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(call, alice)
    live(call, alice)

    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("the answers are kept")

    monkeypatch.setattr("data.query.ask.open_facts", never)
    statements: list[str] = []

    def note(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    sql_events.listen(running.engine, "before_cursor_execute", note)
    html = live(call, alice)
    sql_events.remove(running.engine, "before_cursor_execute", note)
    assert "Call Lou" in html
    assert sum("FROM task" in one for one in statements) == 1, "one statement for the tasks"
    assert len(statements) <= 40


def test_tasks_stand_in_their_lists(alice: Any, call: Any, running: Any, world: Any) -> None:
    today = datetime.now(ZoneInfo("Europe/Madrid")).date()
    for days, title in ((-2, "Late one"), (0, "Now one"), (3, "Soon one")):
        made(call, alice, title=title, due_on=(today + timedelta(days=days)).isoformat(), channel="other")
    for which, title in (("overdue", "Late one"), ("upcoming", "Soon one")):
        html = live(call, alice, f"{PATH}/tasks", f"?list={which}")
        assert title in html, which
    late = live(call, alice, f"{PATH}/tasks", "?list=overdue")
    assert "Soon one" not in late
    with running.reading() as session:
        row = session.scalars(select(TaskRow).where(TaskRow.title == "Late one")).one()
    moved = act(
        call,
        alice,
        f"{PATH}/tasks",
        op="change",
        id=row.id,
        revision=row.revision,
        title="Late no more",
        due_on=(today + timedelta(days=5)).isoformat(),
        assignee=BOB,
        repeat="weekly",
    )
    assert moved.status_code == 200
    html = live(call, alice, f"{PATH}/tasks", "?list=upcoming")
    assert "Late no more" in html
    assert "Every week" in html
    assert live(call, alice, f"{PATH}/tasks", "?list=upcoming&after=x").status_code == 400


def test_a_replys_category_is_corrected_by_who_may_see_it(
    alice: Any, browser: Any, call: Any, told: None, running: Any
) -> None:
    def correct(who: Any, event_id: str = "0-3", category: str = "not_interested", name: str = "m0") -> Any:
        deed = {
            "tile": "timeline",
            "line": f'["email","{name}","replied"]',
            "event_id": event_id,
            "category": category,
            "at": 1,
        }
        return call(who, "line-category", deed, PATH, "")

    before = live(call, alice)
    assert correct(browser("charlie")).status_code == 404
    assert correct(browser("dora")).status_code == 404
    assert correct(alice, event_id="49-3").status_code == 404, "a reply of Colossus"
    assert correct(alice, event_id="0-1").status_code == 404, "no reply at all"
    assert correct(alice, category="splendid").status_code == 400
    assert live(call, alice) == before
    assert correct(alice).status_code == 200
    listed = line(call, alice, op="list", line='["email","m0","replied"]')
    html = listed.json["response"]["line-answered"]["data"]["html"]
    assert "changed by alice@north.example" in html
    assert "2 of 2 contacts" in before
    assert live(call, alice) != before
    with running.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "reply.categorise")).one()
    assert entry.detail == "0-3: interested → not_interested"


def test_who_sees_only_their_own_has_only_their_own_on_the_whole_page(
    alice: Any, call: Any, running: Any, world: Any, told: None
) -> None:
    """Bob as a member: neither Alice's figures nor her tasks, whatever user his address names."""
    made(call, alice)
    with running.reading() as session:
        harbour = session.get_one(Workspace, world.ids["harbour"])
        bob = load_member(session, world.ids["bob"])
        assert bob is not None
        scope = Scope(frozenset({harbour.id}), user=BOB)
        board = board_of(running.lake, session, bob, harbour, scope, {"user": ALICE})
        html = str(board.tiles())
        listed = task_list_of(running.lake, session, bob, harbour, scope, {"user": ALICE})
        everybody = board_of(running.lake, session, bob, harbour, Scope(frozenset({harbour.id})), {})
        assert "Call Lou" in str(everybody.tiles())
    assert "max0@harbour.example" in html
    for hidden in ("lou0@", "Call Lou", ALICE):
        assert hidden not in html
    assert listed.tasks == ()
    assert [email for email, _ in listed.team] == [BOB]
