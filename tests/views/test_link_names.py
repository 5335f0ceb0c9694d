"""A link is called by its name, else by what it shows, on every page that lists links."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from dashapp.db.reports import Share
from dashapp.db.tenants import Workspace
from dashapp.sharing.content import Content, apply_content
from dashapp.views.exchange import import_view
from dashapp.views.link_names import LinkNames
from tests.views.arranged import tile, view

WEEK = view(tile("open", 0, 0, options={"metric": "open"}), name="Alice's week")


def share(session: Session, workspace: Workspace, token: str, name: str, content: Content) -> Share:
    made = Share(workspace_id=workspace.id, name=name, nonce="n", token_hash=token)
    session.add(made)
    apply_content(session, workspace, made, content)
    return made


def test_a_link_is_called_by_its_name_else_by_what_it_shows(engine: Engine, north: Any, south: Any) -> None:
    with Session(engine) as session:
        harbour = session.get_one(Workspace, north.harbour)
        week = import_view(session, harbour, "week", WEEK, "cli").stored
        cases = [
            (Content(), "For the board", "For the board"),
            (Content(views=(week,)), "", "Alice's week · campaign reports"),
            (Content(views=(week,), shows_campaigns=False), "", "Alice's week"),
            (Content(shows_views=False, campaigns=["Spring"]), "", "report of Spring"),
            (
                Content(shows_views=False, campaigns=["Spring", "Autumn"], since=date(2026, 3, 1)),
                "",
                "campaign reports · 2 campaigns only · from 1\u00a0Mar on",
            ),
        ]
        shares = [
            share(session, harbour, f"token {n}", name, content) for n, (content, name, _) in enumerate(cases)
        ]
        colossus = LinkNames(session, session.get_one(Workspace, south.colossus))
        assert [LinkNames(session, harbour).of(link) for link in shares] == [words for *_, words in cases]
        # South's names never stand in for a view of North's.
        assert "Alice" not in colossus.of(shares[2])


def test_the_views_are_read_once_however_many_links_there_are(engine: Engine, north: Any) -> None:
    with Session(engine) as session:
        names = LinkNames(session, session.get_one(Workspace, north.harbour))
        read: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *args: read.append(args[2]))
        link = Share(name="", shows_views=False, shows_campaigns=True, campaigns=None, since=None)
        assert [names.of(link) for _ in range(50)] == ["campaign reports"] * 50
        assert read == []
