"""The deeds of the data team's page: run now, retry, inspect, replay; a stranger's ids are not there."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from dashapp.access.scopes import cli_scope
from dashapp.db.base import now
from dashapp.db.jobs import DEAD, PERSON, QUEUED, JobRun
from dashapp.db.security import AuditEntry
from dashapp.services import Services
from data.building import build
from data.events.canonical import canonical_many
from data.intake import parked as mending
from data.intake.delivery import parked_key
from data.intake.identity import legacy_key
from data.intake.known_keys import claim_key
from data.lake import segments
from data.lake.tables import inbox, mart_version, parked, parked_edit
from tests.support.data_house import CANARY, park, sent, take_in

DATA = "/data"
SEARCH = "?agency=north"


def count(running: Services, table: Any, *where: Any) -> int:
    with running.reading() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where)) or 0


def run_of(running: Services, run_id: int) -> JobRun:
    with running.reading() as session:
        return session.get_one(JobRun, run_id)


def waiting(running: Services, workspace_id: int) -> list[dict[str, Any]]:
    with running.reading() as session:
        found = session.connection().execute(
            select(inbox.c.body).where(inbox.c.workspace_id == workspace_id).order_by(inbox.c.seq)
        )
        return [event for body in found.scalars() for event in json.loads(body)]


def do(op: str, **more: Any) -> dict[str, Any]:
    return {"op": op, "at": 1, **more}


def test_alice_has_a_job_run_and_it_is_in_the_list(
    alice: Any, call: Any, running: Services, world: Any, rows: dict[str, int]
) -> None:
    act = do("run", job="rebuild-marts", workspace=world.ids["harbour"])
    answer = call(alice, "data-act", act, DATA, SEARCH).json["response"]
    with running.reading() as session:
        made = session.scalars(select(JobRun).where(JobRun.origin == PERSON)).one()
        note = session.scalars(select(AuditEntry).where(AuditEntry.verb == "data.run")).one()
    assert (made.job, made.tenant, made.state) == ("rebuild-marts", world.ids["harbour"], QUEUED)
    assert (note.actor, note.workspace_id) == ("alice@north.example", world.ids["harbour"])
    assert f"Run {made.id} of rebuild-marts is queued for Harbour Coffee" in str(answer["data-told"])
    assert f"run {made.id}, asked for" in str(answer["data-body"])


def test_twice_run_now_is_one_run(alice: Any, call: Any, running: Services, world: Any) -> None:
    act = do("run", job="refresh-marts", workspace=world.ids["pine"])
    for _ in range(2):
        assert call(alice, "data-act", act, DATA, "").status_code == 200
    assert count(running, JobRun, JobRun.origin == PERSON) == 1


@pytest.mark.parametrize("job", ["retention", "compact-segments", "no-such-job"])
def test_a_job_for_everybody_is_nobodys_to_run(
    alice: Any, call: Any, running: Services, world: Any, job: str
) -> None:
    act = do("run", job=job, workspace=world.ids["harbour"])
    assert call(alice, "data-act", act, DATA, SEARCH).status_code == 404
    assert count(running, JobRun) == 0


def test_a_dead_letter_starts_again(alice: Any, call: Any, running: Services, rows: dict[str, int]) -> None:
    act = do("retry", id=rows["dead"])
    answer = call(alice, "data-act", act, DATA, SEARCH).json["response"]
    row = run_of(running, rows["dead"])
    assert (row.state, row.tries) == (QUEUED, 0)
    assert "queued again" in str(answer["data-told"])
    again = call(alice, "data-act", act, DATA, SEARCH).json["response"]
    assert "no dead letter any more" in str(again["data-told"])


def test_a_record_is_shown_as_text(alice: Any, call: Any, rows: dict[str, int]) -> None:
    answer = call(alice, "data-look", {"id": rows["bad"], "at": 1}, DATA, SEARCH).json["response"]
    card = answer["data-raw"]["children"]
    pre = next(part for part in card["props"]["children"] if part["type"] == "Pre")
    assert pre["props"]["children"] == '{\n  "event": "<script>alert(1)</script>"\n}'
    assert "DangerouslySetInnerHTML" not in str(card)
    assert "vitrine_ui" not in str(pre)  # not our component that takes markup
    shut = call(alice, "data-look", {"id": None, "at": 2}, DATA, SEARCH).json["response"]
    assert shut["data-raw"]["children"] == []


def test_a_long_record_is_cut_and_says_so(alice: Any, call: Any, running: Services, world: Any) -> None:
    which = park(running, world.ids["harbour"], "x" * 60_000)
    answer = call(alice, "data-look", {"id": which, "at": 1}, DATA, SEARCH)
    assert "x" * 50_000 in answer.text
    assert "x" * 50_001 not in answer.text
    assert "Only the first 50,000 characters are shown." in answer.text


def test_a_good_record_is_replayed_once_and_counts(
    alice: Any, call: Any, running: Services, world: Any, rows: dict[str, int]
) -> None:
    harbour = world.ids["harbour"]
    act = do("replay", id=rows["parked"])
    answer = call(alice, "data-act", act, DATA, SEARCH).json["response"]
    assert "is in the inbox: 1 new" in str(answer["data-told"])
    assert [e["event_id"] for e in waiting(running, harbour)] == ["later-0", "later-1", "later-2", "parked-0"]
    assert count(running, parked, parked.c.id == rows["parked"]) == 0
    assert call(alice, "data-act", act, DATA, SEARCH).status_code == 404  # it is not there any more
    assert len(waiting(running, harbour)) == 4
    segments.drain(running.lake)
    build.refresh(running.lake)
    with running.reading() as session:
        taken = session.scalar(select(mart_version.c.events).where(mart_version.c.workspace_id == harbour))
    assert taken == 8 + 3 + 1


def test_a_record_that_still_is_no_event_says_why_and_stays(
    alice: Any, call: Any, running: Services, world: Any, rows: dict[str, int]
) -> None:
    before = waiting(running, world.ids["harbour"])
    answer = call(alice, "data-act", do("replay", id=rows["bad"]), DATA, SEARCH).json["response"]
    assert f"Record {rows['bad']} stays parked: unknown event" in str(answer["data-told"])
    assert count(running, parked, parked.c.id == rows["bad"]) == 1
    assert waiting(running, world.ids["harbour"]) == before


def test_an_event_known_already_is_not_taken_in_twice(
    alice: Any, call: Any, running: Services, world: Any, rows: dict[str, int]
) -> None:
    record = sent("again", 1)[0]
    take_in(running, world.ids["harbour"], [record])
    which = park(running, world.ids["harbour"], json.dumps(record))
    answer = call(alice, "data-act", do("replay", id=which), DATA, SEARCH).json["response"]
    assert "taken in before" in str(answer["data-told"])
    assert len(waiting(running, world.ids["harbour"])) == 4


def test_an_event_parked_as_poisonous_comes_back_although_its_id_is_known(
    alice: Any, call: Any, running: Services, world: Any, rows: dict[str, int]
) -> None:
    """As jobs/intake/poison.py leaves it: the id stays taken, the row's key is that of the event."""
    record = sent("poison", 1)[0]
    which = park(running, world.ids["harbour"], json.dumps(record))
    key = parked_key("poison-0")
    with running.session() as session:
        connection = session.connection()
        connection.execute(parked.update().where(parked.c.id == which).values(key=key))
        assert claim_key(connection, world.ids["harbour"], legacy_key("poison-0"))
    answer = call(alice, "data-act", do("replay", id=which), DATA, SEARCH).json["response"]
    assert "1 new" in str(answer["data-told"])
    assert waiting(running, world.ids["harbour"])[-1]["event_id"] == "poison-0"


