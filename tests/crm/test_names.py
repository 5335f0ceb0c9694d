"""Names stand for addresses wherever people are listed: Alice's Ada has one, Charlie's Ada has another."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from dashapp.crm.names import named
from dashapp.db.contacts import Contact, ContactKey
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
