"""What the desk's script asks of contacts: who may, what is refused, what is left in the audit trail and in files.

Alice owns North, Bob is her analyst, Carla manages Harbour, Dora is its client, Charlie is a stranger.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from sqlalchemy import func, select

from dashapp.db.contacts import Contact
from dashapp.db.security import AuditEntry

HARBOUR, COLOSSUS = "/w/harbour-coffee", "/w/colossus"


def act(who: Any, op: str, slug: str = HARBOUR, **values: Any) -> Any:
    return who.post(f"{slug}/acts", json={"op": op, **values}, headers={"Accept": "application/json"})


@pytest.fixture
def ana(alice: Any) -> int:
    """A contact Alice made by hand."""
    answer = act(alice, "create", email="Ana@x.example", name="Ana Ruiz", company="Acme")
    assert answer.status_code == 200, answer.text
    return int(answer.json["id"])


def test_alice_makes_a_contact_and_finds_it(alice: Any, ana: int) -> None:
    assert "Ana Ruiz" in alice.get(f"{HARBOUR}/part.html?of=contacts&q=ana").text
    assert "Ana Ruiz" in alice.get(f"{HARBOUR}/part.html?of=contact&lead=ANA@x.example").text
    hits = alice.get("/search.json?q=acme&at=harbour-coffee").json["hits"]
    assert {hit["kind"] for hit in hits} == {"contact", "company"}
    assert act(alice, "create", email="ana@x.example").json["detail"].startswith("There is a contact")


@pytest.mark.parametrize("name", ["dora", "charlie"])
def test_a_client_and_a_stranger_see_no_contact_and_no_difference_to_nothing(
    browser: Any, ana: int, name: str
) -> None:
    who = browser(name)
    accept = {"Accept": "application/json"}
    for path in (f"/part.html?of=contact&id={ana}", "/part.html?of=contacts", "/contacts.csv"):
        there, nowhere = who.get(HARBOUR + path, headers=accept), who.get(f"/w/no-such{path}", headers=accept)
        assert (there.status_code, there.json["detail"]) == (404, nowhere.json["detail"])
    for op, values in (
        ("edit", {"id": ana, "field": "name", "value": "x", "version": 1}),
        ("remove", {"ids": [ana]}),
    ):
        assert act(who, op, **values).status_code == 404
    assert not who.get("/search.json?q=ana&at=").json["hits"]


def test_charlie_cannot_reach_alices_contact_through_his_own_workspace(browser: Any, ana: int) -> None:
    who = browser("charlie")
    assert who.get(f"{COLOSSUS}/part.html?of=contact&id={ana}").status_code == 404
    for op, values in (
        ("edit", {"id": ana, "field": "name", "value": "x", "version": 1}),
        ("note", {"id": ana, "text": "x"}),
        ("consent", {"id": ana, "kind": "marketing", "given": True}),
        ("call", {"id": ana, "disposition": "booked"}),
        ("remove", {"ids": [ana]}),
        ("restore", {"id": ana}),
        ("deal_create", {"title": "x", "contact": ana}),
        ("merge", {"kept": ana, "key": "ana@x.example"}),
    ):
        assert act(who, op, COLOSSUS, **values).status_code == 404, op
    assert "0 contacts" in act(who, "bulk", COLOSSUS, ids=[ana], field="status", value="won").json["said"]


def test_an_analyst_reads_but_does_not_change(browser: Any, ana: int) -> None:
    bob = browser("bob")
    assert "Ana Ruiz" in bob.get(f"{HARBOUR}/part.html?of=contact&id={ana}").text
    assert "data-crm-form" not in bob.get(f"{HARBOUR}/part.html?of=contact&id={ana}").text
    assert act(bob, "edit", id=ana, field="name", value="x", version=1).status_code == 404
    assert bob.get(f"{HARBOUR}/contacts.csv").status_code == 404
    assert act(bob, "columns", columns=["status"]).status_code == 200  # what he sees is his to arrange


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"op": "no_such"},
        {"op": "edit", "id": "1", "field": "name", "value": "x", "version": 1},
        {"op": "edit", "id": True, "field": "name", "value": "x", "version": 1},
        {"op": "edit", "id": 2**70, "field": "name", "value": "x", "version": 1},
        {"op": "edit", "id": 1, "field": "name", "value": {"a": 1}, "version": 1},
        {"op": "bulk", "ids": [], "field": "status", "value": "won"},
        {"op": "create", "email": "x" * 400},
        {"op": "create", "email": "a@b.example", "workspace": 2},
        {"op": "import", "text": "a", "mapping": {"a": "workspace_id"}},
    ],
)
def test_a_wrong_body_is_400(alice: Any, body: Any) -> None:
    answer = alice.post(f"{HARBOUR}/acts", json=body, headers={"Accept": "application/json"})
    assert answer.status_code == 400


def test_without_a_csrf_token_nothing_is_done(alice: Any, running: Any) -> None:
    answer = alice.client.post(f"{HARBOUR}/acts", json={"op": "create", "email": "a@b.example"})
    assert answer.status_code == 400
    with running.reading() as session:
        assert session.scalar(select(func.count(Contact.id))) == 0


def test_a_stale_save_is_409_and_shows_what_stands(alice: Any, browser: Any, ana: int) -> None:
    carla = browser("carla")
    assert act(carla, "edit", id=ana, field="name", value="Ana R.", version=1).json["version"] == 2
    stale = act(alice, "edit", id=ana, field="name", value="Ana Ruiz Gil", version=1)
    assert stale.status_code == 409
    assert (stale.json["theirs"], stale.json["version"]) == ("Ana R.", 2)
    assert "carla@harbour.example changed this" in stale.json["detail"]


def test_the_file_runs_nothing_in_a_spreadsheet_and_leaves_a_trace(
    alice: Any, ana: int, running: Any
) -> None:
    act(alice, "edit", id=ana, field="name", value="=HYPERLINK(1)", version=1)
    answer = alice.get(f"{HARBOUR}/contacts.csv?q=ana")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["email"], row["name"], row["company"]) for row in rows] == [
        ("ana@x.example", "'=HYPERLINK(1)", "Acme")
    ]
    with running.reading() as session:
        verbs = session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)).all()
    assert [verb for verb in verbs if verb.startswith("contact.")] == [
        "contact.create",
        "contact.edit",
        "contact.export",
    ]


def test_a_dry_import_says_what_would_come_and_keeps_nothing(alice: Any, running: Any) -> None:
    text = "Email,Name\na@x.example,A\nb@x.example,B\nnobody,\nbroken@,\n"
    told = act(alice, "import", text=text, dry=True).json
    assert (told["read"], told["new"], told["refused"]) == (4, 3, 1)
    assert told["columns"] == [{"name": "Email", "target": "email"}, {"name": "Name", "target": "name"}]
    with running.reading() as session:
        assert session.scalar(select(func.count(Contact.id))) == 0
    assert act(alice, "import", text=text, dry=False).json["new"] == 3
    assert act(alice, "import", text="", dry=True).status_code == 400


def test_a_call_is_an_event_through_the_one_door_and_twice_is_once(
    alice: Any, ana: int, running: Any
) -> None:
    from data.lake.tables import inbox

    for _ in range(2):
        assert act(alice, "call", id=ana, disposition="booked", ref="r1").status_code == 200
    with running.engine.connect() as connection:
        assert connection.scalar(select(func.sum(inbox.c.events))) == 1
    assert act(alice, "call", id=ana, disposition="opened").status_code == 400
    act(alice, "edit", id=ana, field="status", value="do_not_contact", version=1)
    assert "not to be contacted" in act(alice, "call", id=ana, disposition="booked").json["detail"]


def test_adding_to_a_campaign_plans_a_journey_that_has_not_started(
    alice: Any, ana: int, running: Any, world: Any
) -> None:
    from data.plans import load as plans
    from data.plans.tables import plan_journey

    plans.load(running.lake, world.ids["harbour"], "campaigns", [{"name": "Winter"}])
    assert act(alice, "campaign", ids=[ana], campaign="No such").status_code == 404
    assert act(alice, "campaign", ids=[ana], campaign="Winter").json["said"] == "1 added to Winter."
    with running.engine.connect() as connection:
        rows = connection.execute(
            select(plan_journey.c.lead, plan_journey.c.state, plan_journey.c.campaign)
        ).all()
    assert [tuple(row) for row in rows] == [("ana@x.example", "not_started", "Winter")]
    assert "already" in act(alice, "campaign", ids=[ana], campaign="Winter").json["detail"]
    assert "Ana Ruiz" not in alice.get(f"{HARBOUR}/part.html?of=contacts&free=1").text


def test_merged_contacts_say_so_on_the_card_and_come_apart(alice: Any, ana: int) -> None:
    act(alice, "create", email="ana.two@x.example")
    merged = act(alice, "merge", kept=ana, key="ana.two@x.example").json
    card = alice.get(f"{HARBOUR}/part.html?of=contact&id={ana}").text
    assert "Merged with ana.two@x.example" in card
    assert "Undo merge" in card
    assert alice.post(f"{HARBOUR}/acts", json=merged["undo"]).status_code == 200
    assert "Merged with" not in alice.get(f"{HARBOUR}/part.html?of=contact&id={ana}").text


def test_a_saved_filter_is_everybodys_and_columns_are_ones_own(alice: Any, browser: Any, ana: int) -> None:
    carla = browser("carla")
    assert (
        act(alice, "save_filter", listing="contacts", name="Hot", search="status=won&junk=1").status_code
        == 200
    )
    page = carla.get(f"{HARBOUR}/part.html?of=contacts").text
    assert "Hot" in page
    assert "junk" not in page
    act(carla, "columns", columns=["tags"])
    assert (
        ">Engagement<"
        not in carla.get(f"{HARBOUR}/part.html?of=contacts").text.split("<tbody>")[0].split("<thead>")[1]
    )
    assert (
        "Engagement"
        in alice.get(f"{HARBOUR}/part.html?of=contacts").text.split("<tbody>")[0].split("<thead>")[1]
    )
