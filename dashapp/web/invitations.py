"""What an invitation's link opens, `/invitations/<token>`: who is asked what, and the answer.

Forms that work without JavaScript. The token is a secret: these addresses send no Referer, are not indexed, and do
not stand in logs. Whatever is wrong with a token looks the same: used, cancelled, too old, unknown.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import quote

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dashapp.access import audit, current, passwords
from dashapp.access.viewer import Anonymous, Member, load_member
from dashapp.agencies import invitations, managing, people
from dashapp.agencies.accounts import create_user, user_by_email
from dashapp.agencies.look import PRODUCT, look_at
from dashapp.db.tenants import Agency, AgencyLink, Invitation, User, Workspace, WorkspaceMember
from dashapp.errors import NotFound, Refused
from dashapp.services import Services, services
from dashapp.ui import letters
from dashapp.ui.brand import brand_css
from dashapp.ui.language.say import language, say, say_error
from dashapp.web.login import set_csrf_cookie
from dashapp.web.middleware.headers import page_csp
from dashapp.web.tries import count_try

#: Accounts made and invitations answered from one address in an hour.
TRIES, WINDOW_S = 30, 3600

_HAS_ACCOUNT = "This address has an account already: log in with it."
Form = TypeVar("Form", bound="_Form")

blueprint = Blueprint("invitations", __name__, url_prefix="/invitations/<token>")


class _Form(BaseModel):
    """A form's fields, each sent once, as text."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    csrf_token: Annotated[str, Field(max_length=500)] = ""


class _Account(_Form):
    name: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=500)]


class _Answer(_Form):
    """`workspace`: the slug of the account that is meant; empty for a new one."""

    answer: Literal["accept", "decline"]
    workspace: Annotated[str, Field(max_length=60)] = ""


@dataclass(frozen=True)
class Choice:
    """A workspace the person may grant, or why not: it is managed, or others have to."""

    slug: str
    name: str
    managed: bool = False
    ask: tuple[str, ...] = ()


@blueprint.get("")
def page(token: str) -> Response:
    """Who asks what; with a way to log in, to create the account it is for, or to answer."""
    known = services()
    with known.reading() as session:
        invitation = invitations.find(session, token)
        return _page(session, token, invitation)


@blueprint.post("/account")
def account(token: str) -> Response:
    """Create the account the invitation is for, log in, and show the invitation; 400 with the reason if refused."""
    known = services()
    form = _read(_Account)
    count_try("invitation", TRIES, WINDOW_S)
    try:
        with known.session() as session:
            invitation = invitations.find(session, token)
            if user_by_email(session, invitation.email) is not None:
                raise Refused(_HAS_ACCOUNT)
            passwords.check(form.password, _known_words(session, invitation))
            user = create_user(
                session, invitation.email, form.password, name=form.name, actor=invitation.email
            )
            audit.record(session, user.email, "user.create", detail="by invitation", ip=_ip())
            if invitation.kind == "link":
                # The account is theirs whatever they answer.
                assert invitation.link_id is not None
                link = session.get_one(AgencyLink, invitation.link_id)
                managing.open_account(session, user, link.account_name)
            user_id = user.id
    except (Refused, IntegrityError) as error:  # of two at once the database takes one
        said = say_error(error if isinstance(error, Refused) else Refused(_HAS_ACCOUNT))
        with known.reading() as session:
            return _page(session, token, invitations.find(session, token), said, 400, form.name)
    with known.reading() as session:
        member = load_member(session, user_id)
    assert member is not None
    current.log_in(member)
    return set_csrf_cookie(make_response(redirect(f"/invitations/{token}", 303)))


@blueprint.post("/answer")
def reply(token: str) -> Response:
    """Grant or accept, or decline. 404 for whoever it is not for; 400 with the reason when it cannot be granted."""
    known = services()
    form = _read(_Answer)
    asking = current.viewer()
    if not isinstance(asking, Member):
        raise NotFound(invitations.NO_INVITATION)
    count_try("invitation", TRIES, WINDOW_S)
    try:
        with known.session() as session:
            invitation = invitations.find(session, token)
            if invitation.email != asking.email:
                raise NotFound(invitations.NO_INVITATION)
            target = _answer(session, known, invitation, session.get_one(User, asking.user_id), form)
    except Refused as error:
        with known.reading() as session:
            return _page(session, token, invitations.find(session, token), say_error(error), 400)
    return make_response(redirect(target, 303))