def test_a_replayed_record_goes_through_its_source(
    alice: Any, call: Any, running: Services, world: Any
) -> None:
    """SendGrid's own form: only its source can read it."""
    from dashapp.db.tenants import Workspace
    from dashapp.sources.registry import create_source

    with running.session() as session:
        room = session.get_one(Workspace, world.ids["harbour"])
        source = create_source(session, running.settings, room, "sendgrid")[0].id
    ids = {"sg_event_id": "e1", "sg_message_id": "m1.x"}
    raw = json.dumps({"event": "open", "email": "ann@x.example", "timestamp": 1790000000, **ids})
    assert canonical_many([json.loads(raw)], now())[1], "as a canonical event it would be refused"
    which = park(running, world.ids["harbour"], raw, source)
    answer = call(alice, "data-act", do("replay", id=which), DATA, SEARCH).json["response"]
    assert "1 new" in str(answer["data-told"]), answer["data-told"]
    event = waiting(running, world.ids["harbour"])[-1]
    assert (event["event"], event["lead"]) == ("opened", "ann@x.example")


@pytest.mark.parametrize("search", ["?agency=north", "?agency=south", ""])
def test_a_strangers_ids_are_not_there(
    alice: Any, call: Any, running: Services, world: Any, rows: dict[str, int], search: str
) -> None:
    deeds = [
        do("run", job="refresh-marts", workspace=world.ids["colossus"]),
        do("retry", id=rows["their_dead"]),
        do("replay", id=rows["theirs"]),
        do("retry", id=999_999),
    ]
    for deed in deeds:
        answer = call(alice, "data-act", deed, DATA, search)
        assert answer.status_code == 404, deed
        assert CANARY not in answer.text
    looked = call(alice, "data-look", {"id": rows["theirs"], "at": 1}, DATA, search)
    assert looked.status_code == 404
    assert CANARY not in looked.text
    assert run_of(running, rows["their_dead"]).state == DEAD
    assert count(running, parked, parked.c.id == rows["theirs"]) == 1
    assert count(running, JobRun, JobRun.origin == PERSON) == 0


