"""Events on their way into figures: those that wait, were parked or refused, and what keeps figures from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from dashapp.db.tenants import Workspace
from dashapp.doctor.check import Check
from dashapp.ui import format
from data.building import failures
from data.cubes import unattributed
from data.cubes.warehouse import READ_ERRORS
from data.intake import refusals
from data.lake import manifest
from data.lake.lake import Lake
from data.lake.manifest import utc
from data.lake.tables import inbox, layer_file, parked, segment, segment_part, workspace_layer
from data.marts.layer_files import is_whole

#: What is acknowledged is in the marts long before this; older means that nobody folds it in.
BACKLOG = timedelta(minutes=10)


def failed_checks(connection: Connection) -> Check:
    """Checks of the marts' contracts that do not hold; each workspace keeps the version it has."""
    found = failures.failures(connection)
    if not found:
        return Check("checks", True, "every check of the marts holds")
    one = found[0]
    slug = connection.scalar(select(Workspace.slug).where(Workspace.id == one.workspace_id)) or "a workspace"
    rest = len({other.workspace_id for other in found}) - 1
    more = f"; {format.integer(rest)} more workspaces fail one" if rest else ""
    said = (
        f"{one.mart}.{one.check} fails in {slug} ({format.integer(one.rows)} bad rows, since "
        f"{one.found_at:%Y-%m-%d %H:%M} UTC), which stays at version {one.version}: {one.wrong.rstrip('.')}{more}"
    )
    return Check("checks", False, said, f"Run `vitrine refresh --full --workspace {slug}`. {one.todo}")


def backlog(connection: Connection) -> Check:
    """Whether events wait longer than it takes to fold them in."""
    events, oldest = connection.execute(select(func.sum(inbox.c.events), func.min(inbox.c.received_at))).one()
    unmerged = connection.execute(
        select(func.sum(segment_part.c.events), func.min(segment.c.created_at))
        .join(segment, segment.c.id == segment_part.c.segment_id)
        .where(segment_part.c.merged_version.is_(None))
    ).one()
    waiting = int(events or 0) + int(unmerged[0] or 0)
    since = min((moment for moment in (utc(oldest), utc(unmerged[1])) if moment), default=None)
    if since is not None and datetime.now(UTC) - since > BACKLOG:
        found = f"{format.integer(waiting)} events wait since {since:%Y-%m-%d %H:%M} UTC"
        return Check("backlog", False, found, "Start `vitrine worker`, or run `vitrine refresh` once.")
    return Check("backlog", True, f"{format.integer(waiting)} events wait to be folded in")


def parked_records(connection: Connection) -> Check:
    """Parked records are no fault of the installation, but somebody should know."""
    rows = connection.execute(
        select(Workspace.slug, func.count(parked.c.id))
        .join(parked, parked.c.workspace_id == Workspace.id)
        .group_by(Workspace.slug)
        .order_by(func.count(parked.c.id).desc())
    ).all()
    if not rows:
        return Check("parked", True, "nothing is parked")
    slug, most = rows[0]
    found = (
        f"{format.integer(sum(row[1] for row in rows))} records are parked, {format.integer(most)} in {slug}"
    )
    return Check("parked", True, found, f"See why with `vitrine events --parked --workspace {slug}`.")


def refused(connection: Connection) -> Check:
    """Deliveries that were not taken in the last day: the sender tries again, or has given up."""
    rows = refusals.repeating(connection, datetime.now(UTC) - timedelta(days=1), 1)
    if not rows:
        return Check("refused", True, "no delivery was refused in the last day")
    worst = max(rows, key=lambda one: one.count)
    slug = connection.scalar(select(Workspace.slug).where(Workspace.id == worst.workspace_id)) or "?"
    total, most = (format.integer(n) for n in (sum(one.count for one in rows), worst.count))
    where = f"source {worst.source_id} of {slug}: {worst.reason}"
    found = f"{total} deliveries were refused in the last day, {most} at {where}"
    repeated = worst.count >= refusals.REPEATED
    todo = f"See /w/{slug}/sources; with a wrong signature, compare the secret with the provider's."
    return Check("refused", not repeated, found, todo)


def unattributed_events(connection: Connection, lake: Lake) -> Check:
    """Replies and unsubscribes that belong to no message: no fault, but figures leave them out."""
    ids = connection.execute(
        select(workspace_layer.c.workspace_id)
        .join(layer_file, layer_file.c.layer_id == workspace_layer.c.layer_id)
        .where(layer_file.c.mart == "lead_events", workspace_layer.c.until.is_(None))
        .distinct()
    ).scalars()
    counts: dict[str, int] = {}
    for state in manifest.current(connection, sorted(ids)).values():
        if not is_whole(state):
            continue
        try:
            counts[state.slug] = len(unattributed.rows(lake, state.workspace_id, state.layers))
        except READ_ERRORS:
            continue  # told by the check of the marts
    if not (total := sum(counts.values())):
        return Check("unattributed", True, "every reply and unsubscribe belongs to an e-mail")
    slug = max(counts, key=lambda name: (counts[name], name))
    found = (
        f"{format.integer(total)} replies or unsubscribes belong to no e-mail, "
        f"{format.integer(counts[slug])} in {slug}"
    )
    return Check(
        "unattributed", True, found, f"See them with `vitrine unattributed list --workspace {slug}`."
    )
