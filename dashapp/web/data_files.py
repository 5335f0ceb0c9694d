"""`GET /data/rows.csv`: a table of an agency's own workspaces, streamed as CSV."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, request

from dashapp.access import audit
from dashapp.access.current import viewer
from dashapp.access.scopes import agency_for, agency_scope
from dashapp.errors import NotFound
from dashapp.services import services
from data.tables import browse as looking
from data.tables.browse import CSV_ROWS, SAMPLE, Taken
from data.tables.rows import TABLES

#: What one must be allowed in the agency.
VERB = "data.read"

blueprint = Blueprint("data_files", __name__)


@blueprint.get("/data/rows.csv")
def rows() -> Response:
    """`agency`, `table`, and perhaps one `workspace`; `sample=1` for the newest rows alone.

    What is not the viewer's is 404. `X-Vitrine-Rows`: how many rows come; `X-Vitrine-Total`: how many there are.
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
    taken = looking.take_away(running.lake, scope, slugs, table, SAMPLE if few else CSV_ROWS, newest=few)
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
    response = Response(_bytes(taken), content_type="text/csv; charset=utf-8")
    response.call_on_close(taken.close)
    cut = f"-first-{taken.rows}" if taken.rows < taken.total else ""
    name = f"{slug or agency.slug}-{table}{cut}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Vitrine-Rows"] = str(taken.rows)
    response.headers["X-Vitrine-Total"] = str(taken.total)
    return response


def _bytes(taken: Taken) -> Iterator[bytes]:
    for piece in taken.pieces:
        yield piece.encode("utf-8", "replace")
