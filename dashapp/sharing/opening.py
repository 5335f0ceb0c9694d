"""What a share token opens, read in one statement at every request: the quick way to a page already kept.

It says whose page it is and what it depends on; it gives no right to any figure. Whoever has to compute
one asks `access/scopes.py` for the scope, which reads the link again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Integer, bindparam, text

from dashapp.access import tokens
from dashapp.db.base import UtcDateTime, now
from dashapp.db.tenants import DEFAULT_BRAND, Workspace

_OPENING = text((Path(__file__).with_name("opening.sql")).read_text()).bindparams(
    bindparam("at", type_=UtcDateTime), bindparam("share_id", type_=Integer)
)


@dataclass(frozen=True, slots=True)
class Dress:
    """How a portal looks: whose name is on it, the colour, the digest of the logo, and the line at the foot.

    They are the managing agency's, or the workspace's own name in the plain colour.
    """

    name: str
    brand: str
    logo_digest: str | None
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """A link that works now. `views` changes with any view it could show; see the SQL.

    `token_hash` is that of the token it was opened with: the share's own, or that of `viewer_id` or `old_link_id`.
    `revision` changes with every edit of the share. `language`, `theme`, `period`, `compare`: where the reader
    chose none. `embed_origins`: the web sites that may show it in a frame. `via`: how the share's log names
    a way in other than the share's own link and its viewers'.
    """

    id: int
    version: int
    token_hash: str
    password_hash: str | None
    view_id: int | None
    agency_id: int
    workspace_id: int
    workspace: str
    dress: Dress
    views: str
    revision: int = 1
    viewer_id: int | None = None
    shows_views: bool = True
    shows_campaigns: bool = False
    downloads: bool = True
    questions: bool = True
    language: str | None = None
    theme: str | None = None
    period: str | None = None
    compare: str | None = None
    old_link_id: int | None = None
    embed_origins: tuple[str, ...] = ()
    via: str = ""


def open_link(connection: Connection, token: str) -> Opening | None:
    """The link of a token if it works now, else None: unknown, paused, revoked, expired all look alike."""
    # What is no token is looked up too, and nothing is decided here: no answer is quicker than another.
    return _opening(connection, tokens.fingerprint(token if tokens.looks_like_token(token) else ""), 0)


def open_share_id(connection: Connection, share_id: int) -> Opening | None:
    """The same of a link whose holder proved otherwise that it may be opened (sharing/embedding.py)."""
    return _opening(connection, "", share_id)


def _opening(connection: Connection, fingerprint: str, share_id: int) -> Opening | None:
    asked = {"token_hash": fingerprint, "at": now(), "share_id": share_id}
    row = connection.execute(_OPENING, asked).one_or_none()
    if row is None:
        return None
    return Opening(
        row.id,
        row.version,
        fingerprint,
        row.password_hash,
        row.view_id,
        row.agency_id,
        row.workspace_id,
        row.workspace,
        Dress(row.workspace, DEFAULT_BRAND, None)
        if row.agency is None
        else Dress(row.agency, row.brand, row.logo_digest, row.footer),
        row.views,
        revision=row.revision,
        viewer_id=row.viewer_id,
        shows_views=bool(row.shows_views),
        shows_campaigns=bool(row.shows_campaigns),
        downloads=bool(row.downloads),
        questions=bool(row.questions),
        language=row.language,
        theme=row.theme,
        period=row.period,
        compare=row.compare,
        old_link_id=row.old_link_id,
        embed_origins=_texts(row.embed_origins),
        via="" if row.old_link_id is None else f"old {row.old_link_id}",
    )


def _texts(stored: str | list[str] | None) -> tuple[str, ...]:
    """A JSON column of a statement in SQL: SQLite gives its text, PostgreSQL what it says."""
    return tuple(json.loads(stored) if isinstance(stored, str) else stored or ()) if stored != "null" else ()


def dress_of(workspace: Workspace) -> Dress:
    """How what is made of a workspace looks now."""
    agency = workspace.managing_agency
    if agency is None:
        return Dress(workspace.name, DEFAULT_BRAND, None)
    return Dress(agency.name, agency.brand, agency.logo_digest, agency.footer)
