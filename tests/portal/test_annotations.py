"""Notes on days: drawn and listed on trends, for the team or for clients, too, within a share's scope."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from dashapp.db.base import now
from dashapp.db.on_tiles import Annotation
from dashapp.db.tenants import AgencyLink, Workspace
from dashapp.errors import Conflict, NotFound, Refused
from dashapp.sharing import day_notes
from dashapp.sharing.content import Content
from dashapp.sharing.day_notes import Written
from tests.support.portal_house import House

TODAY = now().date()


def write(house: House, text: str, *, clients: bool = True, days: int = 0, **more: Any) -> int:
    """A note on the days up to yesterday."""
    last = TODAY - timedelta(days=1)
    with house.services.session() as session:
        workspace = session.merge(more.pop("workspace", house.harbour))
        session.refresh(workspace)
        written = Written(last - timedelta(days=days), last, text, clients, more.get("campaign"))
        return day_notes.add(session, workspace, written, own=False, actor="alice@north.example").id


def change(house: House, note_id: int, **values: Any) -> None:
    with house.services.session() as session:
        workspace = session.merge(house.harbour)
        session.refresh(workspace)
        note = day_notes.note_of(session, workspace, note_id)
        written = Written(note.first_day, note.last_day, values.get("text", note.text), values["clients"])
        day_notes.edit(session, workspace, note, note.revision, written, actor="bob@north.example")


def page(house: House, path: str) -> str:
    return house.app.test_client().get(path).text


def test_a_client_sees_what_is_meant_for_clients_at_the_next_look(house: House) -> None:
    house.send(house.harbour, "m", 5)
    _, path = house.share(house.harbour)
    assert 'class="nts"' not in page(house, path)  # kept from here on
    note = write(house, "New domain warmed up", days=2)
    write(house, "Client is late with payment", clients=False)
    shown = page(house, path)
    assert shown.count("New domain warmed up</li>") == 2  # under the trend and under the e-mails sent
    assert '<rect class="nt"' in shown
    assert "late with payment" not in shown
    change(house, note, clients=True, text="Domain warmed up again")
    assert "Domain warmed up again" in page(house, path)
    change(house, note, clients=False)
    assert "warmed up" not in page(house, path)
    with house.services.session() as session:
        workspace = session.merge(house.harbour)
        found = session.get_one(Annotation, note)
        told = [one.text for one in day_notes.history_of(session, [found])[note]]
        assert told == ["New domain warmed up", "Domain warmed up again", "Domain warmed up again"]
        day_notes.remove(session, workspace, found, actor="alice@north.example")
        with pytest.raises(NotFound):
            day_notes.note_of(session, workspace, note)


def test_a_share_of_one_campaign_shows_no_note_of_another(house: House) -> None:
    house.send(house.harbour, "m", 5, campaign="Autumn")
    write(house, "Autumn began", campaign="Autumn")
    write(house, "Spring began", campaign="Spring")
    write(house, "Everybody was away")
    content = Content(campaigns=["Autumn"], since=TODAY - timedelta(days=20))
    _, path = house.share(house.harbour, content=content)
    shown = page(house, path)
    assert "Autumn began" in shown
    assert "Everybody was away" in shown
    assert "Spring" not in shown


def test_charlies_and_pines_notes_are_nowhere_in_harbours_portal(house: House) -> None:
    house.send(house.harbour, "m", 5)
    write(house, "A stranger's note", workspace=house.colossus)
    write(house, "A neighbour's note", workspace=house.pine)
    _, path = house.share(house.harbour)
    assert "note</li>" not in page(house, path)
    with house.services.session() as session:
        harbour = session.merge(house.harbour)
        session.refresh(harbour)
        assert day_notes.notes_of(session, harbour) == []
        for note in session.scalars(select(Annotation)):
            with pytest.raises(NotFound, match="no such note"):
                day_notes.note_of(session, harbour, note.id)


def test_an_agencys_notes_end_with_its_link(house: House) -> None:
    house.send(house.harbour, "m", 5)
    write(house, "New domain warmed up")
    with house.services.session() as session:
        link = session.scalars(select(AgencyLink).where(AgencyLink.workspace_id == house.harbour.id)).one()
        link.state = "ended"
        session.flush()
        workspace = session.merge(house.harbour)
        session.refresh(workspace)
        assert day_notes.for_share(session, workspace, None, None) == []


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2026, 11, 2), date(2026, 11, 1), "backwards"),
        (date(1980, 1, 1), date(1980, 1, 1), "long ago"),
        (date(2025, 1, 1), date(2026, 1, 2), "more than a year"),
        (TODAY, TODAY, ""),
        (TODAY, TODAY, "x" * 281),
        (TODAY, TODAY, "x" * 1_000_000),
        (TODAY, TODAY, "a\x00b"),
    ],
)
def test_what_is_wrong_is_refused(house: House, first: date, last: date, text: str) -> None:
    with house.services.session() as session:
        workspace = session.merge(house.harbour)
        with pytest.raises(Refused):
            day_notes.add(session, workspace, Written(first, last, text, True), own=False, actor="alice")


def test_who_saves_second_is_told(house: House) -> None:
    note_id = write(house, "New domain warmed up")
    change(house, note_id, clients=True, text="Bob's words")
    with house.services.session() as session:
        workspace = session.merge(house.harbour)
        session.refresh(workspace)
        note = day_notes.note_of(session, workspace, note_id)
        with pytest.raises(Conflict):
            written = Written(TODAY, TODAY, "Alice's words", True)
            day_notes.edit(session, workspace, note, 1, written, actor="alice@north.example")
        assert note.text == "Bob's words"


def test_a_change_that_another_process_saved_meanwhile_is_not_lost(house: House) -> None:
    """The note was read before somebody else's change was there."""
    note_id = write(house, "First")
    with house.services.session() as session:
        workspace = session.get_one(Workspace, house.harbour.id)
        note = day_notes.note_of(session, workspace, note_id)
        session.connection().execute(update(Annotation).values(revision=2, text="Bob was here"))
        written = Written(note.first_day, note.last_day, "Alice", True)
        with pytest.raises(Conflict):
            day_notes.edit(session, workspace, note, 1, written, actor="alice@north.example")
        session.refresh(note)
        assert (note.revision, note.text) == (2, "Bob was here")
        day_notes.edit(session, workspace, note, 2, written, actor="alice@north.example")
        assert (note.revision, note.text) == (3, "Alice")
