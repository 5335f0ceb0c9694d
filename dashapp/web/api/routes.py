"""The operations of the API. What is not the key's is 404, exactly as what is not there."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from dashapp.access import limits
from dashapp.access.scopes import may_in, scope_for_workspace
from dashapp.access.viewer import Service
from dashapp.access.workspaces import managed_by
from dashapp.db.base import now
from dashapp.db.reports import Share
from dashapp.db.tenants import Workspace
from dashapp.errors import Refused
from dashapp.seats import ANSWER, seated_as
from dashapp.services import services
from dashapp.sharing import links
from dashapp.web.api.caller import caller
from dashapp.web.api.openapi import document
from data.building import refresh_on_view
from data.events.canonical import canonical_many
from data.query.ask import ask, parse
from data.sources import HookRequest, sources

#: Bytes of one POST of events, and how many parked records an answer lists.
MAX_BODY, LISTED = 1_000_000, 100
WORKSPACES, SHARES = 1_000, 1_000

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


class NewShare(BaseModel):
    """The body of a new link. `expires`: the last day it works, local to the workspace."""

    model_config = ConfigDict(strict=True, extra="forbid")
    workspace: Annotated[str, Field(max_length=60)]
    password: Annotated[str, Field(max_length=128)] | None = None
    expires: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The document that describes the API; it needs no key."""
    return jsonify(document(services().settings.public_url))


@blueprint.get("/workspaces")
def workspaces() -> Response:
    """The workspaces of the key, by name."""
    asking = caller()
    with services().reading() as session:
        rows = [row for row in session.scalars(_of(asking)) if _may(asking, "workspace.read", row)]
    return jsonify({"workspaces": [_workspace(row) for row in rows]})


@blueprint.get("/workspaces/<slug>/metrics/<name>")
def metrics(slug: str, name: str) -> Response:
    """A metric by its name, with the options of `vitrine query` as the query string."""
    asking = caller()
    known = services()
    with known.reading() as session:
        workspace, scope = scope_for_workspace(session, asking, slug, "events.read")
    given = {option: values[0] for option, values in request.args.lists()}
    if any(len(values) > 1 for _, values in request.args.lists()):
        raise Refused("Each option is given once.")
    options = {option.replace("-", "_"): value for option, value in given.items()}
    question = parse(name, options, workspace.timezone)
    with known.seats.seat(seated_as(workspace.managing_agency_id, workspace.id), ANSWER):
        refresh_on_view.ensure(known.lake, workspace.id)
        return jsonify(ask(known.lake, scope, workspace.id, question))


@blueprint.post("/workspaces/<slug>/events")
def events(slug: str) -> Response:
    """Take canonical events in: one object, an array, or one object a line. 200 once they are on the disk."""
    asking = caller()
    known = services()
    with known.reading() as session:
        workspace, _ = scope_for_workspace(session, asking, slug, "source.manage")
        limits.check_room(session, workspace, "events")
        limits.check_room(session, workspace.managing_agency, "events")
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType
    if request.mimetype not in {"application/json", "application/x-ndjson"}:
        raise UnsupportedMediaType
    request.max_content_length = MAX_BODY
    if (request.content_length or 0) > MAX_BODY:
        raise RequestEntityTooLarge
    at = now()
    body = request.get_data(cache=False)
    sent = HookRequest(method="POST", url=request.path, headers={}, body=body)
    delivery = sources()["canonical"].parse(sent)
    kept, unread = canonical_many(delivery.records, received_at=at)
    parked = [*delivery.parked, *unread]
    receipt = known.inbox.put(workspace.id, None, kept, parked, received_at=at)
    return jsonify(
        {
            "new": receipt.new,
            "duplicate": receipt.duplicate,
            "parked": receipt.parked,
            "clashes": receipt.clashes,
            "parked_rows": [{"where": row.where, "why": row.why} for row in parked[:LISTED]],
        }
    )


@blueprint.get("/shares")
def shares() -> Response:
    """The links of the key's workspaces that are not revoked, newest first; with `?workspace=` of one."""
    asking = caller()
    known = services()
    slug = request.args.get("workspace")
    with known.reading() as session:
        if slug is not None:
            places = [scope_for_workspace(session, asking, slug, "events.read")[0]]
        else:
            places = [row for row in session.scalars(_of(asking)) if _may(asking, "events.read", row)]
        by_id = {row.id: row for row in places}
        rows = session.scalars(
            select(Share)
            .where(Share.workspace_id.in_(by_id), Share.state != "revoked")
            .order_by(Share.id.desc())
            .limit(SHARES)
        ).all()
        # A key that only reads does not get addresses that open something.
        urls = not asking.read_only
        return jsonify({"shares": [_share(row, by_id[row.workspace_id], url=urls) for row in rows]})


@blueprint.post("/shares")
def create_share() -> tuple[Response, int]:
    """A new link to a workspace's default view: 201 with its address."""
    asking = caller()
    known = services()
    try:
        body = NewShare.model_validate(request.get_json(silent=True))
    except ValidationError as error:
        raise Refused(
            "The body is an object with workspace and, if wanted, password and expires (2026-12-31)."
        ) from error
    with known.session() as session:
        workspace, _ = scope_for_workspace(session, asking, body.workspace, "share.manage")
        share, _, _ = links.create_share(
            session,
            known.settings,
            workspace,
            password=body.password,
            expires_at=None if body.expires is None else _end_of(body.expires, workspace.timezone),
            own=asking.own,
            actor=asking.actor,
        )
        return jsonify(_share(share, workspace, url=True)), 201


@blueprint.delete("/shares/<share_id>")
def revoke_share(share_id: str) -> tuple[str, int]:
    """Revoke a link, for good: 204. What is no number of a link is 404, as a link that is not there."""
    asking = caller()
    id_ = int(share_id) if share_id.isascii() and share_id.isdigit() and len(share_id) < 10 else 0
    with services().session() as session:
        share = session.get(Share, id_)
        # Of another's link the workspace is not the key's: the same 404 as for none at all.
        workspace, _ = scope_for_workspace(
            session, asking, 0 if share is None else share.workspace_id, "share.manage"
        )
        links.revoke(session, links.share_of(session, workspace, id_), actor=asking.actor)
    return "", 204


@blueprint.after_request
def _challenge(response: Response) -> Response:
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="vitrine"'
    return response


def _of(asking: Service) -> Any:
    mine = (
        Workspace.id == asking.workspace_id
        if asking.workspace_id is not None
        else managed_by(asking.agency_id or 0)
    )
    return (
        select(Workspace)
        .where(mine, Workspace.enabled.is_(True))
        .order_by(Workspace.name, Workspace.id)
        .limit(WORKSPACES)
    )


def _may(asking: Service, verb: str, workspace: Workspace) -> bool:
    return may_in(asking, verb, workspace)


def _workspace(row: Workspace) -> dict[str, str]:
    return {"workspace": row.slug, "name": row.name, "timezone": row.timezone}


def _share(share: Share, workspace: Workspace, *, url: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": share.id,
        "workspace": workspace.slug,
        "state": share.state,
        "password": share.password_hash is not None,
        "created_at": share.created_at.isoformat(timespec="seconds"),
        "expires_at": None if share.expires_at is None else share.expires_at.isoformat(timespec="seconds"),
    }
    if url:
        shown["url"] = links.share_url(services().settings, share)
    return shown


def _end_of(day: str, zone: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time.max, ZoneInfo(zone))
    except ValueError as error:
        raise Refused("This day does not exist in the calendar.") from error
