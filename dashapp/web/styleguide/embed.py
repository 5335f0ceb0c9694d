"""`/styleguide/embed`: a report in a frame, as another web site shows it, by its address or by one that is signed.

It shows a link that names this installation's own address among the sites that may embed it; the demo has one.
"""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, make_response, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access.current import viewer
from dashapp.access.scopes import scope_for_workspace
from dashapp.config import Settings
from dashapp.db.reports import Share
from dashapp.errors import NotFound
from dashapp.services import services
from dashapp.sharing import embedding, links
from dashapp.ui.environment import render

blueprint = Blueprint("styleguide_embed", __name__, url_prefix="/styleguide/embed")
#: Links looked through for one that may be shown here.
MOST = 200


@blueprint.get("")
def page() -> Response:
    """The example; with `?signed` through an address signed for ten minutes."""
    known, nonce = services(), secrets.token_urlsafe(16)
    with known.reading() as session:
        share = _embeddable(session, known.settings)
        url = None if share is None else _address(known.settings, share, signed="signed" in request.args)
        snippet = "" if url is None or share is None else embedding.snippet(url, share.name)
    here = known.settings.public_url
    body = render("web/styleguide_embed.html", nonce=nonce, url=url, snippet=snippet, here=here)
    response = make_response(body)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'self'; frame-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    )
    return response


def _address(settings: Settings, share: Share, *, signed: bool) -> str:
    if signed and share.embed_nonce is not None:
        return f"{settings.public_url}/p/{embedding.signed_token(settings, share)}/"
    return links.share_url(settings, share)


def _embeddable(session: Session, settings: Settings) -> Share | None:
    rows = select(Share).where(Share.state == "active", Share.embed_origins.is_not(None))
    for share in session.scalars(rows.order_by(Share.id.desc()).limit(MOST)):
        if settings.public_url not in (share.embed_origins or ()):
            continue
        try:
            scope_for_workspace(session, viewer(), share.workspace_id, "share.manage")
        except NotFound:
            continue
        return share
    return None
