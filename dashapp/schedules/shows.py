"""What a schedule mails of its share, each by a key: "view:7" ("view:" the workspace's default view),
"campaign:Autumn" the report of one, "campaigns" the list of them.

A share that was narrowed since shows less, and so does the mail.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from dashapp.access.viewer import Guest
from dashapp.errors import Refused
from dashapp.sharing.content import LONGEST_CAMPAIGN

#: Of one mail: it has a section for each.
MOST_SECTIONS: Final = 12
LIST: Final = "campaigns"
_VIEW, _CAMPAIGN = "view:", "campaign:"


def view_key(view_id: int | None) -> str:
    """The key of a view."""
    return _VIEW if view_id is None else f"{_VIEW}{view_id}"


def campaign_key(name: str) -> str:
    """The key of a campaign's report."""
    return f"{_CAMPAIGN}{name}"


def is_view(key: str) -> bool:
    """Whether it is the key of a view."""
    return key.startswith(_VIEW)


def view_of(key: str) -> int | None:
    """The view of such a key; None: the default one."""
    return int(key.removeprefix(_VIEW)) if key != _VIEW else None


def campaign_of(key: str) -> str | None:
    """The campaign of such a key; None where it is another kind."""
    return key.removeprefix(_CAMPAIGN) if key.startswith(_CAMPAIGN) else None


def shown_by(guest: Guest, campaigns: Collection[str] | None) -> list[str]:
    """All that a share shows, in the order of its tabs. `campaigns`: the only ones it counts; None: all.

    Of few campaigns each has its report; of many there is the list.
    """
    keys = [view_key(view) for view in guest.views]
    if guest.shows_campaigns:
        few = campaigns is not None and len(keys) + len(campaigns) <= MOST_SECTIONS
        keys += (
            [campaign_key(name) for name in sorted(campaigns)] if few and campaigns is not None else [LIST]
        )
    return keys


def may_show(key: str, guest: Guest, campaigns: Collection[str] | None) -> bool:
    """Whether a share shows this."""
    if key == LIST:
        return guest.shows_campaigns
    name = campaign_of(key)
    if name is not None:
        return guest.shows_campaigns and (campaigns is None or name in campaigns)
    return key in {view_key(view) for view in guest.views}


def mailed_of(chosen: Sequence[str] | None, guest: Guest, campaigns: Collection[str] | None) -> list[str]:
    """What a mail has a section for now; empty where the share shows nothing of what was chosen any more."""
    if chosen is None:
        return shown_by(guest, campaigns)
    return [key for key in chosen if may_show(key, guest, campaigns)]


def check_chosen(chosen: Sequence[str], guest: Guest, campaigns: Collection[str] | None) -> None:
    """Raises Refused for what the share does not show, and for too much."""
    if len(chosen) > MOST_SECTIONS:
        raise Refused(f"A mail has at most {MOST_SECTIONS} views and campaign reports.")
    for key in chosen:
        name = campaign_of(key)
        plausible = name is None or 0 < len(name) <= LONGEST_CAMPAIGN
        if not plausible or not may_show(key, guest, campaigns):
            raise Refused("Choose what the link shows.")
