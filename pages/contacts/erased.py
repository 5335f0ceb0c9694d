"""Who was erased from a workspace, without a name: when, by whom, how far it has come, and what proves it."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.viewer import Viewer
from dashapp.crm.erasure import asking
from dashapp.db.contacts import CLEANED, DONE, Erasure
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.ui.environment import render
from dashapp.ui.language.say import say
from dashapp.ui.language.spoken import integer, moment


def part(session: Session, workspace: Workspace, viewer: Viewer) -> Markup:
    """The page's HTML; NotFound for who may not erase."""
    if not allowed(viewer, asking.VERB, workspace.managing_agency_id, workspace.id):
        raise NotFound("There is no such page.")
    rows = asking.erasures_of(session, workspace.id)
    return render(
        "ui/erasures.html",
        here=f"/w/{workspace.slug}/contacts",
        slug=workspace.slug,
        rows=[_row(one, workspace.timezone) for one in rows],
        count=say("1 person erased") if len(rows) == 1 else say("{n} people erased", n=integer(len(rows))),
    )


def told(row: Erasure, zone: str) -> str:
    """One erasure in a sentence."""
    if row.state == DONE and row.done_at is not None:
        return say(
            "Erased for good on {when}; nothing names the person any more.", when=moment(row.done_at, zone)
        )
    return say("Being erased since {when}.", when=moment(row.asked_at, zone))


def _row(row: Erasure, zone: str) -> dict[str, Any]:
    read = row.proof.get("read") or {}
    proof = "–"
    if row.state == DONE:
        proof = say(
            "{segments} files of events and {marts} of figures were read: none names the person.",
            segments=integer(read.get("segments", 0)),
            marts=integer(read.get("marts", 0)),
        )
    elif row.state == CLEANED:
        proof = say(
            "Gone from events and figures; replaced files are removed after an hour, then all is read."
        )
    else:
        proof = say("Gone from the pages; events and figures follow within minutes.")
    proof = " ".join(filter(None, (proof, _in_the_folder(row.proof.get("folder") or {}))))
    return {
        "id": row.id,
        "asked": moment(row.asked_at, zone),
        "by": row.asked_by,
        "state": say("Done") if row.state == DONE else say("Under way"),
        "done": row.state == DONE,
        "proof": proof,
        "events": integer((row.proof.get("lake") or {}).get("events", 0)),
    }


def _in_the_folder(found: dict[str, Any]) -> str:
    """What of the watched folder is left for a person to look through."""
    if found.get("unreachable"):
        return say("The watched folder could not be looked at.")
    if refused := found.get("refused", 0):
        return say(
            "Files in “refused” of the watched folder, which may name the person: {n}.", n=integer(refused)
        )
    return ""
