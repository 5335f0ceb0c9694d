"""What the desk's script asks of deals: changed in place, fields of the workspace's own, deleted and restored."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl

from dashapp.crm import fields
from dashapp.db.contacts import DEAL
from dashapp.db.tenants import Workspace
from tests.callbacks.contact_acts import COLOSSUS, HARBOUR, act


def test_a_deal_is_changed_in_place_and_a_stale_one_shows_both(alice: Any, browser: Any, ana: int) -> None:
    deal = act(alice, "deal_create", title="Menu", value="1,200", contact=ana).json["deal"]
    wanted = {"title": "Menus", "value": "1500.50", "currency": "usd", "owner": "bob@north.example"}
    wanted["expected_close"] = "2026-12-31"
    saved = act(alice, "deal_update", id=deal, version=1, values=wanted).json
    assert saved["version"] == 2
    table = alice.get(f"{HARBOUR}/part.html?of=deals&as=table").text
    for shown in ("Menus", "1,500.50", "USD", "bob", "31 Dec"):
        assert shown in table.replace("\u00a0", " "), shown
    carla = browser("carla")
    stale = act(carla, "deal_update", id=deal, version=1, values={"value": "9"})
    assert (stale.status_code, stale.json["field"], stale.json["theirs"]) == (409, "value", "1500.50")
    assert stale.json["detail"] == "alice@north.example changed this in the meantime."
    assert act(carla, "deal_update", id=deal, version=1, values={"stage": "won"}).json["version"] == 3
    for field, wrong in (("value", "much"), ("currency", "euro"), ("expected_close", "soon"), ("title", "")):
        assert act(alice, "deal_update", id=deal, version=3, values={field: wrong}).status_code == 400, field
    for field in ("workspace_id", "deleted_at", "field.none", "fields"):
        assert act(alice, "deal_update", id=deal, version=3, values={field: "1"}).status_code == 400, field


def test_a_deal_has_fields_of_the_workspaces_own_in_form_table_files_and_search(
    alice: Any, browser: Any, ana: int, running: Any, world: Any
) -> None:
    with running.session() as session:
        harbour = session.get_one(Workspace, world.ids["harbour"])
        fields.add(session, harbour, "Plan", "choice", "Gold\nSilver", actor="alice", subject=DEAL)
        fields.add(session, harbour, "=Note", "text", actor="alice", subject=DEAL)
    own = {"plan": "Gold", "note": "=1+1 Ristretto"}
    deal = act(alice, "deal_create", title="Menu", value="1,200", contact=ana, own=own).json["deal"]
    assert act(alice, "deal_create", title="No", own={"plan": "Bronze"}).status_code == 400
    assert act(alice, "deal_create", title="No", own={"region": "x"}).status_code == 400
    form = alice.get(f"{HARBOUR}/part.html?of=deal&id={deal}").text
    assert "<option selected>Gold</option>" in form
    assert act(alice, "columns", listing="deals", columns=["f.plan"]).status_code == 200
    table = alice.get(f"{HARBOUR}/part.html?of=deals&as=table").text
    assert "Gold" in table
    assert "Ristretto" not in table
    assert act(alice, "deal_update", id=deal, version=1, values={"field.plan": "Silver"}).json["version"] == 2
    form = alice.get(f"{HARBOUR}/part.html?of=deal&id={deal}").text
    assert "<b>Plan</b> Gold → Silver" in form
    hits = alice.get("/search.json?q=ristretto&at=harbour-coffee").json["hits"]
    assert [(hit["kind"], hit["title"]) for hit in hits] == [("deal", "Menu")]

    text = alice.get(f"{HARBOUR}/deals.csv").text
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0]["Plan"] == "Silver"
    assert not text.splitlines()[1].count(",=1+1"), "a spreadsheet would run it"
    assert (rows[0]["name"], rows[0]["value"], rows[0]["contact"]) == ("Menu", "1200", "ana@x.example")
    book = openpyxl.load_workbook(io.BytesIO(alice.get(f"{HARBOUR}/deals.xlsx").data))
    assert book["Deals"].max_row == 2
    told = act(alice, "deal_import", text=text, dry=False).json
    assert (told["new"], told["changed"], told["same"], told["refused"]) == (0, 0, 1, 0), told
    wrong = "name,Plan\nMenu 2,Bronze\nMenu 3,Gold\n"
    told = act(alice, "deal_import", text=wrong, dry=True).json
    assert (told["new"], told["reasons"]) == (
        1,
        ["deals row 1: Plan: This is not one of the field's choices."],
    )

    for who, status in (("charlie", 404), ("dora", 404), ("bob", 404)):
        stranger = browser(who)
        assert stranger.get(f"{HARBOUR}/deals.csv").status_code == status, who
        assert stranger.get(f"{HARBOUR}/part.html?of=deal&id={deal}").status_code == status, who
        assert (
            act(stranger, "deal_update", id=deal, version=2, values={"field.plan": "Gold"}).status_code == 404
        )
    charlie = browser("charlie")
    assert charlie.get(f"{COLOSSUS}/part.html?of=deal&id={deal}").status_code == 404
    assert act(charlie, "deal_update", COLOSSUS, id=deal, version=2, values={"title": "x"}).status_code == 404
    assert act(charlie, "deal_create", COLOSSUS, title="x", own={"plan": "Gold"}).status_code == 400


def test_a_deleted_deal_can_be_restored_by_who_may_see_it(alice: Any, browser: Any, ana: int) -> None:
    deal = act(alice, "deal_create", title="Menu", contact=ana).json["deal"]
    assert act(alice, "deal_remove", id=deal).status_code == 200
    assert act(alice, "deal_remove", id=deal).status_code == 404
    assert "Menu" not in alice.get(f"{HARBOUR}/part.html?of=deals&as=table").text
    assert "Menu" in alice.get(f"{HARBOUR}/part.html?of=deals&as=deleted").text
    assert act(browser("charlie"), "deal_restore", COLOSSUS, id=deal).status_code == 404
    for _ in range(2):
        assert act(alice, "deal_restore", id=deal).status_code == 200
    assert "Menu" in alice.get(f"{HARBOUR}/part.html?of=deals&as=table").text
