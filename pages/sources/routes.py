"""What the script of the sources page asks: a file comes in pieces, is looked at, and is taken in or dropped."""

from __future__ import annotations

from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dashapp.access.current import viewer
from dashapp.access.scopes import scope_for_workspace
from dashapp.db.tenants import Workspace
from dashapp.errors import Refused
from dashapp.intake import process, uploads
from dashapp.intake.process import Act, Asked
from dashapp.intake.uploads import Upload
from dashapp.seats import IMPORT, seated_as
from dashapp.services import services
from dashapp.ui.language.say import say
from pages.sources import upload as parts

#: What one must be allowed in the workspace.
VERB = "source.manage"

blueprint = Blueprint("uploads", __name__)
Form = TypeVar("Form", bound=BaseModel)


class Begin(BaseModel):
    """A file somebody chose."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=300)
    size: int = Field(ge=0, lt=2**53)


@blueprint.post("/w/<slug>/files")
def begin(slug: str) -> Response:
    """Make a place for a file; `id` names it from now on."""
    workspace = _workspace(slug)
    asked = _read(Begin)
    upload = uploads.begin(
        services().settings.home, workspace.id, asked.name, asked.size, actor=viewer().actor
    )
    answer = jsonify({"id": upload.id})
    answer.status_code = 201
    return answer


@blueprint.post("/w/<slug>/files/<id_>/piece")
def piece(slug: str, id_: str) -> Response:
    """The bytes of the body belong at `at`; `received` is where the next ones do."""
    upload = _upload(_workspace(slug), id_)
    at = request.args.get("at", "")
    if not at.isdecimal() or len(at) > 12:
        raise Refused("This piece does not belong to the file.")
    return jsonify({"received": uploads.append(upload, int(at), request.get_data(cache=False))})


@blueprint.post("/w/<slug>/files/<id_>/<act>")
def start(slug: str, id_: str, act: str) -> Response:
    """`look` reads the file and keeps nothing, `take` takes it in; both as the body asks. `drop` forgets it."""
    workspace = _workspace(slug)
    upload = _upload(workspace, id_)
    if act == "drop":
        if process.running(upload) and process.state(upload)["act"] == "take":
            raise Refused("This file is being taken in; wait until that is done.")
        uploads.drop(upload)
        return jsonify({"state": "dropped"})
    doing: Act = "take" if act == "take" else "look"
    if act not in ("look", "take") or not upload.whole:
        raise Refused("The file is not whole yet.")
    asked = _read(Asked)
    _check_zone(asked.timezone)
    running = services()
    leave = running.seats.hold(seated_as(workspace.managing_agency_id, workspace.id), IMPORT)
    try:
        process.start(
            running.settings, upload, workspace.id, doing, asked, ended=leave, ip=request.remote_addr or ""
        )
    except BaseException:
        leave()
        raise
    return jsonify({"state": "running"})


@blueprint.get("/w/<slug>/files/<id_>")
def state(slug: str, id_: str) -> Response:
    """`state` and, as `html`, what to show of it."""
    workspace = _workspace(slug)
    upload = _upload(workspace, id_)
    now = process.state(upload)
    if now["state"] == "running":
        html = parts.working(now)
    elif now["state"] == "done" and now["act"] == "take":
        html = parts.taken(upload.name, now["result"], slug)
    elif now["state"] == "done":
        html = parts.looked(upload.name, now["result"], workspace.timezone)
    else:
        html = None
    answer: dict[str, Any] = {"state": now["state"], "act": now.get("act", ""), "html": str(html or "")}
    return jsonify(answer)


def _workspace(slug: str) -> Workspace:
    """The workspace of the address. Raises NotFound for whoever may not manage its sources."""
    with services().reading() as session:
        workspace, _ = scope_for_workspace(session, viewer(), slug, VERB)
        session.expunge_all()
    return workspace


def _upload(workspace: Workspace, id_: str) -> Upload:
    return uploads.find(services().settings.home, workspace.id, id_, actor=viewer().actor)


def _read(kind: type[Form]) -> Form:
    try:
        return kind.model_validate(request.get_json(silent=True))
    except ValidationError:
        raise Refused("This form is not what the page sends; load the page again.") from None


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise Refused(
            say("There is no time zone {name}; one is Europe/Paris.", name=f"“{name[:60]}”")
        ) from None
