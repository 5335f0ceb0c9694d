"""`GET /w/<slug>/campaigns/<key>/<event>.csv`: the people of a campaign's report, for the team."""

from __future__ import annotations

from flask import Blueprint, Response, request

from dashapp.access import audit
from dashapp.access.current import viewer
from dashapp.access.scopes import scope_for_workspace
from dashapp.campaigns.figures import AUDIENCES, audience_of, names_in
from dashapp.errors import NotFound
from dashapp.services import services
from dashapp.sharing.campaign_keys import campaign_of
from dashapp.tiles.table import as_csv
from dashapp.ui.language.say import language

blueprint = Blueprint("campaign_files", __name__)
#: People one file holds.
MOST_PEOPLE = 10_000
#: Who may read the rows behind figures may take people's addresses.
VERB = "events.read"


@blueprint.get("/w/<slug>/campaigns/<key>/<event>.csv")
def people(slug: str, key: str, event: str) -> Response:
    """The people of one audience, latest first; what is not the viewer's is 404."""
    running = services()
    if event not in AUDIENCES:
        raise NotFound("There is no such file.")
    with running.reading() as session:
        workspace, scope = scope_for_workspace(session, viewer(), slug, VERB)
    name = campaign_of(key, names_in(running.lake, scope, workspace.id))
    if name is None:
        raise NotFound("There is no such campaign.")
    rows = audience_of(running.lake, scope, workspace.id, name, event, MOST_PEOPLE)
    with running.session() as session:
        audit.record(
            session,
            viewer().actor,
            "rows.exported",
            agency_id=workspace.managing_agency_id,
            workspace_id=workspace.id,
            detail=f"{key}-{event}.csv",
            ip=request.remote_addr or "",
        )
    body = as_csv([{"lead": row["lead"], "at": row["at"]} for row in rows], language())
    response = Response(body, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{key}-{event}.csv"'
    return response
