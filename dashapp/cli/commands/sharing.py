"""`share create|list|pause|resume|rotate|set-password|revoke`: portal links."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from dashapp.cli.command import ROW_ID, Answer, Group
from dashapp.cli.installation import open_house, workspace_of
from dashapp.cli.passwords import chosen_password, new_password, password_options
from dashapp.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from dashapp.db.reports import Share, StoredView
    from dashapp.db.tenants import Workspace


@click.group(cls=Group)
def share() -> None:
    """Portal links: who has one sees one view of one workspace, without an account."""


@share.command("create")
@click.option("--workspace", "workspace_slug", required=True, metavar="W")
@click.option(
    "--view",
    "view_slugs",
    metavar="V",
    multiple=True,
    help="A view's name; several are tabs; without it the workspace's default view.",
)
@click.option("--name", metavar="N", default="", help="How your team calls the link.")
@click.option(
    "--campaign",
    "campaigns",
    metavar="C",
    multiple=True,
    help="The report of this campaign, and no other campaign's figures. Without --view no view is shown.",
)
@click.option("--since", metavar="DATE", help="The earliest day any figure counts.")
@click.option("--mask/--no-mask", default=True, show_default=True, help="Cut people's addresses down.")
@click.option("--viewer", "emails", metavar="EMAIL", multiple=True, help="Somebody with a link of their own.")
@click.option("--message", metavar="TEXT", help="A message in the mail to the viewers.")
@click.option("--send", is_flag=True, help="Mail the viewers their link and the password.")
@password_options("8 characters or more.")
@click.option(
    "--expires", metavar="DATE", help="Last day on which the link works, in the workspace's time zone."
)
def create(
    workspace_slug: str,
    view_slugs: tuple[str, ...],
    name: str,
    campaigns: tuple[str, ...],
    since: str | None,
    mask: bool,
    emails: tuple[str, ...],
    message: str | None,
    send: bool,
    password: str | None,
    password_prompt: bool,
    password_stdin: bool,
    expires: str | None,
) -> Answer:
    """Make a link and print its address."""
    from dashapp.sharing import viewers
    from dashapp.sharing.content import Content
    from dashapp.sharing.links import create_share
    from dashapp.sharing.opening import dress_of
    from dashapp.ui import share_mails

    if send and not emails:
        raise click.UsageError("--send mails viewers: name them with --viewer.")
    if message and not send:
        click.echo("Nobody is mailed the message: --send writes the mail it goes into.", err=True)
    password = chosen_password(password, prompt=password_prompt, stdin=password_stdin)
    services = open_house()
    with services.session() as session:
        workspace, _ = workspace_of(session, workspace_slug)
        content = Content(
            views=[_view(session, workspace, slug) for slug in view_slugs],
            shows_views=bool(view_slugs) or not campaigns,
            campaigns=list(campaigns) or None,
            since=_day_of(since),
            masks_people=mask,
        )
        made, url, token = create_share(
            session,
            services.settings,
            workspace,
            name=name,
            content=content,
            password=password,
            expires_at=_end_of(expires, workspace.timezone) if expires else None,
        )
        added = viewers.add_viewers(session, services.settings, made, emails)
        if send:
            sender = dress_of(workspace).name
            share_mails.invite(session, services.settings, made, added, sender=sender, message=message)
        document: dict[str, Any] = {"id": made.id, "url": url, "token": token}
        people = [{"email": one.email, "url": viewers.viewer_url(services.settings, one)} for one in added]
    if password is not None:
        document["password"] = password
    document["viewers"] = people
    lines = [url, *(f"{one['email']}: {one['url']}" for one in people)]
    return Answer(document, "\n".join(lines))


@share.command("list")
@click.option("--workspace", "workspace_slug", metavar="W", help="Only its links.")
def listed(workspace_slug: str | None) -> Answer:
    """List the links that were not revoked, newest first."""
    from sqlalchemy import select

    from dashapp.db.tenants import Workspace
    from dashapp.sharing.links import shares_of

    services = open_house()
    with services.reading() as session:
        if workspace_slug:
            workspaces = [workspace_of(session, workspace_slug)[0]]
        else:
            workspaces = list(session.scalars(select(Workspace).order_by(Workspace.slug)))
        rows = [
            {
                "id": found.id,
                "workspace": workspace.slug,
                "state": found.state,
                "created_at": found.created_at.isoformat(),
                "expires_at": found.expires_at.isoformat() if found.expires_at else None,
                "password": found.password_hash is not None,
                "opens": found.opens,
                "name": found.name,
                "campaigns": found.campaigns,
                "since": found.since.isoformat() if found.since else None,
                "opened_at": found.opened_at.isoformat() if found.opened_at else None,
            }
            for workspace in workspaces
            for found in shares_of(session, workspace)
        ]
    lines = [f"{row['id']:>6}  {row['state']:<8} {row['workspace']}" for row in rows]
    return Answer({"shares": rows}, "\n".join(lines) or "There are no links.")


@share.command("pause")
@click.argument("share_id", metavar="ID", type=ROW_ID)
def pause(share_id: int) -> Answer:
    """The link answers "not found" until it is resumed."""
    return _change(share_id, "pause")


@share.command("resume")
@click.argument("share_id", metavar="ID", type=ROW_ID)
def resume(share_id: int) -> Answer:
    """A paused link works again."""
    return _change(share_id, "resume")


@share.command("rotate")
@click.argument("share_id", metavar="ID", type=ROW_ID)
@click.option(
    "--grace-days",
    type=click.IntRange(0, 90),
    default=0,
    show_default=True,
    help="Days the old address lives on.",
)
def rotate(share_id: int, grace_days: int) -> Answer:
    """A new address in place of the old one, which ends at once unless it is given some days."""
    return _change(share_id, "rotate", grace_days)


@share.command("revoke")
@click.argument("share_id", metavar="ID", type=ROW_ID)
def revoke(share_id: int) -> Answer:
    """The link never works again."""
    return _change(share_id, "revoke")


@share.command("set-password")
@click.argument("share_id", metavar="ID", type=ROW_ID)
@click.option("--password-stdin", is_flag=True, help="Read it from the first line of stdin.")
@click.option("--remove", is_flag=True, help="The link opens without a password.")
def set_password(share_id: int, password_stdin: bool, remove: bool) -> Answer:
    """Give a link a password, another one, or none; whoever gave the old one is asked again."""
    from dashapp.sharing import links

    if remove and password_stdin:
        raise click.UsageError("Give either --password-stdin or --remove.")
    services = open_house()
    with services.reading() as session:
        _share(session, share_id)  # before anybody types a password in vain
    password = None if remove else new_password(stdin=password_stdin)
    with services.session() as session:
        links.set_share_password(session, _share(session, share_id), password, settings=services.settings)
    text = f"Link {share_id} opens without a password." if remove else f"Link {share_id} has a new password."
    return Answer({"id": share_id, "password": not remove}, text)


def _change(share_id: int, what: str, grace_days: int = 0) -> Answer:
    from dashapp.sharing import links, rotation

    services = open_house()
    with services.session() as session:
        found = _share(session, share_id)
        if what == "rotate":
            grace = timedelta(days=grace_days)
            url, token = rotation.rotate(session, services.settings, found, grace=grace)
            return Answer({"id": share_id, "url": url, "token": token}, url)
        {"pause": links.pause, "resume": links.resume, "revoke": links.revoke}[what](session, found)
        state = found.state
    return Answer({"id": share_id, "state": state}, f"Link {share_id} is {state}.")


def _share(session: Session, share_id: int) -> Share:
    from dashapp.db.reports import Share

    found = session.get(Share, share_id)
    if found is None or found.state == "revoked":
        raise NotFound(f"There is no link {share_id}; `vitrine share list` shows them.")
    return found


def _view(session: Session, workspace: Workspace, slug: str) -> StoredView:
    from dashapp.cli.command import nearest
    from dashapp.views.store import list_views

    known = list_views(session, workspace)
    for view in known:
        if slug in (view.slug, str(view.id)):
            return view
    hint = nearest(slug, [view.slug for view in known])
    raise NotFound(f"Workspace {workspace.slug} has no view {slug!r}.{hint}")


def _day_of(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise click.UsageError(f"--since {text!r} is no date; write one like 2026-12-31.") from error


def _end_of(text: str, timezone: str) -> datetime:
    """The end of a day given as 2026-12-31, or the moment given with a time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"--expires {text!r} is no date; write one like 2026-12-31.") from error
    if len(text) <= len("2026-12-31"):
        moment = datetime.combine(moment.date(), time.max)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))).astimezone(UTC)
