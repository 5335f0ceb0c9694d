"""What the desk's script asks of contacts: who may, what is refused, what is left in the audit trail and in files.

Alice owns North, Bob is her analyst, Carla manages Harbour, Dora is its client, Charlie is a stranger.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from dashapp.db.contacts import Contact
from tests.callbacks.contact_acts import COLOSSUS, HARBOUR, act


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


def test_merged_contacts_say_so_on_the_card_and_come_apart(alice: Any, ana: int) -> None:
    act(alice, "create", email="ana.two@x.example")
    merged = act(alice, "merge", kept=ana, key="ana.two@x.example").json
    card = alice.get(f"{HARBOUR}/part.html?of=contact&id={ana}").text
    assert "Merged with ana.two@x.example" in card
    assert "Undo merge" in card
    assert alice.post(f"{HARBOUR}/acts", json=merged["undo"]).status_code == 200
    assert "Merged with" not in alice.get(f"{HARBOUR}/part.html?of=contact&id={ana}").text


@pytest.mark.parametrize("text", ["x" * 1_000_000, "", " \0 "])
def test_a_note_that_is_too_long_or_empty_is_told(alice: Any, ana: int, text: str) -> None:
    answer = act(alice, "note", id=ana, text=text)
    assert answer.status_code == 400
    assert answer.json["detail"]
