"""Contacts into files and out of them, and the filters of their list."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from datetime import date
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from dashapp.access.scopes import managing_link
from dashapp.access.viewer import load_member
from dashapp.agencies import managing
from dashapp.crm.files import imports
from dashapp.crm.filters import Filters
from dashapp.db.contacts import Contact
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import User
from dashapp.errors import NotFound
from pages.contacts import acts, exports, lists
from pages.contacts.act_models import act_of
from pages.contacts.doing import Doing
from tests.callbacks.contact_acts import HARBOUR, act


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
