"""Names stand for addresses wherever people are listed: Alice's Ada has one, Charlie's Ada has another."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from dashapp.crm.names import named
from dashapp.crm.team import team_of
from dashapp.db.contacts import Contact, ContactKey
from dashapp.db.tenants import User, Workspace, WorkspaceMember
from dashapp.ui.environment import render

ADA, BEN, ODD = "ada@c.example", "ben@c.example", "\"o'<b>@c.example"


def _person(lead: str, at: str | None = "/w/harbour-coffee/contacts") -> str:
    empty = dict.fromkeys(("key", "tone", "icon", "count", "shows", "campaign", "user", "at", "when"), "")
    row = {**empty, "lead": lead, "known": True, "event": "opened", "channel": "E-mail"}
    return str(
        render("tiles/timeline_rows.html", rows=[row], page={"contacts_at": at}, t=lambda key, **_: key)
    )


def _contact(session: Session, workspace_id: int, key: str, name: str) -> None:
    one = Contact(workspace_id=workspace_id, key=key, email=key, name=name, name_key=name.lower())
    session.add(one)
    session.flush()
    session.add(ContactKey(workspace_id=workspace_id, key=key, contact_id=one.id))
    session.flush()


def test_names_for_addresses_in_one_statement_and_nobody_elses(
    engine: Engine, north: Any, south: Any
) -> None:
    with Session(engine) as session:
        _contact(session, north.harbour, ADA, "Ada <Lovelace> & \\1")
        _contact(session, north.harbour, ODD, "O'Dd")
        _contact(session, north.harbour, BEN, "")
        _contact(session, south.colossus, BEN, "ZZZ")
        _contact(session, south.colossus, ADA, "ZZZ")
        asked: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
        shown = named(session, north.harbour, "".join(map(_person, (ADA, BEN, ODD, "none@c.example") * 20)))
        assert len(asked) == 1
        assert shown.count(">Ada &lt;Lovelace&gt; &amp; \\1</a>") == 20
        assert shown.count(">O&#39;Dd</a>") == 20
        assert f">{BEN}</a>" in shown, "who has no name keeps the address"
        assert f'title="{ADA}"' in shown, "the address stays at hand"
        assert "ZZZ" not in shown


def test_who_may_not_see_contacts_gets_no_name(engine: Engine, north: Any) -> None:
    with Session(engine) as session:
        _contact(session, north.harbour, ADA, "Ada")
        html = _person(ADA, at=None)
        assert named(session, north.harbour, html) == html


def test_an_address_that_says_a_name_is_called_by_it(engine: Engine, north: Any) -> None:
    with Session(engine) as session:
        shown = named(session, north.harbour, _person("grace.hopper@c.example"))
        assert ">Grace Hopper</a>" in shown, "as in the list of contacts"


def test_the_team_are_agency_and_own_people_but_no_client_nobody_elses_and_nobody_who_left(
    engine: Engine, north: Any, south: Any
) -> None:
    with Session(engine) as session:
        dora, guest, left, eve = (
            User(email=f"{name}@c.example", name=name.title() if name != "eve" else "", active=name != "left")
            for name in ("dora", "guest", "left", "eve")
        )
        session.add_all([dora, guest, left, eve])
        session.flush()
        for user, role in ((dora, "member"), (guest, "client"), (left, "member"), (eve, "admin")):
            session.add(WorkspaceMember(user_id=user.id, workspace_id=north.harbour, role=role))
        session.flush()
        harbour = session.get_one(Workspace, north.harbour)
        pine = session.get_one(Workspace, north.pine)
        agency = (("alice@north.example", "Alice"), ("bob@north.example", "Bob"))
        assert team_of(session, harbour) == (*agency, ("dora@c.example", "Dora"), ("eve@c.example", "eve"))
        assert team_of(session, pine) == agency
        assert team_of(session, harbour, User.email == "dora@c.example") == (("dora@c.example", "Dora"),)
        colossus = session.get_one(Workspace, south.colossus)
        assert [email for email, _ in team_of(session, colossus)] == ["charlie@south.example"]
