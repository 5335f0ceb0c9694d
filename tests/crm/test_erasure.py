"""Erasing a person: no byte of the installation names them afterwards, and every figure stays what it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import String, select
from sqlalchemy.exc import ProgrammingError

from dashapp.access import audit, trail
from dashapp.access.scopes import cli_scope
from dashapp.access.tokens import random_token
from dashapp.agencies import accounts
from dashapp.alerts import store as alerts
from dashapp.alerts.measure import Measure
from dashapp.alerts.store import AlertSettings
from dashapp.config import Settings, load
from dashapp.crm import contacts as contact_acts
from dashapp.crm import merging, tasks
from dashapp.crm.contacts import Actor
from dashapp.crm.erasure import asking, guests, sweep, tables, work
from dashapp.crm.files import imports
from dashapp.db import migrate
from dashapp.db.base import Base
from dashapp.db.contacts import ASKED, CLEANED, DONE, Contact, Erasure, SavedFilter
from dashapp.db.mail import Mail
from dashapp.db.on_tiles import Annotation, AnnotationChange, QuestionMessage, TileAlert, TileQuestion
from dashapp.db.schedules import Schedule, ScheduleRecipient
from dashapp.db.security import AuditEntry
from dashapp.db.shares import ShareOpening, ShareViewer
from dashapp.errors import NotFound, Refused
from dashapp.schedules import keeping
from dashapp.schedules import recipients as recipients_
from dashapp.schedules.keeping import Wanted
from dashapp.services import Services, open_services
from dashapp.sharing import links, view_log
from dashapp.sharing import viewers as sharing
from dashapp.ui import question_mails, share_mails
from data.building import build
from data.events.canonical import Parked, canonical_many
from data.lake import segments
from data.lake.markers import Person
from data.people.history import history_of
from data.plans import load as plans
from data.query.ask import ask_all
from data.question import Query
from jobs.intake.people import catch_up

#: Each is found nowhere else: what is left of any of them, in whatever spelling, is found by "canary".
BOB, GEORGE = "bob@north.example", "george@oak.example"
MAIL, ALIAS = "wren.canary@nest.example", "w.canary@other.example"
NAME = "Wren Canary"
TODAY = datetime.now(UTC).date()
NOW = datetime.now(UTC).replace(microsecond=0)
#: Refuses by one of the phrases figures look for, which is what stays of it.
REFUSAL = "Please remove me from your list, yours, Wren Canary"


def at(hours: float) -> str:
    """So many hours ago."""
    return (NOW - timedelta(hours=hours)).isoformat()


EVENTS: list[dict[str, Any]] = [
    {"event": "sent", "message_id": "m1", "lead": MAIL, "campaign": "Autumn", "step": "1", "user": BOB,
     "subject": "Hello Wren Canary", "occurred_at": at(50)},
    {"event": "opened", "message_id": "m1", "occurred_at": at(49), "user_agent": "Wren-Canary/1"},
    {"event": "opened", "message_id": "m1", "occurred_at": at(48)},
    {"event": "clicked", "message_id": "m1", "url": "https://a.example/?to=wren.canary%40nest.example",
     "occurred_at": at(47)},
    {"event": "clicked", "message_id": "m1", "url": "https://a.example/menu", "occurred_at": at(46)},
    {"event": "replied", "message_id": "m1", "lead": MAIL, "reply_text": "Yes! W. Canary", "occurred_at": at(45)},
    {"event": "sent", "message_id": f"<b1@esp>:{MAIL}", "event_id": f"{MAIL}-77", "lead": MAIL,
     "campaign": "Winter", "user": BOB, "occurred_at": at(40)},
    {"event": "replied", "message_id": f"<b1@esp>:{MAIL}", "lead": MAIL,
     "reply_text": REFUSAL, "occurred_at": at(39)},
    {"event": "received", "lead": MAIL, "sender": MAIL, "subject": "Of Wren Canary", "occurred_at": at(38)},
    {"event": "call_back", "channel": "phone", "lead": MAIL, "user": BOB, "occurred_at": at(30)},
    {"event": "sent", "message_id": "m2", "lead": ALIAS, "campaign": "Winter", "user": BOB,
     "occurred_at": at(20)},
    {"event": "bounced", "message_id": "m2", "server_response": f"550 {ALIAS} is unknown", "occurred_at": at(19)},
    {"event": "sent", "message_id": "m3", "lead": GEORGE, "campaign": "Winter", "user": BOB,
     "occurred_at": at(18)},
    {"event": "replied", "message_id": "m3", "lead": GEORGE, "occurred_at": at(17),
     "reply_text": f"Ask {MAIL.upper()} or Wren Canary instead."},
]  # fmt: skip
FIGURES = {
    **{kind: Query(name="rate", data_type=kind) for kind in ("open", "click", "reply", "bounce")},
    **{
        f"{kind} by campaign": Query(name="rate", data_type=kind, by="campaign") for kind in ("open", "reply")
    },
    **{
        name: Query(name=name, from_=TODAY - timedelta(days=10), to=TODAY)
        for name in ("engagement_overview", "action_analytics", "top_campaigns")
    },
}


@dataclass
class House:
    """An installation in a folder of its own: Alice's Harbour, Charlie's Colossus."""

    home: Path
    settings: Settings
    services: Services
    harbour: int
    colossus: int

    def take_in(
        self, workspace_id: int, records: list[dict[str, Any]], parked: tuple[Parked, ...] = ()
    ) -> Any:
        """Events through the inbox into segments and figures, and their people into contacts."""
        events, refused = canonical_many(records, datetime.now(UTC))
        assert not refused, refused[0].why
        receipt = self.services.inbox.put(workspace_id, None, events, parked, received_at=datetime.now(UTC))
        segments.drain(self.services.lake)
        build.refresh(self.services.lake)
        catch_up(self.services.lake)
        return receipt

    def alice(self, session: Any) -> Actor:
        """Alice in Harbour."""
        return Actor("alice@north.example", *cli_scope(session, "harbour"))

    def id_of(self, key: str, workspace: str = "harbour") -> int:
        """The contact with this lead id."""
        with self.services.reading() as session:
            row, scope = cli_scope(session, workspace)
            contact = contact_acts.contact_by_key(session, scope, row.id, key)
            assert contact is not None
            return contact.id

    def figures(self, slug: str) -> dict[str, Any]:
        """What the figures say, without what differs from one moment to the next."""
        with self.services.reading() as session:
            row, scope = cli_scope(session, slug)
            told = ask_all(self.services.lake, scope, row.id, FIGURES)
        return json.loads(json.dumps({k: {n: v for n, v in one.items() if n != "as_of"} for k, one in told.items()},
                                     default=str))  # fmt: skip

    def ask(self, key: str = MAIL) -> int:
        """Alice erases the person; gives the erasure's id."""
        with self.services.session() as session:
            return asking.ask(session, self.alice(session), self.id_of(key), f" {key.upper()} ",
                              self.settings.secret_key).id  # fmt: skip

    def advance(self, grace: timedelta = timedelta(0)) -> int:
        """What the job does."""
        waiting = work.waiting(self.services.engine).get(self.harbour, [])
        return work.advance(self.services.lake, self.settings.secret_key, waiting, grace)

    def row(self, id_: int) -> Erasure:
        """An erasure as it stands."""
        with self.services.reading() as session:
            return session.get_one(Erasure, id_)

    def left(self) -> list[str]:
        """The files with a byte of the person, and those of the lake with a value of theirs."""
        found = []
        for path in self.home.rglob("*"):
            if path.is_file():
                text = path.read_bytes().lower()
                if path.suffix == ".parquet":
                    text += json.dumps(pq.read_table(path).to_pylist(), default=str).lower().encode()
                if b"canary" in text:
                    found.append(path.relative_to(self.home).as_posix())
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Harbour wrote to Wren, under two addresses that were made one contact; Colossus to somebody else."""
    settings = load({"VITRINE_HOME": str(tmp_path), "VITRINE_SECRET_KEY": random_token()})
    services = open_services(settings)
    migrate.upgrade(services.engine)
    with services.session() as session:
        north, _ = accounts.create_agency(session, "North", "alice@north.example", "correct horse battery")
        south, _ = accounts.create_agency(session, "South", "charlie@south.example", "correct horse battery")
        harbour = accounts.create_workspace(session, north, "Harbour", "Europe/Madrid").id
        colossus = accounts.create_workspace(session, south, "Colossus", "Asia/Kolkata").id
    found = House(tmp_path, settings, services, harbour, colossus)
    events, _ = canonical_many([{"event": "sent", "message_id": "x", "lead": "zed@colossus.example",
                                 "occurred_at": at(60)}], datetime.now(UTC))  # fmt: skip
    services.inbox.put(colossus, None, events, received_at=datetime.now(UTC))
    found.take_in(harbour, EVENTS, (Parked("row 7", f"no event of {MAIL}", f'{{"email": "{MAIL}"}}'),))
    _by_hand(found)
    yield found
    services.engine.dispose()


def _by_hand(house: House) -> None:
    """What people wrote about Wren: on the card, in tasks, plans, filters."""
    wren, alias, george = house.id_of(MAIL), house.id_of(ALIAS), house.id_of("george@oak.example")
    with house.services.session() as session:
        alice = house.alice(session)
        contact = contact_acts.contact_of(session, alice.scope, house.harbour, wren)
        for field, value in (("name", NAME), ("company", "Nest"), ("tags", ["vip"])):
            contact = contact_acts.edit(session, alice, wren, field, value, contact.version)
        merging.merge(session, alice, wren, alias)
        contact_acts.add_note(session, alice, wren, "Canary sings.")
        contact_acts.add_note(session, alice, george, f"Knows {NAME}")
        contact_acts.set_consent(session, alice, wren, "events", True)
        desk = tasks.Desk(alice.workspace, alice.name, None)
        tasks.create(session, desk, channel="phone", title=f"Call {NAME}", due_on=TODAY, lead=MAIL)
        about = {"first_day": TODAY, "last_day": TODAY, "text": f"{NAME} rang", "for_clients": True}
        note = Annotation(workspace_id=house.harbour, **about)
        session.add(note)
        session.flush()
        session.add(AnnotationChange(annotation_id=note.id, what="add", by=alice.name, **about))
        share, _, _ = links.create_share(session, house.settings, alice.workspace)
        viewers = sharing.add_viewers(session, house.settings, share, [ALIAS, GEORGE], actor=alice.name)
        share_mails.invite(session, house.settings, share, viewers, sender="Alice")
        weekly = Wanted("weekly", 8, "Europe/Madrid", [MAIL, GEORGE])
        keeping.create(session, house.settings, alice.workspace, share, weekly, actor=alice.name)
        session.add(ShareOpening(share_id=share.id, viewer_id=viewers[0].id, key="k", device="phone"))
        measure = Measure(metric="reply", period="28")
        told = AlertSettings("below", 2, 0, [MAIL, GEORGE], name="Replies")
        alerts.create(session, alice.workspace, measure, told, view_id=None, tile_id="reply", title="Replies",
                      language="en", own=False, actor=alice.name)  # fmt: skip
        theirs = TileQuestion(workspace_id=house.harbour, share_id=share.id, viewer_id=viewers[0].id,
                              asked_hash="b", nonce="m", token_hash="u", tile_id="x", tile_title="Replies",
                              name=NAME, email=ALIAS)  # fmt: skip
        session.add(theirs)
        session.flush()
        session.add(QuestionMessage(question_id=theirs.id, by_client=True, text="Why so few?"))
        question = TileQuestion(workspace_id=house.harbour, share_id=share.id, asked_hash="a", nonce="n",
                                token_hash="t", tile_id="x", tile_title="Replies", email="c@x.example")  # fmt: skip
        session.add(question)
        session.flush()
        session.add(QuestionMessage(question_id=question.id, by_client=True, text=f"Is {MAIL} one of them?"))
        session.add(SavedFilter(workspace_id=house.harbour, listing="contacts", name="W", search=f"q={MAIL}",
                                author=alice.name))  # fmt: skip
    plans.load(house.services.lake, house.harbour, "journeys",
               [{"lead": MAIL, "campaign": "Autumn", "state": "not_started"}])  # fmt: skip


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


def test_an_erased_guest_gets_no_mail_and_is_not_added_again(house: House) -> None:
    """Wren was a viewer under one address, got a schedule's and an alert's mails under the other; George stays."""
    house.ask()
    with house.services.session() as session:
        alice = house.alice(session)
        assert session.scalars(select(ShareViewer.email)).all() == [GEORGE]
        recipients = select(ShareViewer.email).join(
            ScheduleRecipient, ScheduleRecipient.viewer_id == ShareViewer.id
        )
        assert session.scalars(recipients).all() == [GEORGE]
        assert session.scalars(select(TileAlert.recipients)).all() == [[GEORGE]]
        assert session.scalars(select(Mail.to)).all() == [GEORGE]
        (share,) = links.shares_of(session, alice.workspace)
        (line,) = view_log.log_of(session, share)
        assert (line.viewer, line.via) == (None, guests.ERASED)
        question = session.scalars(select(TileQuestion).where(TileQuestion.token_hash == "u")).one()
        assert (question.name, question.waits, "@" in question.email) == ("", False, False)
        answer = QuestionMessage(
            question_id=question.id, by_client=False, author=alice.name, text="So it is."
        )
        session.add(answer)
        session.flush()
        assert not question_mails.tell_client(session, house.settings, alice.workspace, question, answer)
        for again in (MAIL, ALIAS.upper()):
            with pytest.raises(Refused, match="was erased in this workspace"):
                sharing.add_viewers(session, house.settings, share, [again], actor=alice.name)
        schedule = session.scalars(select(Schedule)).one()
        with pytest.raises(Refused, match="was erased in this workspace"):
            recipients_.set_recipients(session, house.settings, share, schedule, [MAIL], actor=alice.name)
        with pytest.raises(Refused, match="was erased in this workspace"):
            told = AlertSettings("below", 2, 0, [ALIAS], name="Replies")
            alerts.create(session, alice.workspace, Measure(metric="reply", period="28"), told, view_id=None,
                          tile_id="reply", title="Replies", language="en", own=False, actor=alice.name)  # fmt: skip
        colossus, _ = cli_scope(session, "colossus")
        theirs, _, _ = links.create_share(session, house.settings, colossus)
        sharing.add_viewers(session, house.settings, theirs, [MAIL], actor="charlie@south.example")


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
