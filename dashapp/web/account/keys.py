"""What the forms of the settings do for an agency or a workspace: API keys, the policy, the exported audit log."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from flask import Blueprint, Response, request
from markupsafe import Markup
from pydantic import Field
from sqlalchemy.orm import Session

from dashapp.access import audit, current
from dashapp.access.places import place_of, ref_of
from dashapp.access.scopes import agency_for, by_own_role
from dashapp.agencies import invitation_list
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotAllowed, Refused
from dashapp.people import api_keys, audit_log, second_factor
from dashapp.services import services
from dashapp.ui.language.say import say, say_error
from dashapp.web.account.confirming import Id, me, must_confirm
from dashapp.web.forms import Form, FormPage, Line, back_to, form_page, notice, read_form
from data.tables.spreadsheet import csv_pieces

blueprint = Blueprint("settings", __name__)
Ref = Annotated[str, Field(max_length=80)]


class _NewKey(Form):
    place: Ref
    name: Line
    access: Literal["read", "write"]
    days: Literal["30", "90", "365", "never"]


class _Key(Form):
    place: Ref
    id: Id


class _Policy(Form):
    agency: Annotated[str, Field(max_length=60)]
    required: Literal["yes", "no"]


@blueprint.post("/account/keys")
def create() -> Any:
    """A new key, shown this once."""
    sent = read_form(_NewKey)
    known = services()
    with known.reading() as session:  # whose it is not learns nothing from being asked to confirm
        place_of(session, current.viewer(), sent.place, "key.manage")
    if (first := must_confirm("/settings/api-keys")) is not None:
        return first
    try:
        with known.session() as session:
            place = place_of(session, current.viewer(), sent.place, "key.manage")
            _, secret = api_keys.create(
                session,
                place,
                sent.name,
                writes=sent.access == "write",
                days=None if sent.days == "never" else int(sent.days),
                own=isinstance(place, Workspace) and by_own_role(current.viewer(), "key.manage", place),
                actor=me().email,
                user_id=me().user_id,
            )
    except Refused as error:
        notice(say_error(error), bad=True)
        return back_to(f"/settings/api-keys?place={sent.place}")
    return _secret_page(place, secret)


@blueprint.post("/account/keys/rotate")
def rotate() -> Any:
    """A new secret; the old one ends at once."""
    sent = read_form(_Key)
    if (first := _confirmed(sent.place)) is not None:
        return first
    with services().session() as session:
        place = place_of(session, current.viewer(), sent.place, "key.manage")
        _, secret = api_keys.rotate(session, place, int(sent.id), actor=me().email)
    return _secret_page(place, secret)


@blueprint.post("/account/keys/end")
def end() -> Any:
    """The key never works again. Ending needs no confirmation: it only takes away."""
    sent = read_form(_Key)
    with services().session() as session:
        place = place_of(session, current.viewer(), sent.place, "key.manage")
        api_keys.end(session, place, int(sent.id), actor=me().email)
    notice(say("The key is ended."))
    return back_to(f"/settings/api-keys?place={ref_of(place)}")


@blueprint.post("/account/policy")
def policy() -> Any:
    """Whether an agency's owners and admins need a second factor. Who asks for it must have one."""
    sent = read_form(_Policy)
    with services().reading() as session:
        agency_for(session, current.viewer(), sent.agency, "agency.members")
    if (first := must_confirm()) is not None:
        return first
    with services().session() as session:
        agency = agency_for(session, current.viewer(), sent.agency, "agency.members")
        if sent.required == "yes" and not second_factor.factors_of(session, me().user_id).any:
            raise NotAllowed("Set up a second factor of your own first.")
        second_factor.require(session, agency, sent.required == "yes", actor=me().email)
    notice(say("Saved."))
    return back_to("/settings/account")


@blueprint.get("/settings/audit-log.csv")
def audit_csv() -> Response:
    """The entries that fit, newest first, as CSV."""
    known = services()
    search = search_of(request.args.to_dict())
    with known.session() as session:
        place = _exported(session, "audit.export")
    with known.reading() as session:
        text = "".join(csv_pieces(audit_log.COLUMNS, audit_log.rows(session, place, search)))
    return _csv(text, f"{place.slug}-audit-log.csv")


@blueprint.get("/settings/invitations.csv")
def invitations_csv() -> Response:
    """Every invitation of a place, old ones too, as CSV; for who reads its audit log."""
    known = services()
    with known.session() as session:
        place = _exported(session, "invitation.export")
    with known.reading() as session:
        text = "".join(csv_pieces(invitation_list.COLUMNS, invitation_list.rows(session, place)))
    return _csv(text, f"{place.slug}-invitations.csv")


def _exported(session: Session, verb: str) -> Agency | Workspace:
    """The place of the address, whose log says now that its file was taken. Raises NotFound."""
    place = place_of(session, current.viewer(), request.args.get("place", ""), "audit.read")
    audit.record(
        session,
        me().email,
        verb,
        agency_id=place.id if isinstance(place, Agency) else place.managing_agency_id,
        workspace_id=place.id if isinstance(place, Workspace) else None,
        ip=request.remote_addr or "",
    )
    return place


def _csv(text: str, name: str) -> Response:
    response = Response(text.encode("utf-8", "replace"), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def search_of(asked: dict[str, str]) -> audit_log.Search:
    """What an address asks the audit log for; what is no day or no number is left out."""
    before = asked.get("before", "")
    return audit_log.Search(
        text="".join(c for c in asked.get("search", "")[:100] if c.isprintable()).strip(),
        first=_day(asked.get("from", "")),
        last=_day(asked.get("to", "")),
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _confirmed(ref: str) -> Any:
    with services().reading() as session:
        place_of(session, current.viewer(), ref, "key.manage")
    return must_confirm("/settings/api-keys")


def _secret_page(place: Agency | Workspace, secret: str) -> Any:
    return form_page(
        FormPage(
            say("Your API key"),
            say("Copy it now: it is not shown again."),
            links=((say("I have copied it"), f"/settings/api-keys?place={ref_of(place)}"),),
            body=Markup('<p class="secret">{}</p>').format(secret),
        )
    )
