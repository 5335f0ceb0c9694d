"""Where a workspace's links begin: at the name its agency proved to be its own, else at the public address."""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import object_session

from dashapp.config import Settings
from dashapp.db.reports import Share
from dashapp.db.shares import PortalDomain
from dashapp.db.tenants import MANAGING, AgencyLink

_KEPT = "portal origins"


def portal_origin(settings: Settings, share: Share) -> str:
    """ "https://reports.north.example", without a slash at the end. Asked once a session and workspace."""
    session = object_session(share)
    if session is None:
        return settings.public_url
    kept: dict[int, str] = session.info.setdefault(_KEPT, {})
    if share.workspace_id not in kept:
        host = session.scalar(
            select(PortalDomain.verified_host)
            .join(AgencyLink, AgencyLink.agency_id == PortalDomain.agency_id)
            .where(AgencyLink.workspace_id == share.workspace_id, AgencyLink.state == MANAGING)
        )
        kept[share.workspace_id] = settings.public_url if host is None else f"{_scheme(settings)}://{host}"
    return kept[share.workspace_id]


def _scheme(settings: Settings) -> str:
    return urlsplit(settings.public_url).scheme