@pytest.mark.parametrize("name", ["bob", "carla", "dora", "charlie"])
def test_who_is_no_owner_or_admin_of_north_gets_404(
    browser: Any, call: Any, running: Services, world: Any, rows: dict[str, int], name: str
) -> None:
    who = browser(name)
    deeds = [
        do("run", job="refresh-marts", workspace=world.ids["harbour"]),
        do("retry", id=rows["dead"]),
        do("replay", id=rows["parked"]),
    ]
    for deed in deeds:
        assert call(who, "data-act", deed, DATA, SEARCH).status_code == 404
    assert call(who, "data-look", {"id": rows["parked"], "at": 1}, DATA, SEARCH).status_code == 404
    assert who.get("/data?agency=north").status_code == 404
    shown = call(who, "url", DATA, SEARCH)
    assert shown.json["response"]["title"]["data"].startswith("Not found · ")
    assert run_of(running, rows["dead"]).state == DEAD
    assert count(running, parked, parked.c.id == rows["parked"]) == 1


def test_the_deeds_belong_to_this_page_alone(alice: Any, call: Any, rows: dict[str, int]) -> None:
    for path in ("/", "/w/harbour-coffee/sources", "/data/", "/w/colossus/analytics"):
        assert call(alice, "data-act", do("retry", id=rows["dead"]), path, SEARCH).status_code == 404


@pytest.mark.parametrize(
    "deed",
    [
        None,
        {},
        {"op": "drop", "at": 1},
        {"op": "retry", "id": "1", "at": 1},
        {"op": "retry", "id": -1, "at": 1},
        {"op": "retry", "id": 1, "at": 1, "tenant": 0},
        {"op": "run", "job": 5, "workspace": 1, "at": 1},
    ],
)
def test_what_is_of_no_such_form_is_400(alice: Any, call: Any, deed: Any) -> None:
    assert call(alice, "data-act", deed, DATA, SEARCH).status_code == 400


def test_alice_is_led_there_and_bob_is_not(app: Flask, alice: Any, browser: Any, call: Any) -> None:
    for path in ("/", "/w/harbour-coffee/analytics"):
        assert "/data?agency=north" in str(call(alice, "url", path, "").json["response"]["rail"])
        assert "/data" not in str(call(browser("bob"), "url", path, "").json["response"]["rail"])
    assert alice.get("/data").status_code == 200
    assert alice.get("/data?agency=south").status_code == 404


def test_a_record_is_mended_by_hand_and_what_came_is_kept(
    alice: Any, call: Any, running: Services, world: Any, rows: dict[str, int]
) -> None:
    harbour = world.ids["harbour"]
    came = json.dumps({**sent("slip", 1)[0], "event": "snet"})
    which = park(running, harbour, came, why="unknown event 'snet'")
    wrong = do("mend", id=which, text=came.replace("snet", "snt"))
    answer = call(alice, "data-act", wrong, DATA, SEARCH).json["response"]
    assert "stays parked" in str(answer["data-told"])
    assert "data-body" not in answer
    assert count(running, parked_edit) == 0
    assert count(running, parked, parked.c.raw == came) == 1  # nothing saved by half
    right = do("mend", id=which, text=came.replace("snet", "sent"))
    answer = call(alice, "data-act", right, DATA, SEARCH).json["response"]
    assert "is in the inbox: 1 new" in str(answer["data-told"])
    assert answer["data-going"]["data"] == {"again": None, "close": True}
    assert waiting(running, harbour)[-1]["event_id"] == "slip-0"
    assert count(running, parked, parked.c.id == which) == 0
    with running.reading() as session:
        (kept,) = session.connection().execute(select(parked_edit)).mappings()
        note = session.scalars(select(AuditEntry).where(AuditEntry.verb == "data.mend")).one()
    assert (kept["raw"], kept["actor"], kept["parked_id"]) == (came, "alice@north.example", which)
    assert kept["mended"] == came.replace("snet", "sent")
    assert (note.actor, note.workspace_id) == ("alice@north.example", harbour)


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "[1]", '{"event": "sent"}', "\ud800", "[" * 500])
def test_a_text_that_is_no_event_changes_nothing(
    alice: Any, call: Any, running: Services, rows: dict[str, int], text: str
) -> None:
    answer = call(alice, "data-act", do("mend", id=rows["bad"], text=text), DATA, SEARCH)
    assert answer.status_code in {200, 400}
    if answer.status_code == 200:
        assert "stays parked" in str(answer.json["response"]["data-told"])
    assert count(running, parked, parked.c.id == rows["bad"]) == 1
    assert count(running, parked_edit) == 0


