"""`GET /data/rows.csv`: a table of an agency's own workspaces as CSV."""

from __future__ import annotations

from flask import Blueprint, Response, request

from dashapp.access import audit
from dashapp.access.current import viewer
from dashapp.access.scopes import agency_for, agency_scope
from dashapp.errors import NotFound
from dashapp.seats import DOWNLOAD, TABLE
from dashapp.services import services
from dashapp.web.middleware.spooled import sending, spool
from data.tables import browse as looking
from data.tables.browse import CSV_ROWS, SAMPLE
from data.tables.rows import TABLES

#: What one must be allowed in the agency.
VERB = "data.read"

blueprint = Blueprint("data_files", __name__)


@blueprint.get("/data/rows.csv")
def rows() -> Response:
    """`agency`, `table`, and perhaps one `workspace`; `sample=1` for the newest rows alone.

    What is not the viewer's is 404. `X-Vitrine-Rows`: how many rows come; `X-Vitrine-Total`: how many there are.
    Raises NotFound, and TooMany when others of the agency take files, or everybody does.
    """
    table = request.args.get("table", "")
    running = services()
    with running.reading() as session:
        agency = agency_for(session, viewer(), request.args.get("agency"), VERB)
        _, workspaces, scope = agency_scope(session, viewer(), agency.slug, VERB)
    slug = request.args.get("workspace", "")
    chosen = [one for one in workspaces if not slug or one.slug == slug]
    if not chosen or table not in TABLES:
        raise NotFound("There is no such table.")
    few = request.args.get("sample") == "1"
    slugs = {one.id: one.slug for one in chosen}
    most = SAMPLE if few else CSV_ROWS
    file, taken = spool(
        running.settings.home / "tmp",
        running.seats.hold(agency.id, DOWNLOAD),
        running.seats.seat(agency.id, TABLE),
        lambda out: looking.take_away(running.lake, scope, slugs, table, out, most, newest=few),
    )
    try:
        with running.session() as session:
            audit.record(
                session,
                viewer().actor,
                "data.take",
                agency_id=agency.id,
                workspace_id=chosen[0].id if slug else None,
                detail=f"{taken.rows} rows of {table}",
                ip=request.remote_addr or "",
            )
    except BaseException:
        file.close()
        raise
    response = sending(file, "text/csv")
    cut = f"-first-{taken.rows}" if taken.rows < taken.total else ""
    name = f"{slug or agency.slug}-{table}{cut}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Vitrine-Rows"] = str(taken.rows)
    response.headers["X-Vitrine-Total"] = str(taken.total)
    return response
