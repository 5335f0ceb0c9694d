"""What the desk's script asks of contacts: who may, what is refused, what is left in the audit trail and in files.

Alice owns North, Bob is her analyst, Carla manages Harbour, Dora is its client, Charlie is a stranger.
"""

from __future__ import annotations

import csv
import io
import json
from base64 import b64encode
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from dashapp.access import current
from dashapp.access.scopes import managing_link
from dashapp.access.viewer import load_member
from dashapp.agencies import managing
from dashapp.crm import calls, fields, single_mail
from dashapp.crm.files import imports
from dashapp.crm.filters import Filters
from dashapp.db.base import now
from dashapp.db.contacts import DEAL, Contact
from dashapp.db.mail import FAILED, SENT, Mail
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import User, Workspace
from dashapp.errors import NotFound
from dashapp.mail_server import MailServer
from data.lake.tables import inbox
from data.plans import load as plans
from pages.contacts import acts, exports, lists
from pages.contacts.act_models import act_of
from pages.contacts.doing import Doing

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


def test_an_export_under_way_ends_when_the_account_is_unlinked_and_an_import_writes_no_further_batch(
    alice: Any, app: Any, ana: int, running: Any, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert act(alice, "create", email="zoe@x.example").status_code == 200
    monkeypatch.setattr(exports, "BATCH", 1)
    monkeypatch.setattr(imports, "BATCH", 1)

    def unlink() -> None:
        with running.session() as session:
            link = managing_link(session, world.ids["harbour"])
            if link is not None:
                managing.unlink(session, link, actor="carla@harbour.example", side="workspace")

    with app.test_request_context(f"{HARBOUR}/contacts.csv"):
        with running.reading() as session:
            asking = session.scalars(select(User).where(User.email == "alice@north.example")).one()
            member = load_member(session, asking.id)
        monkeypatch.setattr(exports, "viewer", lambda: member)
        batches = exports.contact_table("harbour-coffee", Filters(), 10).batches
    assert [row[0] for row in next(batches)] == ["zoe@x.example"]
    assert member is not None
    doing = Doing(running, member, "harbour-coffee", "")
    keep = imports.keep

    def kept(session: Any, *given: Any, **named: Any) -> None:
        keep(session, *given, **named)
        session.commit()
        unlink()

    monkeypatch.setattr(imports, "keep", kept)
    listed = act_of({"op": "import", "text": "Email\none@x.example\ntwo@x.example\n", "dry": False})
    with pytest.raises(NotFound):
        acts.do(doing, listed)
    with pytest.raises(NotFound):
        next(batches)
    with running.reading() as session:
        made = session.scalars(select(Contact.key).where(Contact.origin == "file")).all()
    assert made == ["one@x.example"]


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
    alice: Any, ana: int, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = now().replace(microsecond=0)
    for ref, second, kept in (("r1", 0, 1), ("r1", 0, 1), ("r1", 1, 1), ("r2", 1, 2)):
        monkeypatch.setattr(calls, "now", lambda second=second: at - timedelta(seconds=1 - second))
        assert act(alice, "call", id=ana, disposition="booked", ref=ref).status_code == 200
        with running.engine.connect() as connection:
            assert connection.scalar(select(func.sum(inbox.c.events))) == kept, (ref, second)
    assert act(alice, "call", id=ana, disposition="opened").status_code == 400
    act(alice, "edit", id=ana, field="status", value="do_not_contact", version=1)
    assert "not to be contacted" in act(alice, "call", id=ana, disposition="booked").json["detail"]


def test_adding_to_a_campaign_plans_a_journey_that_has_not_started(
    alice: Any, ana: int, running: Any, world: Any
) -> None:
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


def test_the_101st_saved_filter_is_refused_and_a_name_known_is_changed(alice: Any) -> None:
    for n in range(lists.MOST_FILTERS):
        assert (
            act(alice, "save_filter", listing="contacts", name=f"F{n}", search="status=won").status_code
            == 200
        )
    more = act(alice, "save_filter", listing="contacts", name="More", search="status=won")
    assert (more.status_code, more.json["detail"]) == (
        400, "A list has at most 100 saved filters; remove one first."
    )  # fmt: skip
    assert act(alice, "save_filter", listing="contacts", name="F1", search="status=lost").status_code == 200


def test_a_workbook_goes_in_and_comes_out_and_runs_nothing(alice: Any, ana: int) -> None:
    act(alice, "edit", id=ana, field="name", value="=HYPERLINK(1)", version=1)
    answer = alice.get(f"{HARBOUR}/contacts.xlsx?q=ana")
    assert answer.headers["Content-Disposition"] == "attachment; filename=harbour-coffee-contacts.xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0][:3]] == ["email", "name", "company"]
    assert [(cell.value, cell.data_type) for cell in rows[1][:2]] == [
        ("ana@x.example", "s"),
        ("=HYPERLINK(1)", "s"),
    ]
    book = openpyxl.Workbook()
    for row in (
        ["Email", "Name", "Since"],
        ["b@x.example", "Bea", date(2026, 3, 31)],
        [None, None, None],
    ):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    coded = b64encode(file.getvalue()).decode()
    told = act(alice, "import", xlsx=coded, dry=True).json
    assert (told["read"], told["new"]) == (1, 1)
    assert told["sample"] == [["b@x.example", "Bea", "2026-03-31"]]
    assert act(alice, "import", xlsx=coded, dry=False).json["new"] == 1
    for wrong in ("not base64!", b64encode(b"PK no book").decode(), b64encode(b"a,b\n1,2").decode()):
        assert act(alice, "import", xlsx=wrong).status_code == 400


def test_a_filter_on_a_custom_field_finds_a_part_and_an_unknown_field_nobody(alice: Any, ana: int) -> None:
    act(alice, "field", label="City", kind="text")
    act(alice, "field", label="Plan", kind="choice", choices=["Gold", "Golden"])
    act(alice, "edit", id=ana, field="field.city", value="Cádiz centro", version=1)
    act(alice, "edit", id=ana, field="field.plan", value="Golden", version=2)
    for search, found in (
        ("f.city=centro", True),
        ("f.city=CENTRO", True),
        ("f.city=50%25", False),
        ("f.plan=Golden", True),
        ("f.plan=Gold", False),
        ("f.no_such=x", False),
    ):
        page = alice.get(f"{HARBOUR}/part.html?of=contacts&{search}").text
        assert ("Ana Ruiz" in page) is found, search
    assert alice.get(f"{HARBOUR}/part.html?of=contacts&f.city={'x' * 10_000}").status_code == 400


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


def test_tasks_are_made_moved_completed_and_taken_back_on_the_card(
    alice: Any, browser: Any, ana: int
) -> None:
    assert (
        act(alice, "task_create", id=ana, title="Call Ana", channel="phone", due_on="2026-12-01").status_code
        == 200
    )
    card = alice.get(f"{HARBOUR}/part.html?of=contact&id={ana}").text
    task = int(card.partition('data-task-move="')[2].partition('"')[0])
    assert act(alice, "task_move", task=task, revision=1, due_on="2026-12-05").json["said"] == "Task moved."
    assert act(alice, "task_move", task=task, revision=1, due_on="2026-12-06").status_code == 409
    assert act(alice, "task_complete", task=task).status_code == 400  # a call needs how it ended
    bob, charlie = browser("bob"), browser("charlie")
    assert act(bob, "task_complete", task=task, disposition="booked").status_code == 403
    assert act(charlie, "task_complete", COLOSSUS, task=task, disposition="booked").status_code == 404
    done = act(alice, "task_complete", task=task, disposition="booked", note="On Friday")
    assert done.json["said"] == "Completed: Call Ana"
    assert act(alice, "task_complete", task=task, disposition="booked").status_code == 409
    assert act(alice, **done.json["undo"]).status_code == 200
    assert act(alice, **done.json["undo"]).status_code == 409
    assert act(alice, "task_move", task=2**61, revision=1, due_on="2026-12-06").status_code == 404


def test_one_email_goes_to_the_outbox_once_and_never_to_who_is_not_to_be_contacted(
    alice: Any, ana: int, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = {"id": ana, "subject": "Your menu", "text": "Hello Ana", "ref": "0123456789ab"}
    assert "VITRINE_SMTP_URL" in act(alice, "mail", **mail).json["detail"]
    monkeypatch.setattr(
        type(running.settings), "mail_server", property(lambda _: MailServer("mail.example", 25, "none"))
    )
    for _ in range(2):
        assert act(alice, "mail", **mail).status_code == 200
    with running.reading() as session:
        rows = session.scalars(select(Mail).where(Mail.key.like("single:%"))).all()
    assert [(row.to, row.subject, row.reply_to) for row in rows] == [
        ("ana@x.example", "Your menu", "alice@north.example")
    ]
    for field, wrong in (("subject", " "), ("text", "\0 "), ("text", "x" * 1_000_000), ("ref", "../x")):
        assert act(alice, "mail", **{**mail, field: wrong}).status_code == 400, field
    act(alice, "consent", id=ana, kind="marketing", given=False)
    assert "withdrawn" in act(alice, "mail", **{**mail, "ref": "another-one"}).json["detail"]
    # Nor through another contact into which somebody typed her address.
    other = act(alice, "create", email="zoe@x.example").json["id"]
    assert act(alice, "edit", id=other, field="email", value="ana@x.example", version=1).status_code == 200
    refused = act(alice, "mail", **{**mail, "id": other, "ref": "a-third-one"})
    assert (refused.status_code, "withdrawn" in refused.json["detail"]) == (400, True)


def test_a_sent_mail_is_told_as_an_event_once_and_a_refused_one_with_the_servers_words(
    alice: Any, ana: int, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        type(running.settings), "mail_server", property(lambda _: MailServer("mail.example", 25, "none"))
    )
    for ref in ("first-mail", "second-mail"):
        act(alice, "mail", id=ana, subject=ref, text="Hello", ref=ref)
    with running.session() as session:
        sent, failed = session.scalars(select(Mail).where(Mail.key.like("single:%")).order_by(Mail.id)).all()
        sent.state, sent.sent_at = SENT, now()
        failed.state, failed.last_error = FAILED, "550 no such user"
    assert single_mail.tell(running.engine, running.inbox) == 2
    assert single_mail.tell(running.engine, running.inbox) == 0
    with running.engine.connect() as connection:
        told = [event for (body,) in connection.execute(select(inbox.c.body)) for event in json.loads(body)]
    assert [(one["event"], one["subject"], one["lead"], one["category"]) for one in told] == [
        ("sent", "first-mail", "ana@x.example", "individual"),
        ("failed", "second-mail", "ana@x.example", "individual"),
    ]
    assert told[1]["server_response"] == "550 no such user"


def test_a_campaign_that_has_not_begun_can_be_left(alice: Any, ana: int, running: Any, world: Any) -> None:
    plans.load(running.lake, world.ids["harbour"], "campaigns", [{"name": "Winter"}, {"name": "Spring"}])
    for name in ("Winter", "Spring"):
        act(alice, "campaign", ids=[ana], campaign=name)
    plans.load(running.lake, world.ids["harbour"], "journeys",
               [{"lead": "ana@x.example", "campaign": "Spring", "state": "running"}])  # fmt: skip
    assert act(alice, "leave_campaign", id=ana, campaign="Winter").json["said"] == "Taken out of Winter."
    assert act(alice, "leave_campaign", id=ana, campaign="Winter").status_code == 404
    assert "has begun" in act(alice, "leave_campaign", id=ana, campaign="Spring").json["detail"]


def test_a_person_is_erased_by_an_owner_who_proved_who_they_are(
    alice: Any, browser: Any, ana: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    erase = {"id": ana, "typed": "ana@x.example"}
    for name in ("bob", "carla"):  # an analyst, and a manager of the workspace
        assert act(browser(name), "erase", **erase).status_code == 404
    assert act(browser("charlie"), "erase", COLOSSUS, **erase).status_code == 404
    with monkeypatch.context() as later:  # the ten minutes after logging in are over
        later.setattr(current, "confirmed_recently", lambda: False)
        answer = act(alice, "erase", **erase)
        assert (answer.status_code, "Prove again" in answer.json["detail"]) == (403, True)
        card = alice.get(f"{HARBOUR}/part.html?of=contact&id={ana}").text
        assert f"/confirm?next=/w/harbour-coffee/contacts/{ana}%3Ferase%3D1" in card
        assert 'id="crm-erase"' not in card
    assert 'id="crm-erase"' in alice.get(f"{HARBOUR}/part.html?of=contact&id={ana}").text
    assert "type the address" in act(alice, "erase", id=ana, typed="ana").json["detail"]
    assert act(alice, "erase", **erase).json["gone"] is True
    assert alice.get(f"{HARBOUR}/part.html?of=contact&id={ana}").status_code == 404
    assert act(alice, "erase", **erase).status_code == 404
    assert act(alice, "edit", id=ana, field="name", value="x", version=1).status_code == 404
    assert "was erased" in act(alice, "create", email="ana@x.example").json["detail"]
    assert act(alice, "was_erased", typed="Ana@x.example").json["said"].startswith("Being erased since")
    assert act(alice, "was_erased", typed="bea@x.example").json["said"].startswith("Nobody with this")
    page = alice.get(f"{HARBOUR}/part.html?of=contacts&erased=1").text
    assert "1 person erased" in page
    assert "ana" not in page.lower().replace("manager", "")
    assert browser("bob").get(f"{HARBOUR}/part.html?of=contacts&erased=1").status_code == 404


@pytest.mark.parametrize("text", ["x" * 1_000_000, "", " \0 "])
def test_a_note_that_is_too_long_or_empty_is_told(alice: Any, ana: int, text: str) -> None:
    answer = act(alice, "note", id=ana, text=text)
    assert answer.status_code == 400
    assert answer.json["detail"]
