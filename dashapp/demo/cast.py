"""The people and places of the demo in the app database: made once, found again at every later start."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from dashapp.access import passwords
from dashapp.agencies import accounts
from dashapp.db.base import now
from dashapp.db.reports import Share, StoredView
from dashapp.db.tenants import Agency, AgencyLink, Workspace
from dashapp.demo import accounts as demo_accounts
from dashapp.demo import history as demo
from dashapp.demo import on_tiles
from dashapp.demo.logo import logo
from dashapp.demo.schedules import schedule_report
from dashapp.sharing import links, viewers
from dashapp.sharing.content import Content
from dashapp.sharing.embedding import change_key
from dashapp.views.schema import dump_view
from dashapp.views.store import ensure_default_view, resolve, starters

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from dashapp.services import Services

_WORDS = """
    amber anchor apple arrow autumnal basket beacon birch bottle bramble breeze bridge bronze butter
    cabin candle canyon carpet cedar chalk cherry cliff clover cobalt comet copper coral cotton
    crater cricket crystal daisy desert dolphin eagle ember falcon feather fennel ferry garden
    ginger glacier granite harbor hazel heron honey island ivory jacket jasmine juniper kettle
    lagoon lantern lemon maple marble meadow mirror nectar nutmeg orchard otter paddle pebble pepper
    pigeon planet plum prairie puffin quartz quince raven ribbon river saddle saffron salmon
    sapphire silver spruce summit sunset thistle timber tulip valley velvet violet walnut willow
    winter zephyr
"""


#: Who made what the shown client’s portal holds.
_OWNER = demo.AGENCIES[0].owner


@dataclass(frozen=True)
class DemoWorkspace:
    """A client of the demo as it stands in the database; `begin`: the demo's first day there."""

    agency: demo.Agency
    client: demo.Client
    workspace_id: int
    begin: date


def password_of(secret_key: str, email: str) -> str:
    """A demo account's password: four words and a number, the same as long as the installation's key is."""
    digest = hmac.digest(secret_key.encode(), f"demo password {email}".encode(), hashlib.sha256)
    words = _WORDS.split()
    numbers = [int.from_bytes(digest[i * 4 : i * 4 + 4], "big") for i in range(5)]
    return "-".join([*(words[number % len(words)] for number in numbers[:4]), str(1000 + numbers[4] % 9000)])


def cast(services: Services) -> list[DemoWorkspace]:
    """Make what is missing of the two agencies, in one transaction, and give every client's place."""
    with services.session() as session:
        return [place for plan in demo.AGENCIES for place in _agency(session, services, plan)]


def _agency(session: Session, services: Services, plan: demo.Agency) -> list[DemoWorkspace]:
    agency = session.scalars(select(Agency).where(Agency.slug == plan.key)).one_or_none()
    if agency is None:
        agency, owner = accounts.create_agency(session, plan.name, plan.owner, actor="demo")
        owner.name = plan.owner_name
        ensure_default_view(session, agency)
        agency.brand = plan.brand
        agency.logo = logo(plan.brand)
        agency.logo_digest = hashlib.sha256(agency.logo).hexdigest()[:16]
        for one in plan.team:
            accounts.create_user(
                session,
                one.email,
                name=one.name,
                agency=agency,
                agency_role=one.role,
                all_accounts=one.role == "member",
                actor="demo",
            )
    places = []
    shown = None
    # Also where somebody has unlinked it meanwhile: it is not made a second time.
    ever = select(AgencyLink.workspace_id).where(AgencyLink.agency_id == agency.id)
    for client in plan.clients:
        found = select(Workspace).where(Workspace.id.in_(ever), Workspace.name == client.name)
        workspace = session.scalars(found).one_or_none()
        if workspace is None:
            workspace = accounts.create_workspace(session, agency, client.name, client.timezone, actor="demo")
            demo_accounts.name_senders(session, client, workspace)
        places.append(DemoWorkspace(plan, client, workspace.id, demo.begin_for(agency.created_at)))
        if client is demo.SHOWN:
            accounts.create_user(
                session, demo.CLIENT_LOGIN, workspace=workspace, workspace_role="client", actor="demo"
            )
            shown = workspace
    if shown is not None:
        demo_accounts.make(session, services, agency, shown)
        on_tiles.make(session, shown, [plan.owner])
    for email in (plan.owner, *(one.email for one in plan.team), *_client_login(plan)):
        _give_password(session, services, email)
    return places


