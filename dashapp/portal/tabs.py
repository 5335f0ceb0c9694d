"""The tabs of a portal: the views a share shows, and its campaigns."""

from __future__ import annotations

from dataclasses import dataclass

from dashapp.access.scopes import scope_for_share
from dashapp.errors import NotFound
from dashapp.services import Services
from dashapp.sharing.opening import Opening
from dashapp.ui.language.texts import words
from dashapp.views.store import resolve


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab. `href`: relative to the page it stands on."""

    name: str
    href: str
    current: bool


def tabs_of(services: Services, link: Opening, root: str, view_id: int | None, lang: str) -> list[Tab]:
    """The tabs of a link, none where there would be one only. `root`: the way to the portal's first page.

    `view_id`: the view the page shows; -1 for a page of campaigns. Raises NotFound when the link ended.
    """
    with services.reading() as session:
        guest, workspace, _ = scope_for_share(session, link)
        found = []
        for position, key in enumerate(guest.views):
            try:
                stored, _ = resolve(session, workspace, key)
            except NotFound:
                stored, _ = resolve(session, workspace)
            href = f"{root}views/{key}/" if position else root or "./"
            found.append(Tab(stored.name, href, key == view_id))
    if guest.shows_campaigns:
        found.append(Tab(words(lang)("portal_campaigns"), f"{root}campaigns/", view_id == CAMPAIGNS))
    return found if len(found) > 1 else []


#: Stands for the campaigns where a view's id would.
CAMPAIGNS = -1
