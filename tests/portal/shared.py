"""Links with views, campaigns and viewers, made without the form; and e-mails to narrow them by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dashapp.db.base import now
from dashapp.db.reports import Share, StoredView
from dashapp.db.tenants import Workspace
from dashapp.sharing import links, viewers
from dashapp.sharing.content import Content
from dashapp.views.schema import Placed, View, dump_view
from data.events.canonical import canonical
from tests.support.portal_house import House

TILES = [
    Placed(id="sent", type="kpi", x=0, y=0, w=3, h=2, options={"metric": "sent"}),
    Placed(id="camps", type="campaigns", x=0, y=2, w=6, h=4),
    Placed(id="top", type="top_campaigns", x=6, y=2, w=6, h=4),
    Placed(id="links", type="top_links", x=0, y=6, w=6, h=4),
]


def add_view(house: House, name: str, workspace: Workspace | None = None) -> int:
    owner = workspace or house.harbour
    with house.services.session() as session:
        view = StoredView(
            agency_id=None,
            workspace_id=owner.id,
            slug=name.lower(),
            name=name,
            body=dump_view(View(name=name, tiles=TILES)),
        )
        session.add(view)
        session.flush()
        return view.id


def share(
    house: House, workspace: Workspace | None = None, views: Any = (), **content: Any
) -> tuple[int, str]:
    options = {key: content.pop(key) for key in ("password", "name", "expires_at") if key in content}
    with house.services.session() as session:
        found = [session.get_one(StoredView, key) for key in views]
        room = session.get_one(Workspace, (workspace or house.harbour).id)
        made, _, token = links.create_share(
            session, house.settings, room, content=Content(views=found, **content), **options
        )
        return made.id, f"/p/{token}/"


def add_viewers(house: House, share_id: int, *emails: str) -> list[tuple[int, str]]:
    with house.services.session() as session:
        row = session.get_one(Share, share_id)
        added = viewers.add_viewers(session, house.settings, row, emails, actor="alice@north.example")
        return [(one.id, f"/p/{viewers.viewer_token(house.settings, one)}/") for one in added]


def put(house: House, workspace: Workspace, *records: dict[str, Any]) -> None:
    at = now()
    events = [canonical(record, received_at=at) for record in records]
    house.services.inbox.put(workspace.id, None, events, received_at=at)


def mail(n: str, campaign: str, days: float = 1, **more: Any) -> dict[str, Any]:
    return {
        "event": "sent",
        "event_id": f"{n}-sent",
        "message_id": n,
        "channel": "email",
        "campaign": campaign,
        "lead": f"{n}@client.example",
        "sender": "bob@north.example",
        "occurred_at": (now() - timedelta(days=days)).isoformat(),
        **more,
    }
