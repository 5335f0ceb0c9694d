"""The tabs of a portal: the views a share shows, and its campaigns."""

from __future__ import annotations

from dataclasses import dataclass

from dashapp.portal.reading import Reading
from dashapp.ui.language.texts import words
from dashapp.views.names import view_name

#: Stands for the campaigns where a view's id would.
CAMPAIGNS = -1


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab. `href`: relative to the page it stands on."""

    name: str
    href: str
    current: bool


def tabs_of(reading: Reading, root: str, view_id: int | None, lang: str) -> list[Tab]:
    """The tabs of a link, none where there would be one only. `root`: the way to the portal's first page.

    `view_id`: the view the page shows; CAMPAIGNS for a page of campaigns.
    """
    found = []
    for position, (key, name) in enumerate(reading.names.items()):
        href = f"{root}views/{key}/" if position else root or "./"
        found.append(Tab(view_name(name, lang), href, key == view_id))
    if reading.guest.shows_campaigns:
        found.append(Tab(words(lang)("portal_campaigns"), f"{root}campaigns/", view_id == CAMPAIGNS))
    return found if len(found) > 1 else []
