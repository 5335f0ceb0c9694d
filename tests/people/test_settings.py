"""The settings' pages as people see them: what is theirs, and nothing of anybody else."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from dashapp.access import audit, limits, policy
from dashapp.agencies import accounts
from dashapp.crm import fields
from dashapp.db.base import now
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import Workspace
from dashapp.errors import Refused
from dashapp.setting_values import plan_limits
from dashapp.sharing import links
from pages.settings import roles
from tests.support.world import HTML, PASSWORD, Browser, log_in

PAGES = (
    "/settings/account",
    "/settings/roles",
    "/settings/workspace",
    "/settings/fields",
    "/settings/api-keys",
    "/settings/audit-log",
    "/settings/billing",
)


def look(app: Flask, who: Browser, path: str, search: str = "") -> Any:
    """The page as Dash asks for it."""
    desk = app.extensions["vitrine_desk"]
    output = next(key for key, one in desk.callback_map.items() if one["inputs"][0]["id"] == "url")
    parts = output[2:-2].split("...")
    inputs = [
        {"id": "url", "property": "pathname", "value": path},
        {"id": "url", "property": "search", "value": search},
    ]
    body = {
        "output": output,
        "outputs": [dict(zip(("id", "property"), part.rsplit(".", 1), strict=True)) for part in parts],
        "inputs": inputs,
        "state": [],
        "changedPropIds": ["url.pathname"],
    }
    return who.post("/_dash-update-component", data=json.dumps(body), content_type="application/json")


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.text[:300]
    return json.dumps(answer.json["response"]["page"], ensure_ascii=False)


def note(running: Any, world: Any) -> None:
    """One entry in each agency, and one in Harbour by North."""
    with running.session() as session:
        audit.record(session, "n@x.example", "marker.north", agency_id=world.ids["north"], detail="=1+1")
        audit.record(session, "s@x.example", "marker.south", agency_id=world.ids["south"])
        audit.record(
            session,
            "n@x.example",
            "marker.harbour",
            agency_id=world.ids["north"],
            workspace_id=world.ids["harbour"],
        )


def test_alice_sees_every_page_and_each_is_at_its_address(app: Flask, alice: Browser) -> None:
    for page in PAGES:
        assert alice.get(page, headers=HTML).status_code == 200
        assert "This page does not exist" not in text(look(app, alice, page))


def test_dora_sees_her_account_and_nothing_else(app: Flask, browser: Any) -> None:
    dora = browser("dora")
    assert "dora@harbour.example" in text(look(app, dora, "/settings/account"))
    for page in PAGES[2:]:
        shown = text(look(app, dora, page))
        assert "This page does not exist" in shown
    assert "/settings/audit-log" not in text(look(app, dora, "/settings/account"))


@pytest.mark.parametrize("page", PAGES[2:])
def test_the_place_of_another_agency_is_as_if_it_were_not_there(
    app: Flask, alice: Browser, page: str
) -> None:
    answers = [
        text(look(app, alice, page, f"?place={place}"))
        for place in ("agency:south", "agency:nowhere", "workspace:colossus", "x", "agency:")
    ]
    assert all("This page does not exist" in answer for answer in answers)
    assert all("Colossus" not in answer and "South" not in answer for answer in answers)


def test_the_audit_log_of_an_agency_and_of_a_workspace(
    app: Flask, alice: Browser, browser: Any, running: Any, world: Any
) -> None:
    note(running, world)
    shown = text(look(app, alice, "/settings/audit-log", "?place=agency:north&search=marker"))
    assert "marker.north" in shown
    assert "marker.harbour" in shown
    assert "marker.south" not in shown
    carla = text(look(app, browser("carla"), "/settings/audit-log", "?search=marker"))
    assert "marker.harbour" in carla  # what the agency did in her workspace
    assert "marker.north" not in carla


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("search=MARKER.n", True),
        ("search=n@x", True),
        ("search=%25", False),
        ("search=marker_north", False),
        ("search='+OR+1=1", False),
        ("from=2001-01-01&to=2001-01-02", False),
        ("from=nonsense&to=2001-13-45", True),
        ("before=0", False),
        ("before=1e9&search=marker", True),
    ],
)
def test_searching(app: Flask, alice: Browser, running: Any, world: Any, search: str, found: bool) -> None:
    note(running, world)
    shown = text(look(app, alice, "/settings/audit-log", f"?place=agency:north&{search}"))
    assert ("marker.north" in shown) is found


def test_paging_shows_each_entry_once(app: Flask, alice: Browser, running: Any, world: Any) -> None:
    with running.session() as session:
        for n in range(120):
            audit.record(session, "n@x.example", f"page.{n:03}", agency_id=world.ids["north"])
    seen: list[str] = []
    search = "?place=agency:north&search=page."
    for _ in range(3):
        shown = text(look(app, alice, "/settings/audit-log", search))
        seen += [f"page.{n:03}" for n in range(120) if f"page.{n:03}" in shown]
        if "before=" in shown:
            search = "?place=agency:north&search=page.&before=" + shown.split("before=")[-1].split('\\"')[0]
    assert sorted(seen) == [f"page.{n:03}" for n in range(120)]


def test_the_export_holds_what_fits_and_no_formula(
    alice: Browser, browser: Any, running: Any, world: Any
) -> None:
    note(running, world)
    answer = alice.get("/settings/audit-log.csv?place=agency:north&search=marker")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["verb"] for row in rows] == ["marker.harbour", "marker.north"]
    assert rows[1]["detail"] == "'=1+1"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="north-audit-log.csv"'
    for who in ("charlie", "bob", "dora"):
        assert browser(who).get("/settings/audit-log.csv?place=agency:north").status_code == 404
    with running.reading() as session:
        exports = session.scalars(select(AuditEntry).where(AuditEntry.verb == "audit.export")).all()
    assert [(row.actor, row.agency_id) for row in exports] == [("alice@north.example", world.ids["north"])]


def test_old_invitations_can_be_taken_away_by_who_reads_the_audit_log(
    alice: Browser, browser: Any, running: Any, world: Any
) -> None:
    from dashapp.agencies import invitations

    north, south, harbour = (world.ids[name] for name in ("north", "south", "harbour"))
    asked = (
        ("agency", "=cmd@x.example", {"agency_id": north, "role": "member"}),
        ("workspace", "harbour@x.example", {"agency_id": north, "workspace_id": harbour, "role": "client"}),
        ("agency", "canary@south.example", {"agency_id": south, "role": "admin"}),
    )
    with running.session() as session:
        for kind, email, more in asked:
            made = invitations.make(session, running.settings, kind, email, actor="a@x.example", **more)
            made.created_at = made.expires_at = made.created_at - timedelta(days=400)
    rows = list(csv.DictReader(io.StringIO(alice.get("/settings/invitations.csv?place=agency:north").text)))
    mine = [row for row in rows if row["invited_by"] == "a@x.example"]
    assert [(row["kind"], row["email"], row["role"], row["account"], row["state"]) for row in mine] == [
        ("workspace", "harbour@x.example", "client", "Harbour Coffee", "expired"),
        ("agency", "'=cmd@x.example", "member", "", "expired"),
    ]
    own = alice.get("/settings/invitations.csv?place=workspace:harbour-coffee").text
    assert "harbour@x.example" in own
    assert "cmd@x.example" not in own
    for place in ("agency:south", "workspace:colossus", "agency:none", "", "north"):
        assert alice.get(f"/settings/invitations.csv?place={place}").status_code == 404, place
    for who in ("charlie", "bob", "dora"):
        assert browser(who).get("/settings/invitations.csv?place=agency:north").status_code == 404, who
    with running.reading() as session:
        taken = session.scalars(select(AuditEntry.actor).where(AuditEntry.verb == "invitation.export")).all()
    assert taken == ["alice@north.example"] * 2


def test_billing_counts_what_is_the_places_own(
    app: Flask, alice: Browser, browser: Any, running: Any, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running.reading() as session:
        north = accounts.agency_by_slug(session, "north")
        uses = {use.what: use.used for use in limits.usage_of(session, north)}
        harbour = session.get_one(Workspace, world.ids["harbour"])
        own = {use.what: use.used for use in limits.usage_of(session, harbour)}
        assert uses == {"workspaces": 2, "events": 0, "links": 1}
        assert own == {"events": 0, "links": 1}
        limits.check_room(session, north, "workspaces")  # no limit
        shown = text(look(app, alice, "/settings/billing", "?place=workspace:harbour-coffee"))
        assert "Free" in shown
        monkeypatch.setattr(limits, "limit_of", lambda place, what: 2 if what == "workspaces" else None)
        with pytest.raises(Refused, match="no room for another account"):
            limits.check_room(session, north, "workspaces")


def test_names_are_shown_as_text(app: Flask, alice: Browser, running: Any) -> None:
    alice.post("/account/name", data={"name": "<img src=x>", "csrf_token": alice.csrf}, headers=HTML)
    shown = text(look(app, alice, "/settings/account"))
    assert "<img" not in shown
    assert "&lt;img" in shown


def test_a_notice_is_shown_once(app: Flask, alice: Browser) -> None:
    alice.post("/account/name", data={"name": "Al", "csrf_token": alice.csrf}, headers=HTML)
    assert "dk-setting-notice" in text(look(app, alice, "/settings/account"))
    assert "dk-setting-notice" not in text(look(app, alice, "/settings/account"))


def test_sessions_show_no_whole_address_and_only_ones_own(app: Flask, alice: Browser, browser: Any) -> None:
    browser("charlie")
    shown = text(look(app, alice, "/settings/account"))
    assert "127.0.0.x" in shown
    assert "127.0.0.1" not in shown
    assert "charlie" not in shown
    assert PASSWORD not in shown


def test_a_workspace_without_an_agency_has_settings_of_its_own(app: Flask, running: Any) -> None:
    """Erin's account is nobody's client: she has its keys, its log and its plan."""
    from dashapp.agencies import managing

    with running.session() as session:
        erin = accounts.create_user(session, "erin@quay.example", PASSWORD)
        managing.open_account(session, erin, "Quay")
    client = app.test_client()
    assert log_in(client, "erin@quay.example").status_code == 303
    who = Browser.__new__(Browser)
    who.client, who.base = client, "http://localhost"
    assert "Trial, 14 days left" in text(look(app, who, "/settings/billing"))
    assert "Quay" in text(look(app, who, "/settings/api-keys"))
    assert "workspace.create" in text(look(app, who, "/settings/audit-log"))
    for page in PAGES[2:]:
        assert "This page does not exist" in text(look(app, who, page, "?place=agency:north"))
    made = who.post(
        "/account/keys",
        data={
            "place": "workspace:quay",
            "name": "k",
            "access": "read",
            "days": "never",
            "csrf_token": who.csrf,
        },
        headers=HTML,
    )
    assert "vtr_" in made.text


def test_an_agency_sees_nothing_of_an_account_it_does_not_manage_any_more(
    app: Flask, alice: Browser, running: Any, world: Any
) -> None:
    from dashapp.access.scopes import managing_link
    from dashapp.agencies import managing

    note(running, world)
    with running.session() as session:
        link = managing_link(session, world.ids["harbour"])
        assert link is not None
        managing.unlink(session, link, actor="carla@harbour.example", side="workspace")
    shown = text(look(app, alice, "/settings/audit-log", "?place=agency:north&search=marker"))
    assert "marker.north" in shown
    assert "marker.harbour" not in shown
    assert "marker.harbour" not in alice.get("/settings/audit-log.csv?place=agency:north").text
    assert "This page does not exist" in text(
        look(app, alice, "/settings/audit-log", "?place=workspace:harbour-coffee")
    )


def test_limits_of_plans_are_asked_wherever_something_is_made(
    running: Any, world: Any, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = plan_limits("agency.workspaces=2,free.links=1,free.events=0,pro.links=2")
    monkeypatch.setattr(limits, "limit_of", limits.by_plan(table))
    with running.session() as session:
        north = accounts.agency_by_slug(session, "north")
        harbour = session.get_one(Workspace, world.ids["harbour"])
        with pytest.raises(Refused, match="no room for another account"):
            accounts.create_workspace(session, north, "A third one")
        assert accounts.create_workspace(session, None, "On its own").managing_agency is None
        with pytest.raises(Refused, match="no room for another share link"):
            links.create_share(session, running.settings, harbour)
        harbour.plan = "pro"
        links.create_share(session, running.settings, harbour)
        harbour.plan, harbour.trial_ends = "trial", now() - timedelta(days=1)
        assert limits.plan_in_force(harbour) == "free"
        with pytest.raises(Refused, match="Nothing was taken in"):
            limits.check_room(session, harbour, "events")
        # South has its own count: nothing of it is used by North.
        limits.check_room(session, accounts.agency_by_slug(session, "south"), "workspaces")
    for wrong in ("free.links", "free.links=x", "gold.links=1", "free.workspaces=1", "free.links=-1", "=1"):
        with pytest.raises(ValueError, match=r"such as|whole number"):
            plan_limits(wrong)


def test_roles_are_shown_as_the_policy_decides_them(app: Flask, browser: Any) -> None:
    assert roles.WORDS.keys() == {
        verb
        for table in (policy.AGENCY_VERBS, policy.WORKSPACE_VERBS)
        for verbs in table.values()
        for verb in verbs
    }, "every right has its words"
    shown = text(look(app, browser("dora"), "/settings/roles"))
    assert "In an agency" in shown
    cells = sum(len(verbs) for verbs in (*policy.AGENCY_VERBS.values(), *policy.WORKSPACE_VERBS.values()))
    assert shown.count(">yes<") == cells


def field_form(who: Browser, path: str, **sent: str) -> Any:
    return who.post(path, data={"workspace": "harbour-coffee", "csrf_token": who.csrf, **sent}, headers=HTML)


def test_a_workspace_has_fields_of_its_own(app: Flask, browser: Any, running: Any, world: Any) -> None:
    carla, add = browser("carla"), "/account/fields"
    assert (
        field_form(carla, add, label="Plan", kind="choice", choices="Small\nLarge\n\nSmall").status_code
        == 303
    )
    assert field_form(carla, add, label="<b>Seats</b>", kind="number").status_code == 303
    with running.reading() as session:
        plan, seats = fields.fields_of(session, world.ids["harbour"])
    assert (plan.key, plan.kind, plan.choices, seats.key) == (
        "plan",
        "choice",
        ["Small", "Large"],
        "b_seats_b",
    )
    shown = text(look(app, carla, "/settings/fields"))
    assert "Small, Large" in shown
    assert "<b>Seats" not in shown
    for wrong in (
        {"label": "Plan", "kind": "text"},
        {"label": " ", "kind": "text"},
        {"label": "x" * 61, "kind": "text"},
        {"label": "Empty", "kind": "choice", "choices": " \n "},
        {"label": "Many", "kind": "choice", "choices": "\n".join(map(str, range(51)))},
    ):
        field_form(carla, add, **wrong)
        assert "dk-setting-bad" in text(look(app, carla, "/settings/fields")), wrong
    assert field_form(carla, add, label="Kind", kind="money").status_code == 400
    changed = {"id": str(plan.id), "label": "Tier", "choices": "Large"}
    assert field_form(carla, f"{add}/change", **changed).status_code == 303
    with running.reading() as session:
        tier = fields.fields_of(session, world.ids["harbour"])[0]
        assert (tier.key, tier.label, tier.choices) == ("plan", "Tier", ["Large"])
    # Dora only looks, Charlie is a stranger; a field of another workspace is not there either.
    for name in ("dora", "charlie"):
        for path in (add, f"{add}/change", f"{add}/remove"):
            sent = {"label": "Mine", "kind": "text"} if path == add else {"id": str(plan.id)}
            sent |= {"label": "Mine"} if path.endswith("change") else {}
            assert field_form(browser(name), path, **sent).status_code == 404, (name, path)
    alice = browser("alice")
    moved = alice.post(
        f"{add}/remove",
        data={"workspace": "pine-dental", "id": str(plan.id), "csrf_token": alice.csrf},
        headers=HTML,
    )
    assert moved.status_code == 404
    assert field_form(alice, f"{add}/remove", id=str(plan.id)).status_code == 303
    with running.reading() as session:
        here = fields.fields_of(session, world.ids["harbour"])
        assert [one.label for one in here] == ["<b>Seats</b>"]
        notes = session.scalars(select(AuditEntry.detail).where(AuditEntry.verb == "contact.field")).all()
        assert notes[-1] == "Tier removed"
