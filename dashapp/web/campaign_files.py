"""`GET /w/<slug>/campaigns/<key>/…`: the people of a campaign's report as `<event>.csv`, and `report.pdf`."""

from __future__ import annotations

from flask import Blueprint, Response, request

from dashapp.access import audit
from dashapp.access.current import viewer
from dashapp.access.scopes import scope_for_workspace
from dashapp.campaigns.figures import AUDIENCES, audience_of, names_in
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.reports.printing import pdf_of
from dashapp.reports.report import paper_frame
from dashapp.reports.section import campaign_section
from dashapp.reports.snapshot import take
from dashapp.seats import PAPER, seated_as
from dashapp.services import services
from dashapp.sharing.campaign_keys import campaign_of
from dashapp.tiles.table import as_csv
from dashapp.ui.language.say import language
from data.scope import Scope

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
    name = _named(key, scope, workspace.id)
    rows = audience_of(running.lake, scope, workspace.id, name, event, MOST_PEOPLE)
    _note(workspace, "rows.exported", f"{key}-{event}.csv")
    body = as_csv([{"lead": row["lead"], "at": row["at"]} for row in rows], language())
    response = Response(body, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{key}-{event}.csv"'
    return response


@blueprint.get("/w/<slug>/campaigns/<key>/report.pdf")
def paper(slug: str, key: str) -> Response:
    """The report on A4; what is not the viewer's is 404. Busy as press.py, TooMany as seats.py."""
    running = services()
    with running.reading() as session:
        workspace, scope = scope_for_workspace(session, viewer(), slug)
        shot = take(session, workspace, scope, logo=True)
    name = _named(key, scope, workspace.id)
    page = shot.page(lang=language())
    with running.seats.seat(seated_as(workspace.managing_agency_id, workspace.id), PAPER):
        section = campaign_section(running.lake, shot, name)
        body = pdf_of(paper_frame(shot, page, about=section.sub), [section])
    _note(workspace, "report.take", f"{key}.pdf")
    response = Response(body, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{key}-{page.today}.pdf"'
    return response


def _named(key: str, scope: Scope, workspace_id: int) -> str:
    """The campaign of an address. Raises NotFound for one the scope does not hold."""
    name = campaign_of(key, names_in(services().lake, scope, workspace_id))
    if name is None:
        raise NotFound("There is no such campaign.")
    return name


def _note(workspace: Workspace, verb: str, detail: str) -> None:
    with services().session() as session:
        audit.record(
            session,
            viewer().actor,
            verb,
            agency_id=workspace.managing_agency_id,
            workspace_id=workspace.id,
            detail=detail,
            ip=request.remote_addr or "",
        )