def _client_login(plan: demo.Agency) -> tuple[str, ...]:
    return (demo.CLIENT_LOGIN, *demo_accounts.people()) if demo.SHOWN in plan.clients else ()


def _give_password(session: Session, services: Services, email: str) -> None:
    """The derived password, set when it is not the one in force (first start, or another secret key)."""
    user = accounts.user_by_email(session, email)
    password = password_of(services.settings.secret_key, email)
    if user is not None and not passwords.verify(user.password_hash, password):
        accounts.set_password(session, user, password, actor="demo")


def portal_url(services: Services, places: list[DemoWorkspace]) -> str:
    """The address of the shown client's portal; the link is made when there is none that works."""
    shown = next(place for place in places if place.client is demo.SHOWN)
    with services.session() as session:
        workspace = session.get_one(Workspace, shown.workspace_id)
        usable = select(Share).where(
            Share.workspace_id == workspace.id,
            Share.state == "active",
            Share.password_hash.is_(None),
            Share.expires_at.is_(None),
            Share.created_by == _OWNER,
        )
        share = session.scalars(usable.order_by(Share.id)).first()
        host = demo.CLIENT_LOGIN.partition("@")[2]
        if share is not None:
            on_tiles.ask(session, services, share, f"nora@{host}")
            schedule_report(session, services, workspace, share, host)
            url = links.share_url(services.settings, share)
            if links.open_share(session, url.rstrip("/").rpartition("/")[2]) is not None:
                return url
        _share_report(session, services, workspace)
        share, url, _ = links.create_share(session, services.settings, workspace, actor=_OWNER)
        on_tiles.ask(session, services, share, f"nora@{host}")
        schedule_report(session, services, workspace, share, host)
        _share_more(session, services, workspace)
        return url


def _share_report(session: Session, services: Services, workspace: Workspace) -> None:
    """The report of the shown client's first campaign, with a password and two viewers."""
    campaign = demo.SHOWN.campaigns[0].name
    content = Content(shows_views=False, campaigns=[campaign])
    share, _, _ = links.create_share(
        session,
        services.settings,
        workspace,
        name=campaign,
        password=links.new_password(),
        content=content,
        actor=_OWNER,
    )
    readers = [f"{name}@{demo.CLIENT_LOGIN.partition('@')[2]}" for name in ("board", "sales")]
    viewers.add_viewers(session, services.settings, share, readers, actor=_OWNER)


def _share_more(session: Session, services: Services, workspace: Workspace) -> None:
    """A portal with two views as tabs, and one that this installation's own pages may show in a frame."""
    starter = next(one.view for one in starters() if one.view.name == "Replies first")
    replies = StoredView(
        workspace_id=workspace.id,
        slug="replies-first",
        name=starter.name,
        body=dump_view(starter),
        updated_by=_OWNER,
    )
    session.add(replies)
    session.flush()
    overview = resolve(session, workspace)[0]
    tabs = Content(views=[*([overview] if overview.id is not None else []), replies])
    links.create_share(
        session,
        services.settings,
        workspace,
        name="Board",
        content=tabs,
        password=links.new_password(),
        actor=_OWNER,
    )
    framed = Content(shows_campaigns=False, embed_origins=[services.settings.public_url])
    share, _, _ = links.create_share(
        session,
        services.settings,
        workspace,
        name="On the client’s web site",
        content=framed,
        expires_at=now() + timedelta(days=365),
        actor=_OWNER,
    )
    change_key(session, share, on=True, actor=_OWNER)
