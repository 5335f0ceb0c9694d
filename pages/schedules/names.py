"""What a schedule mails, to whom, and how it went last, in one line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from dashapp.db.schedules import ScheduleRun
from dashapp.db.tenants import Workspace
from dashapp.schedules.shows import LIST, campaign_of, view_of
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say
from dashapp.views import store
from pages.view_controls.view_menu import shown_name

#: Named one by one; more are counted.
MOST_NAMES: Final = 3


class Called:
    """What the keys of a workspace's schedules stand for; its views' names are read once for all of them."""

    def __init__(self, session: Session, workspace: Workspace) -> None:
        self._views = {view.id: view.name for view in store.list_views(session, workspace)}
        self._default = store.resolve(session, workspace)[0].name

    def of(self, key: str) -> str:
        """The name of a view, or what a campaign's report is called."""
        if key == LIST:
            return say("List of campaigns")
        campaign = campaign_of(key)
        if campaign is not None:
            return say("Campaign {name}", name=campaign)
        view = view_of(key)
        return shown_name(self._default if view is None else self._views.get(view, self._default))


def mailed_words(shows: Sequence[str], *, pdf: bool) -> str:
    """ "Mails Overview, Campaign Autumn, with a PDF"."""
    if not shows:
        return say("Mails nothing: the link shows it no more")
    what = _some(shows)
    return (
        say("Mails {what}, with a PDF", what=what) if pdf else say("Mails {what}, without a file", what=what)
    )


def to_words(people: Sequence[str]) -> str:
    """ "To erin@client.example and 2 more"."""
    return say("To {who}", who=_some(people)) if people else say("To nobody")


def last_words(run: ScheduleRun | None, zone: str) -> str:
    """When it was mailed, or looked at, last."""
    if run is None:
        return say("Not run yet")
    return say("Last run {when}", when=format.moment(run.finished_at or run.due, zone))


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    return shown if more <= 0 else say("{names} and {n} more", names=shown, n=more)
