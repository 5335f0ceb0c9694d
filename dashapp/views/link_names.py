"""What a workspace's share links are called wherever they are listed: by their name, else by what they show."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dashapp.db.reports import Share
from dashapp.db.tenants import Workspace
from dashapp.sharing.content import view_ids_of
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say
from dashapp.views import store


class LinkNames:
    """The names of one workspace's links; the views' names are read once for all of them."""

    def __init__(self, session: Session, workspace: Workspace) -> None:
        self._session = session
        self._views = {view.id: view.name for view in store.list_views(session, workspace)}
        self._default = store.resolve(session, workspace)[0].name

    def of(self, share: Share) -> str:
        """The link's own name, else what it shows."""
        return share.name or self.shows(share)

    def shows(self, share: Share) -> str:
        """What the link shows, in one line."""
        parts = [self._view(key) for key in view_ids_of(self._session, share)]
        if share.shows_campaigns:
            only = share.campaigns
            parts.append(
                say("campaign reports")
                if only is None or len(only) > 1
                else say("report of {name}", name=only[0])
            )
        if share.campaigns is not None and len(share.campaigns) > 1:
            parts.append(say("{n} campaigns only", n=len(share.campaigns)))
        if share.since is not None:
            parts.append(say("from {day} on", day=format.day(share.since)))
        return " · ".join(parts)

    def _view(self, key: int | None) -> str:
        return self._default if key is None else self._views.get(key, self._default)