def test_all_of_one_reason_are_replayed_in_steps(
    alice: Any,
    call: Any,
    running: Services,
    world: Any,
    rows: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("callbacks.data_team.parked.SOME", 3)
    for n in range(7):
        raw = {**sent(f"many{n}", 1)[0], "event": "nonsense" if n == 4 else "sent"}
        park(running, world.ids["pine"], json.dumps(raw), why="it was early")
    park(running, world.ids["colossus"], json.dumps(sent("theirs", 1)[0]), why="it was early")
    act: dict[str, Any] | None = do("replay_all", why="it was early")
    steps = []
    while act:
        answer = call(alice, "data-act", {**act, "at": 1}, DATA, SEARCH).json["response"]
        going = answer["data-going"]["data"]
        steps.append(going.get("share"))
        act = going["again"]
    assert steps == [3 / 7, 6 / 7, None]
    assert "6 of 7 records were taken in; 1 stay parked." in str(answer["data-told"])
    assert len(waiting(running, world.ids["pine"])) == 6
    assert count(running, parked, parked.c.workspace_id == world.ids["pine"]) == 1
    assert count(running, parked, parked.c.workspace_id == world.ids["colossus"]) == 2  # Charlie's stay his


def test_only_so_many_of_one_reason_at_once(
    running: Services, world: Any, rows: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "MOST_ALIKE", 2)
    ids = [park(running, world.ids["pine"], f"x{n}", why="the same") for n in range(3)]
    with running.reading() as session:
        _, scope = cli_scope(session, "pine-dental")
        assert mending.last_alike(session.connection(), scope, "the same") == (ids[1], 2)


def test_a_run_is_watched_until_it_is_over(
    alice: Any, call: Any, running: Services, world: Any, rows: dict[str, int]
) -> None:
    act = do("run", job="refresh-marts", workspace=world.ids["harbour"])
    going = call(alice, "data-act", act, DATA, SEARCH).json["response"]["data-going"]["data"]
    watch = going["again"]
    assert (watch["op"], going["share"], going["wait"]) == ("watch", None, 700)
    answer = call(alice, "data-act", {**watch, "at": 2}, DATA, SEARCH).json["response"]
    assert set(answer) == {"data-going"}  # nothing else changes while it waits
    assert "waits for a worker" in answer["data-going"]["data"]["label"]
    run_id = watch["run"]
    with running.session() as session:
        before = JobRun(job="refresh-marts", tenant=world.ids["harbour"], slot="before", origin="person")
        before.state, before.busy_ms = "done", 10_000
        session.add(before)
        run = session.get_one(JobRun, run_id)
        run.state, run.tries, run.started_at = "running", 1, now() - timedelta(seconds=4)
    shown = call(alice, "data-act", {**watch, "at": 3}, DATA, SEARCH).json["response"]["data-going"]["data"]
    assert 0.4 <= shown["share"] < 0.8  # 4 s and a little of the 10 s it took before
    with running.session() as session:
        run = session.get_one(JobRun, run_id)
        run.state, run.detail, run.finished_at = "done", "took in 3 events", now()
    answer = call(alice, "data-act", {**watch, "at": 4}, DATA, SEARCH).json["response"]
    assert f"Run {run_id} of refresh-marts for Harbour Coffee is done: took in 3 events." in str(
        answer["data-told"]
    )
    assert "took in 3 events" in str(answer["data-body"])
    assert answer["data-going"]["data"]["again"] is None


@pytest.mark.parametrize("name", ["alice", "bob", "carla", "dora"])
def test_charlies_records_and_runs_are_nobodys_else(
    app: Flask, browser: Any, call: Any, running: Services, rows: dict[str, int], name: str
) -> None:
    who = browser(name)
    for act in (
        do("mend", id=rows["theirs"], text="{}"),
        do("replay_all", why=f"{CANARY} why"),
        do("watch", run=rows["their_dead"]),
    ):
        for search in ("", "?agency=south", "?agency=north"):
            answer = call(who, "data-act", act, DATA, search)
            assert answer.status_code == 404, (act, search)
            assert CANARY not in answer.text
    assert count(running, parked, parked.c.id == rows["theirs"]) == 1
