"""What a share shows and under which rules, as it is given when a share is made or edited; checked here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dashapp.db.reports import Share, StoredView
from dashapp.db.shares import ShareView
from dashapp.db.tenants import Workspace
from dashapp.errors import Refused
from dashapp.languages import LANGUAGES

MOST_VIEWS = 12
MOST_CAMPAIGNS = 200
LONGEST_NAME = 120
LONGEST_CAMPAIGN = 500


@dataclass(frozen=True, slots=True)
class Content:
    """`views`: tabs in this order; none with `shows_views`: whatever the workspace shows by default.

    `campaigns`: the only ones any figure counts; None: all. `since`: the earliest day any figure counts.
    `masks_people`: leads' addresses are cut down. `questions`: readers may ask on a tile.
    `language`, `theme`, `period`, `compare`: where the reader chose none.
    `embed_origins`: as sharing/embedding.py parses them.
    """

    views: Sequence[StoredView] = ()
    shows_views: bool = True
    shows_campaigns: bool = True
    campaigns: Sequence[str] | None = None
    since: date | None = None
    masks_people: bool = True
    downloads: bool = True
    questions: bool = True
    language: str | None = None
    theme: Literal["light", "dark"] | None = None
    period: str | None = None
    compare: str | None = None
    embed_origins: Sequence[str] = ()


def clean_share_name(name: str) -> str:
    """The name as it is kept. Raises Refused for line breaks or more than 120 characters."""
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused("The name of a link is one line of at most {most} characters.", most=LONGEST_NAME)
    return name


def apply_content(session: Session, workspace: Workspace, share: Share, content: Content) -> None:
    """Set what a share shows. Raises Refused for a view of another workspace, or for showing nothing."""
    _check(workspace, content)
    share.shows_views, share.shows_campaigns = content.shows_views, content.shows_campaigns
    share.campaigns = None if content.campaigns is None else _names(content.campaigns)
    share.since = content.since
    share.masks_people, share.downloads = content.masks_people, content.downloads
    share.questions = content.questions
    share.language, share.theme = content.language, content.theme
    share.period, share.compare = content.period, content.compare
    share.embed_origins = list(content.embed_origins) or None
    ids = list(dict.fromkeys(view.id for view in content.views)) if content.shows_views else []
    share.view_id = ids[0] if ids else None
    session.flush()
    session.execute(delete(ShareView).where(ShareView.share_id == share.id))
    session.add_all(ShareView(share_id=share.id, view_id=key, position=n) for n, key in enumerate(ids[1:], 1))
    session.flush()


def view_ids_of(session: Session, share: Share) -> tuple[int | None, ...]:
    """The views of a share in the order of their tabs; None stands for the workspace's default view."""
    if not share.shows_views:
        return ()
    further = select(ShareView.view_id).where(ShareView.share_id == share.id).order_by(ShareView.position)
    return (share.view_id, *session.scalars(further))


def _check(workspace: Workspace, content: Content) -> None:
    for view in content.views:
        if not _may_show(workspace, view):
            raise Refused("This view belongs to another workspace.")
    if len(content.views) > MOST_VIEWS:
        raise Refused("A link shows at most {most} views.", most=MOST_VIEWS)
    if not content.shows_views and not content.shows_campaigns:
        raise Refused("Choose what the link shows: a view, or campaign reports.")
    if content.campaigns is not None and not _names(content.campaigns):
        raise Refused("Choose at least one campaign, or all of them.")
    if content.campaigns is not None and len(content.campaigns) > MOST_CAMPAIGNS:
        raise Refused("A link is narrowed to at most {most} campaigns.", most=MOST_CAMPAIGNS)
    if content.since is not None and not date(1971, 1, 1) <= content.since <= date(2199, 12, 31):
        raise Refused("This day does not exist in the calendar.")
    if content.language is not None and content.language not in LANGUAGES:
        raise Refused("Choose one of the languages portals speak.")


def _may_show(workspace: Workspace, view: StoredView) -> bool:
    """Its own view, or a template of the agency that manages it."""
    if view.workspace_id is not None:
        return view.workspace_id == workspace.id
    return view.agency_id == workspace.managing_agency_id


def _names(campaigns: Iterable[str]) -> list[str]:
    names = list(dict.fromkeys(name.strip() for name in campaigns))
    if any(not name or len(name) > LONGEST_CAMPAIGN or "\0" in name for name in names):
        raise Refused("The name of a campaign has 1 to {most} characters.", most=LONGEST_CAMPAIGN)
    return names
