"""`incident`: what was accessed, by whom, since when."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from dashapp.cli.command import ROW_ID, Answer, Command, Group
from dashapp.cli.installation import open_house, workspace_of
from dashapp.errors import NotFound

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from dashapp.agencies.incident import Actor, Subject

_AGO = re.compile(r"(\d{1,5})([hd])")
#: Lines of the trail in the text form; --json has as many as --limit says.
_LISTED = 40


@click.command(cls=Command)
@click.option("--since", required=True, metavar="WHEN", help="2026-11-30, 2026-11-30T09:00Z, 24h or 7d ago.")
@click.option("--until", metavar="WHEN", help="Up to then; without it up to now.")
@click.option(
    "--user", "email", metavar="EMAIL", help="What this person did, and what was done to the account."
)
@click.option("--share", "share_id", metavar="ID", type=ROW_ID, help="What was done with this link.")
@click.option(
    "--agency", "agency_slug", metavar="SLUG", help="What was done in this agency, and by its people."
)
@click.option("--limit", type=click.IntRange(1, 100_000), default=1_000, show_default=True, metavar="N")
def incident(
    since: str,
    until: str | None,
    email: str | None,
    share_id: int | None,
    agency_slug: str | None,
    limit: int,
) -> Answer:
    """What was accessed, by whom, since when; counts are complete, entries the newest --limit of them.

    The trail has who looked at which workspace and which link was opened from where once an hour, and each
    file taken, statement asked, log-in, refusal and change of rights as it happens. Times are UTC.
    """
    from dashapp.agencies import incident as trail

    if sum(1 for one in (email, share_id, agency_slug) if one is not None) > 1:
        raise click.UsageError("Give one of --user, --share and --agency.")
    first, last = _moment(since, "--since"), _moment(until, "--until") if until else datetime.now(UTC)
    if last < first:
        raise click.UsageError("--until lies before --since.")
    with open_house().reading() as session:
        subject = _subject(session, email, share_id, agency_slug)
        people = trail.actors(session, subject, first, last)
        entries = trail.entries(session, subject, first, last, limit + 1)
        document: dict[str, Any] = {
            "since": f"{first:%Y-%m-%dT%H:%M:%SZ}",
            "until": f"{last:%Y-%m-%dT%H:%M:%SZ}",
            "about": {"user": email, "share": share_id, "agency": agency_slug},
            "actors": [_actor(name, people[name]) for name in sorted(people)],
            "entries": entries[:limit],
            "truncated": len(entries) > limit,
        }
        if subject.user is not None:
            document["active"] = subject.user.active
            document["sessions"] = trail.sessions_of(session, subject.user)
        if subject.share is not None:
            document["state"] = subject.share.state
    return Answer(document, _text(document))


def _subject(session: Session, email: str | None, share_id: int | None, agency_slug: str | None) -> Subject:
    from dashapp.agencies import accounts
    from dashapp.agencies.incident import Subject
    from dashapp.db.reports import Share

    if email is not None:
        return Subject(user=accounts.known_user(session, email))
    if share_id is not None:
        share = session.get(Share, share_id)  # also a revoked one: that is when one asks
        if share is None:
            raise NotFound(f"There is no link {share_id}; `vitrine share list` shows them.")
        return Subject(share=share)
    if agency_slug is not None:
        return Subject(agency=accounts.agency_by_slug(session, agency_slug))
    return Subject()


def _actor(name: str, actor: Actor) -> dict[str, Any]:
    from dashapp.agencies.incident import TAKEN

    moments = [(deeds.first, deeds.last) for deeds in actor.verbs.values()]
    return {
        "actor": name,
        "first": f"{min(first for first, _ in moments):%Y-%m-%dT%H:%M:%SZ}",
        "last": f"{max(last for _, last in moments):%Y-%m-%dT%H:%M:%SZ}",
        "taken": sum(deeds.n for verb, deeds in actor.verbs.items() if verb in TAKEN),
        "verbs": {verb: actor.verbs[verb].n for verb in sorted(actor.verbs)},
        "workspaces": sorted(actor.workspaces),
        "addresses": sorted(actor.addresses),
    }


def _moment(text: str, option: str) -> datetime:
    """A date, a moment (UTC unless it says otherwise), or so long ago: 24h, 7d."""
    if ago := _AGO.fullmatch(text):
        hours = int(ago[1]) * (24 if ago[2] == "d" else 1)
        return datetime.now(UTC) - timedelta(hours=hours)
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise click.UsageError(
            f"{option} {text[:40]!r} is no moment; write one like 2026-11-30, 2026-11-30T09:00Z, 24h or 7d."
        ) from error


def _text(document: dict[str, Any]) -> str:
    lines = [f"From {document['since']} to {document['until']}"]
    if "sessions" in document:
        lines.append(
            f"The account is {'active' if document['active'] else 'disabled'}; "
            f"{len(document['sessions'])} sessions are open."
        )
        lines += [
            f"  {one['ip']:<16} since {one['since']}  {one['browser'][:60]}" for one in document["sessions"]
        ]
    if "state" in document:
        lines.append(f"The link is {document['state']}.")
    if not document["actors"]:
        return "\n".join([*lines, "Nothing was noted."])
    for one in document["actors"]:
        did = ", ".join(f"{verb} {n}" for verb, n in one["verbs"].items())
        lines.append(f"{one['actor']}  {one['first']} to {one['last']}")
        lines.append(f"  {did}")
        for name in ("workspaces", "addresses"):
            if one[name]:
                more = len(one[name]) - 8
                lines.append(
                    f"  {name}: {', '.join(one[name][:8])}" + (f" and {more} more" if more > 0 else "")
                )
    lines.append("")
    for entry in document["entries"][:_LISTED]:
        times = f" ×{entry['n']}" if entry["n"] > 1 else ""
        where = entry["workspace"] or entry["agency"] or ""
        lines.append(
            f"{entry['at']}  {entry['actor']}  {entry['verb']}{times}  {where}  {entry['detail'][:80]}  "
            f"{entry['ip']}".rstrip()
        )
    if len(document["entries"]) > _LISTED or document["truncated"]:
        lines.append("… `--json` has the entries as they are.")
    return "\n".join(lines)


@click.group(cls=Group)
def erasure() -> None:
    """People who are erased from a workspace."""


@erasure.command("ask")
@click.argument("address")
@click.option("--workspace", "workspace_slug", required=True, metavar="SLUG")
@click.option("--yes", is_flag=True, help="Do not ask again.")
def ask_command(address: str, workspace_slug: str, yes: bool) -> Answer:
    """Erase the person with this address or lead id for good; the worker does the rest."""
    from dashapp.crm.contacts import Actor, contact_by_key
    from dashapp.crm.erasure import asking
    from dashapp.errors import NotFound

    house = open_house()
    if not yes:
        click.confirm(f"Erase {address} from {workspace_slug} for good? This cannot be undone", abort=True)
    with house.session() as session:
        workspace, scope = workspace_of(session, workspace_slug)
        contact = contact_by_key(session, scope, workspace.id, address)
        if contact is None:
            raise NotFound("There is no contact with this address.")
        actor = Actor("cli", workspace, scope)
        row = asking.ask(session, actor, contact.id, address, house.settings.secret_key)
        return Answer(
            {"erasure": row.id}, f"Erasure {row.id}: the worker takes them out of events and figures."
        )


@erasure.command("list")
@click.option("--workspace", "workspace_slug", required=True, metavar="SLUG")
def list_command(workspace_slug: str) -> Answer:
    """The erasures of a workspace, without names."""
    from dashapp.crm.erasure import asking

    with open_house().reading() as session:
        workspace, _ = workspace_of(session, workspace_slug)
        rows = asking.erasures_of(session, workspace.id)
    told = [
        {
            "erasure": row.id,
            "state": row.state,
            "asked_by": row.asked_by,
            "asked_at": row.asked_at.isoformat(),
            "done_at": row.done_at.isoformat() if row.done_at else None,
            "proof": row.proof,
        }
        for row in rows
    ]
    lines = [f"{row.id}  {row.state:<8} {row.asked_at:%Y-%m-%d %H:%M}  {row.asked_by}" for row in rows]
    return Answer({"erasures": told}, "\n".join(lines) or "Nobody was erased here.")


@erasure.command("check")
@click.argument("address")
@click.option("--workspace", "workspace_slug", required=True, metavar="SLUG")
def check_command(address: str, workspace_slug: str) -> Answer:
    """Whether the person with this address or lead id was erased, and what was read to prove it."""
    from dashapp.crm.erasure import asking

    with open_house().reading() as session:
        workspace, _ = workspace_of(session, workspace_slug)
        row = asking.erasure_by_address(session, workspace.id, address)
    if row is None:
        return Answer({"erased": False}, "Nobody with this address was erased here.")
    read = row.proof.get("read") or {}
    said = f"Erasure {row.id} is {row.state}, asked for by {row.asked_by} on {row.asked_at:%Y-%m-%d}."
    if row.done_at is not None:
        said += (
            f" Done {row.done_at:%Y-%m-%d %H:%M} UTC: {read.get('segments', 0)} files of events and "
            f"{read.get('marts', 0)} of figures were read, none names the person."
        )
    if refused := (row.proof.get("folder") or {}).get("refused"):
        said += f" Look through “refused” of the watched folder: {refused} files there may name the person."
    return Answer({"erased": True, "erasure": row.id, "state": row.state, "proof": row.proof}, said)
