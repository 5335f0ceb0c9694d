"""Wren, who is to be erased: what an installation holds of a person, and what is left of it afterwards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

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
from dashapp.crm.erasure import asking, work
from dashapp.db import migrate
from dashapp.db.contacts import Erasure, SavedFilter
from dashapp.db.on_tiles import Annotation, AnnotationChange, QuestionMessage, TileQuestion
from dashapp.db.shares import ShareOpening
from dashapp.schedules import keeping
from dashapp.schedules.keeping import Wanted
from dashapp.services import Services, open_services
from dashapp.sharing import links
from dashapp.sharing import viewers as sharing
from dashapp.ui import share_mails
from data.building import build
from data.events.canonical import Parked, canonical_many
from data.lake import segments
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


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, int, int]:
    """A home in which Harbour wrote to Wren; its settings and the ids of both workspaces. Tests copy it."""
    home = tmp_path_factory.mktemp("wren")
    settings = load({"VITRINE_HOME": str(home), "VITRINE_SECRET_KEY": random_token()})
    services = open_services(settings)
    migrate.upgrade(services.engine)
    with services.session() as session:
        north, _ = accounts.create_agency(session, "North", "alice@north.example", "correct horse battery")
        south, _ = accounts.create_agency(session, "South", "charlie@south.example", "correct horse battery")
        harbour = accounts.create_workspace(session, north, "Harbour", "Europe/Madrid").id
        colossus = accounts.create_workspace(session, south, "Colossus", "Asia/Kolkata").id
    found = House(home, settings, services, harbour, colossus)
    events, _ = canonical_many([{"event": "sent", "message_id": "x", "lead": "zed@colossus.example",
                                 "occurred_at": at(60)}], datetime.now(UTC))  # fmt: skip
    services.inbox.put(colossus, None, events, received_at=datetime.now(UTC))
    found.take_in(harbour, EVENTS, (Parked("row 7", f"no event of {MAIL}", f'{{"email": "{MAIL}"}}'),))
    _by_hand(found)
    services.engine.dispose()
    return settings, harbour, colossus


@pytest.fixture
def house(made_home: tuple[Settings, int, int], tmp_path: Path) -> Iterator[House]:
    """Harbour wrote to Wren, under two addresses that were made one contact; Colossus to somebody else."""
    made, harbour, colossus = made_home
    home = shutil.copytree(made.home, tmp_path / "home")
    settings = load({"VITRINE_HOME": str(home), "VITRINE_SECRET_KEY": made.secret_key})
    services = open_services(settings)
    yield House(home, settings, services, harbour, colossus)
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
