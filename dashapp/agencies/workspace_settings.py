"""A workspace's own name and time zone, changed by who works in it, and what those of an agency begin with."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.agencies.names import clean_name, clean_timezone
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import Refused
from dashapp.languages import LANGUAGES


@dataclass(frozen=True, slots=True)
class General:
    """A workspace's name, and the IANA zone its days, weeks and months are cut in."""

    name: str
    timezone: str


def change_general(
    session: Session, workspace: Workspace, was: General, wanted: General, *, actor: str
) -> bool:
    """Save what was changed of a form that showed `was`; gives whether the zone is another now.

    Its figures are counted anew then, by the next refresh: a version of the marts knows the zone its days were cut
    in. Raises Refused for a bad name or zone, and where somebody else saved meanwhile.
    """
    name, timezone = clean_name(wanted.name, "a workspace"), clean_timezone(wanted.timezone)
    session.refresh(workspace, ["name", "timezone"], with_for_update=True)
    changes = []
    for field, before, after in (("name", was.name, name), ("timezone", was.timezone, timezone)):
        now = getattr(workspace, field)
        if after in (before, now):
            continue
        if now != before:
            raise Refused(
                "Somebody else saved {value} meanwhile. Look at it, then save again.", value=repr(now)
            )
        setattr(workspace, field, after)
        changes.append(f"{field}: {before} -> {after}")
    session.flush()
    if changes:
        audit.record(
            session,
            actor,
            "workspace.edit",
            agency_id=workspace.managing_agency_id,
            workspace_id=workspace.id,
            detail="; ".join(changes),
        )
    return any(change.startswith("timezone") for change in changes)


def change_defaults(session: Session, agency: Agency, language: str, timezone: str, *, actor: str) -> None:
    """The language of portals whose link has none ("": the reader's browser decides) and the time zone new
    workspaces begin with ("": that of whoever makes one). Raises Refused."""
    if language and language not in LANGUAGES:
        raise Refused("Choose one of the languages portals speak.")
    timezone = clean_timezone(timezone) if timezone else ""
    if (language or None, timezone) == (agency.language, agency.timezone):
        return
    agency.language, agency.timezone = language or None, timezone
    session.flush()
    audit.record(
        session,
        actor,
        "agency.edit",
        agency_id=agency.id,
        detail=f"portals: {language or 'as the browser'}; new workspaces: {timezone or 'as the browser'}",
    )
