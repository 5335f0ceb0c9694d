"""Erasing a person: no byte of the installation names them afterwards, and every figure stays what it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import String, select
from sqlalchemy.exc import ProgrammingError

from dashapp.access import audit, trail
from dashapp.access.scopes import cli_scope
from dashapp.crm import contacts as contact_acts
from dashapp.crm import tasks
from dashapp.crm.contacts import Actor
from dashapp.crm.erasure import asking, sweep, tables, work
from dashapp.crm.files import imports
from dashapp.db.base import Base
from dashapp.db.contacts import ASKED, CLEANED, DONE, Contact, SavedFilter
from dashapp.db.security import AuditEntry
from dashapp.errors import NotFound, Refused
from data.events.canonical import Parked
from data.lake.markers import Person
from data.people.history import history_of
from data.plans import load as plans
from tests.crm.erasure_house import ALIAS, BOB, EVENTS, GEORGE, MAIL, NAME, NOW, TODAY, House, at


def test_no_byte_names_them_and_every_figure_is_what_it_was(house: House) -> None:
    before, theirs = house.figures("harbour"), house.figures("colossus")
    assert before["open"]["n"] == 1
    assert before["reply"]["n"] == 3
    assert len(house.left()) > 3
    erasure = house.ask()
    assert house.advance(timedelta(hours=1)) == 0
    assert house.row(erasure).state == CLEANED
    assert house.advance() == 1
    row = house.row(erasure)
    assert row.state == DONE
    assert row.sealed is None
    assert row.proof["read"]["left"] == 0
    assert row.proof["read"]["segments"] == 1
    assert house.left() == []
    assert house.figures("harbour") == before
    assert house.figures("colossus") == theirs


def test_who_asked_and_that_it_is_done_is_in_the_trail_without_a_name(house: House) -> None:
    erasure = house.ask()
    house.advance()
    with house.services.reading() as session:
        rows = session.scalars(
            select(AuditEntry).where(AuditEntry.verb == asking.VERB).order_by(AuditEntry.id)
        ).all()
        asked, done = rows
        assert (asked.actor, asked.detail) == ("alice@north.example", f"erasure {erasure}")
        assert done.actor == "erase-people"
        assert done.detail.startswith(f"erasure {erasure} is done: of 1 segments")
        assert asking.erasure_by_address(session, house.harbour, ALIAS).id == erasure  # type: ignore[union-attr]
        assert asking.erasure_by_address(session, house.colossus, MAIL) is None


def test_what_comes_in_later_counts_and_names_nobody(house: House) -> None:
    house.ask()
    house.advance()
    again = house.take_in(house.harbour, EVENTS)  # the same file once more: every event of it is known
    assert (again.new, again.duplicate) == (0, len(EVENTS))
    late = {"event": "sent", "message_id": f"n1:{MAIL}", "event_id": f"{MAIL}-late", "lead": MAIL,
            "campaign": "Winter", "subject": NAME, "occurred_at": at(1)}  # fmt: skip
    before = house.figures("harbour")["open"]["base"]
    told = house.take_in(house.harbour, [late], (Parked("row 1", "no event", f'{{"to": "{MAIL}"}}'),))
    assert (told.new, told.parked) == (1, 1)
    assert house.figures("harbour")["open"]["base"] == before + 1
    plans.load(house.services.lake, house.harbour, "journeys",
               [{"lead": MAIL, "campaign": "Autumn", "state": "not_started"}])  # fmt: skip
    with house.services.session() as session:
        alice = house.alice(session)
        with pytest.raises(Refused, match="was erased"):
            contact_acts.create(session, alice, {"email": MAIL})
        with pytest.raises(Refused, match="was erased"):
            tasks.create(session, tasks.Desk(alice.workspace, alice.name, None), channel="other", title="Write",
                         due_on=TODAY, lead=ALIAS)  # fmt: skip
        session.expunge_all()
    loaded = imports.load(house.services.session, alice, [{"email": MAIL, "name": NAME}])
    assert (loaded.read, loaded.new, len(loaded.refused)) == (1, 0, 1)
    assert house.left() == []


def test_a_namesake_and_a_longer_address_stay_as_they_are_and_do_not_keep_it_from_its_end(
    house: House,
) -> None:
    longer, namesake = f"s{MAIL}", "namesake@x.example"
    house.take_in(house.harbour, [{"event": "sent", "message_id": "m9", "lead": one, "campaign": "Winter",
                                   "occurred_at": at(5)} for one in (longer, namesake)])  # fmt: skip
    with house.services.session() as session:
        alice = house.alice(session)
        row = contact_acts.contact_of(session, alice.scope, house.harbour, house.id_of(namesake))
        contact_acts.edit(session, alice, row.id, "name", NAME, row.version)
        contact_acts.edit(session, alice, house.id_of(longer), "name", "Swren", 1)
    id_ = house.ask()
    assert house.advance() == 1
    assert house.row(id_).state == DONE
    with house.services.reading() as session:
        workspace, scope = cli_scope(session, "harbour")
        kept = [contact_acts.contact_by_key(session, scope, workspace.id, one) for one in (longer, namesake)]
        assert [None if one is None else one.name for one in kept] == ["Swren", NAME]


def test_another_agency_keeps_the_same_person(house: House) -> None:
    house.take_in(house.colossus, [{"event": "sent", "message_id": "y", "lead": MAIL, "campaign": "Z",
                                    "occurred_at": at(5)}])  # fmt: skip
    house.ask()
    house.advance()
    with house.services.reading() as session:
        workspace, scope = cli_scope(session, "colossus")
        assert contact_acts.contact_by_key(session, scope, workspace.id, MAIL) is not None
        assert len(history_of(house.services.lake, scope, workspace.id, [MAIL]).events) == 1
        here, own = cli_scope(session, "harbour")
        assert contact_acts.contact_by_key(session, own, here.id, MAIL) is None
        assert history_of(house.services.lake, own, here.id, [MAIL]).events == []


@pytest.mark.parametrize("step", ["_rebuild", "_forget_versions", "_cut", "_clean_segment"])
def test_killed_half_way_it_is_finished_later(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = house.figures("harbour")
    erasure = house.ask()

    def killed(*_: object, **__: object) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"data.building.erasing.{step}", killed)
        with pytest.raises(KeyboardInterrupt):
            house.advance()
    assert house.row(erasure).state == ASKED
    assert house.advance() == 1
    assert house.left() == []
    assert house.figures("harbour") == before


def test_it_is_confirmed_by_the_address_and_no_colleague_or_stranger_is_erased(house: House) -> None:
    wren = house.id_of(MAIL)
    with house.services.session() as session:
        alice = house.alice(session)
        contact_acts.create(session, alice, {"email": "alice@north.example"})
    with house.services.session() as session:
        alice = house.alice(session)
        for wrong in ("", "wren", "george@oak.example"):
            with pytest.raises(Refused, match="type the address"):
                asking.ask(session, alice, wren, wrong, house.settings.secret_key)
        charlie = Actor("charlie@south.example", *cli_scope(session, "colossus"))
        with pytest.raises(NotFound):
            asking.ask(session, charlie, wren, MAIL, house.settings.secret_key)
        own = contact_acts.contact_by_key(session, alice.scope, house.harbour, "alice@north.example")
        with pytest.raises(Refused, match="works here"):
            asking.ask(session, alice, own.id, "alice@north.example", house.settings.secret_key)  # type: ignore[union-attr]
    assert work.waiting(house.services.engine) == {}


def test_every_table_of_a_workspace_with_texts_is_swept_or_known_to_name_nobody() -> None:
    texts = {
        table.name
        for table in Base.metadata.tables.values()
        if "workspace_id" in table.c
        and any(isinstance(c.type, String) or type(c.type).__name__ == "JSON" for c in table.c)
    }
    assert texts == tables.SWEPT | tables.KEPT
    assert not tables.SWEPT & tables.KEPT


def test_a_short_lead_id_is_replaced_as_a_lead_and_looked_for_in_no_text() -> None:
    seven = Person(1, ("7",), ("Wren Canary",), b"k" * 32)
    event = {"lead": "7", "message_id": "m7", "reply_text": "Thanks", "raw": "{}"}
    assert seven.clean_event(event)["lead"] == seven.pseudonyms["7"]
    others = {"lead": "70", "message_id": "m7", "reply_text": "7 of 70, said Wren Canary", "raw": '{"n": 7}'}
    cleaned = seven.clean_event(others)
    assert (cleaned["lead"], cleaned["message_id"], cleaned["raw"]) == ("70", "m7", '{"n": 7}')
    assert "7 of 70" in cleaned["reply_text"]
    assert "Canary" not in cleaned["reply_text"]


def test_what_is_written_about_them_after_it_was_asked_for_does_not_keep_it_from_its_end(
    house: House,
) -> None:
    george = house.id_of(GEORGE)
    erasure = house.ask()
    at_first = house.row(erasure).proof["app"]["audit_entry"]
    with house.services.session() as session:
        audit.record(session, BOB, "data.sql", workspace_id=house.harbour, detail=f"'{MAIL}' or {NAME}")
        audit.record(session, BOB, "data.sql", workspace_id=house.colossus, detail=f"kept: {MAIL}")
        session.add(SavedFilter(workspace_id=house.harbour, listing="contacts", name="W2", search=f"q={NAME}",
                                author=MAIL))  # fmt: skip
        contact = session.get_one(Contact, george)
        contact.fields, contact.email, contact.phone = {"assistant": f"<{MAIL}>"}, MAIL, f"via {MAIL}"
        written = select(AuditEntry.detail).where(AuditEntry.verb == "data.sql").order_by(AuditEntry.id)
        assert session.scalars(written).all() == [f"'[erased]' or {NAME}", f"kept: {MAIL}"]
    assert house.advance() == 1
    assert house.row(erasure).proof["app"]["audit_entry"] == at_first + 1
    with house.services.reading() as session:
        assert session.scalars(written).all() == ["'[erased]' or [erased]", f"kept: {MAIL}"]
        contact = session.get_one(Contact, george)
        assert (contact.fields, contact.email, contact.phone) == (
            {"assistant": "<[erased]>"},
            None,
            "via [erased]",
        )
        # Who of the team did something stays, also of somebody who was of the team once.
        assert MAIL in session.scalars(select(SavedFilter.author)).all()


def test_a_counted_entry_names_no_erased_address_either(house: House) -> None:
    house.ask()
    house.advance()
    seen = [
        trail.Occurrence(BOB, "denied", None, house.harbour, f"{said} not found") for said in (MAIL, ALIAS)
    ]
    with house.services.engine.begin() as connection:
        trail.write_counts(connection, {trail.grouped(one, NOW): trail.Count(2, NOW, NOW) for one in seen})
    with house.services.reading() as session:
        rows = session.execute(
            select(AuditEntry.detail, AuditEntry.n).where(AuditEntry.verb == "denied")
        ).all()
    assert [tuple(row) for row in rows] == [("[erased] not found", 4)]
    assert house.left() == []


def test_a_table_that_cannot_be_read_proves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    erasure = house.ask()

    def unreadable(*_: object) -> Any:
        raise ProgrammingError("SELECT", {}, Exception("permission denied for table contact"))

    with monkeypatch.context() as patch:
        patch.setattr(sweep, "named_in", unreadable)
        with pytest.raises(ProgrammingError):
            house.advance()
    assert house.row(erasure).state == CLEANED
    assert house.advance() == 1