def _answer(session: Session, known: Services, invitation: Invitation, user: User, form: _Answer) -> str:
    """Do it; where the person goes then."""
    if invitation.kind == "link":
        assert invitation.link_id is not None
        link = session.get_one(AgencyLink, invitation.link_id)
        if form.answer == "decline":
            managing.decline(session, invitation, user)
            target = "/"
        else:
            chosen = _workspace(session, user, form.workspace) if form.workspace else None
            workspace = managing.grant(session, invitation, user, chosen)
            target = f"/w/{workspace.slug}/account"
        letters.send_answer(session, known.settings, link)
        return target
    if form.answer == "decline":
        people.decline(session, invitation, user)
        return "/"
    place = people.join(session, invitation, user)
    return f"/agency?agency={place.slug}" if isinstance(place, Agency) else f"/w/{place.slug}/analytics"


def _workspace(session: Session, user: User, slug: str) -> Workspace:
    """One of the person's own; NotFound for every other, and where they may not grant."""
    for workspace, role in _mine(session, user.id):
        if workspace.slug == slug and role in managing.GRANTING:
            return workspace
    raise NotFound("There is no such workspace.")


def _mine(session: Session, user_id: int) -> list[tuple[Workspace, str]]:
    rows = session.execute(
        select(Workspace, WorkspaceMember.role)
        .join(WorkspaceMember, WorkspaceMember.workspace_id == Workspace.id)
        .where(WorkspaceMember.user_id == user_id)
        .order_by(Workspace.name, Workspace.id)
    )
    return [(row[0], row[1]) for row in rows]


def choices(session: Session, user_id: int) -> list[Choice]:
    """The person's workspaces: what they may grant first."""
    found = [
        Choice(
            workspace.slug,
            workspace.name,
            managed=workspace.managing_agency_id is not None,
            ask=() if role in managing.GRANTING else tuple(people.who_can_grant(session, workspace.id)[:3]),
        )
        for workspace, role in _mine(session, user_id)
    ]
    return sorted(found, key=lambda one: (bool(one.ask), one.managed))


def _page(
    session: Session,
    token: str,
    invitation: Invitation,
    error: str | None = None,
    status: int = 200,
    name: str = "",
) -> Response:
    asking = current.viewer()
    agency = None if invitation.agency_id is None else session.get_one(Agency, invitation.agency_id)
    wears = agency or letters.agency_around(session, invitation)
    look = None if wears is None else look_at(session, wears.slug)
    shown: dict[str, Any] = {"kind": invitation.kind, "email": invitation.email, "choices": []}
    if isinstance(asking, Anonymous):
        known = user_by_email(session, invitation.email)
        shown["step"] = "log in" if known is not None else "create account"
    elif not isinstance(asking, Member) or asking.email != invitation.email:
        shown["step"] = "other address"
    else:
        shown["step"] = "answer"
    if invitation.kind == "link":
        assert invitation.link_id is not None
        shown["account"] = session.get_one(AgencyLink, invitation.link_id).account_name
        if shown["step"] == "answer" and isinstance(asking, Member):
            shown["choices"] = choices(session, asking.user_id)
    else:
        shown["place"] = letters.invitation_place(session, invitation)
        shown["role"] = say(letters.ROLES[invitation.role])
    g.nonce = secrets.token_urlsafe(16)
    body = render_template(
        "invitation.html",
        say=say,
        language=language(),
        agency=None if agency is None else agency.name,
        look=look,
        product=PRODUCT,
        brand_style="" if look is None else brand_css(look.brand),
        invited_by=invitation.invited_by,
        token=token,
        login=f"/login?next={quote(f'/invitations/{token}', safe='/')}",
        error=error,
        name=name,
        nonce=g.nonce,
        **shown,
    )
    response = make_response(body, status)
    response.headers["Content-Security-Policy"] = page_csp(g.nonce)
    response.vary.update(["Accept-Language", "Cookie"])
    return response


def _read(model: type[Form]) -> Form:
    """The form that was sent. Raises Refused for one that is not of this form: a field twice, a list, a NUL."""
    said = dict(request.form.lists())
    try:
        if any(len(values) != 1 or "\0" in values[0] for values in said.values()):
            raise ValueError
        return model.model_validate({key: values[0] for key, values in said.items()})
    except (ValidationError, ValueError) as error:
        raise Refused("The form is not in the format this page sends.") from error


def _known_words(session: Session, invitation: Invitation) -> tuple[str, ...]:
    """What stands in the invitation, and so would be tried first as a password."""
    agency = None if invitation.agency_id is None else session.get_one(Agency, invitation.agency_id).name
    link = None if invitation.link_id is None else session.get_one(AgencyLink, invitation.link_id)
    return tuple(one for one in (agency, link and link.account_name) if one)


def _ip() -> str:
    return request.remote_addr or ""
