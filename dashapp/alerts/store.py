"""Alerts as they are kept: made, changed, snoozed, acknowledged, removed; and which of them a workspace has now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Select, delete, func, or_, select
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.access.scopes import managing_link
from dashapp.access.standing import managing_link_id, standing, stands
from dashapp.alerts.measure import THRESHOLDS, Kind, Measure, check_kind
from dashapp.db.base import now
from dashapp.db.on_tiles import AlertCrossing, TileAlert
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused
from dashapp.sharing.viewers import parse_addresses, refuse_erased

MOST_ALERTS: Final = 100
MOST_RECIPIENTS: Final = 20
LONGEST_NAME: Final = 120
MOST_LIMIT: Final = 1_000_000_000
MOST_CHANGE: Final = 100.0  # 10,000 %
SNOOZES: Final = (1, 7, 30)
#: A crossing that is over is kept as long as the log of who looked.
KEPT: Final = timedelta(days=396)
_NO_ALERT = "There is no such alert."


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """What an alert is to watch for and whom to tell, as somebody filled it in. `limit`: as people say it: percent
    for rates and changes, a number for counts."""

    kind: Kind
    limit: float
    least: int
    recipients: Sequence[str]
    name: str = ""


def create(
    session: Session,
    workspace: Workspace,
    measure: Measure,
    settings: AlertSettings,
    *,
    view_id: int | None,
    tile_id: str,
    title: str,
    language: str,
    own: bool,
    actor: str,
) -> TileAlert:
    """A new alert. `own`: the workspace's own people make it, so it lives whoever manages the workspace.

    Raises Refused for a limit nobody can reach, what is no address, or too many of either.
    """
    if len(alerts_of(session, workspace)) >= MOST_ALERTS:
        raise Refused(f"A workspace has at most {MOST_ALERTS} alerts. Remove one that nobody needs.")
    link = None if own else managing_link(session, workspace.id)
    alert = TileAlert(
        workspace_id=workspace.id,
        link_id=None if link is None else link.id,
        view_id=view_id,
        tile_id=tile_id,
        measure=measure.model_dump(mode="json", exclude_defaults=True),
        language=language,
        created_by=actor,
    )
    refuse_erased(session, workspace.id, _apply(alert, measure, settings, title))
    session.add(alert)
    session.flush()
    _audit(session, alert, workspace, "alert.create", actor)
    return alert


def change(
    session: Session,
    workspace: Workspace,
    alert: TileAlert,
    measure: Measure,
    settings: AlertSettings,
    *,
    actor: str,
) -> None:
    """Another limit or other recipients. A crossing that is open is judged anew at the next check."""
    refuse_erased(session, workspace.id, _apply(alert, measure, settings, alert.name))
    alert.checked_version = -1
    session.flush()
    _audit(session, alert, workspace, "alert.edit", actor)


def remove(session: Session, workspace: Workspace, alert: TileAlert, *, actor: str) -> None:
    """It is gone from every list; its history stays in the audit trail."""
    alert.removed, alert.active = True, False
    session.flush()
    _audit(session, alert, workspace, "alert.remove", actor)


def switch(session: Session, workspace: Workspace, alert: TileAlert, *, on: bool, actor: str) -> None:
    """Off: it is not checked. On again: it is checked anew."""
    alert.active, alert.checked_version = on, -1
    session.flush()
    _audit(session, alert, workspace, "alert.on" if on else "alert.off", actor)


def snooze(session: Session, workspace: Workspace, alert: TileAlert, days: int, *, actor: str) -> None:
    """No mail for some days (0: mails again); checks go on. What is beyond its limit after it is told then."""
    if days not in {0, *SNOOZES}:
        raise Refused("An alert can be silent for 1, 7 or 30 days.")
    alert.snoozed_until = now() + timedelta(days=days) if days else None
    alert.checked_version = -1
    session.flush()
    _audit(session, alert, workspace, "alert.snooze" if days else "alert.wake", actor)


def acknowledge(session: Session, workspace: Workspace, alert: TileAlert, *, actor: str) -> None:
    """Somebody looks after the crossing that is open. A second time changes nothing: the first one did it."""
    crossing = open_crossing(session, alert)
    if crossing is None:
        raise Refused("The figure is back within its limit; there is nothing left to acknowledge.")
    if crossing.acknowledged_at is None:
        crossing.acknowledged_by, crossing.acknowledged_at = actor, now()
        session.flush()
        _audit(session, alert, workspace, "alert.acknowledge", actor)


def alerts_of(session: Session, workspace: Workspace) -> list[TileAlert]:
    """The workspace's alerts, newest first; not those of an agency that no longer manages it."""
    rows = select(TileAlert).where(
        TileAlert.workspace_id == workspace.id,
        TileAlert.removed.is_(False),
        standing(TileAlert, workspace.managing_link_id),
    )
    return list(session.scalars(rows.order_by(TileAlert.id.desc())))


def alert_of(session: Session, workspace: Workspace, alert_id: int) -> TileAlert:
    """One alert of this workspace. Raises NotFound when it is another's or removed."""
    alert = session.get(TileAlert, alert_id) if type(alert_id) is int and 0 < alert_id < 2**31 else None
    if alert is None or alert.removed or alert.workspace_id != workspace.id:
        raise NotFound(_NO_ALERT)
    if not stands(alert, workspace):
        raise NotFound(_NO_ALERT)
    return alert


def open_crossing(session: Session, alert: TileAlert) -> AlertCrossing | None:
    """The crossing that is not over."""
    rows = select(AlertCrossing).where(AlertCrossing.alert_id == alert.id, AlertCrossing.ended_at.is_(None))
    return session.scalars(
        rows.order_by(AlertCrossing.began_at.desc(), AlertCrossing.id.desc()).limit(1)
    ).first()


def history_of(
    session: Session, alerts: Sequence[TileAlert], most: int = 20
) -> dict[int, list[AlertCrossing]]:
    """The newest crossings of each alert, newest first."""
    place = func.row_number().over(
        partition_by=AlertCrossing.alert_id, order_by=(AlertCrossing.began_at.desc(), AlertCrossing.id.desc())
    )
    ids = [alert.id for alert in alerts]
    ranked = select(AlertCrossing.id, place.label("place")).where(AlertCrossing.alert_id.in_(ids)).subquery()
    rows = session.scalars(
        select(AlertCrossing)
        .join(ranked, ranked.c.id == AlertCrossing.id)
        .where(ranked.c.place <= most)
        .order_by(AlertCrossing.began_at.desc(), AlertCrossing.id.desc())
    )
    found: dict[int, list[AlertCrossing]] = {key: [] for key in ids}
    for row in rows:
        found[row.alert_id].append(row)
    return found


def unacknowledged(workspace_id: int) -> Select[int]:
    """How many of a workspace's alerts are beyond their limit and taken up by nobody."""
    return (
        select(func.count(AlertCrossing.id))
        .join(TileAlert, TileAlert.id == AlertCrossing.alert_id)
        .where(
            TileAlert.workspace_id == workspace_id,
            TileAlert.active,
            standing(TileAlert, managing_link_id(workspace_id)),
            AlertCrossing.ended_at.is_(None),
            AlertCrossing.acknowledged_at.is_(None),
        )
    )


def fired_on(session: Session, workspace: Workspace, view_id: int | None) -> list[TileAlert]:
    """The alerts of a view's tiles that are beyond their limit now."""
    open_ = select(AlertCrossing.alert_id).where(AlertCrossing.ended_at.is_(None))
    rows = select(TileAlert).where(
        TileAlert.workspace_id == workspace.id,
        TileAlert.active,
        TileAlert.view_id == view_id if view_id is not None else TileAlert.view_id.is_(None),
        standing(TileAlert, workspace.managing_link_id),
        TileAlert.id.in_(open_),
    )
    return list(session.scalars(rows.order_by(TileAlert.id)))


def forget(connection: Connection, at: datetime) -> int:
    """Remove crossings that were over 13 months ago, and those of removed alerts that began then; how many."""
    removed = select(TileAlert.id).where(TileAlert.removed)
    old = or_(
        AlertCrossing.ended_at < at - KEPT,
        (AlertCrossing.began_at < at - KEPT) & AlertCrossing.alert_id.in_(removed),
    )
    return connection.execute(delete(AlertCrossing).where(old)).rowcount


def _apply(alert: TileAlert, measure: Measure, settings: AlertSettings, title: str) -> list[str]:
    """Gives whom it is mailed to."""
    check_kind(measure, settings.kind)
    name = " ".join((settings.name or title).split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused(f"The name of an alert is one line of at most {LONGEST_NAME} characters.")
    if not 0 <= settings.least <= MOST_LIMIT:
        raise Refused("The minimum volume is a whole number, 0 or more.")
    alert.name, alert.kind, alert.least = name, settings.kind, settings.least
    alert.limit_value = _limit(measure, settings)
    alert.recipients = clean_recipients(settings.recipients)
    return alert.recipients


def clean_recipients(typed: Sequence[str]) -> list[str]:
    """The addresses, each once. Raises Refused for none, what is none, and more than twenty."""
    parsed = parse_addresses(typed)
    if parsed.wrong:
        raise Refused(f"{parsed.wrong[0][:60]} is not an e-mail address.")
    if not parsed.good:
        raise Refused("Name at least one address that the alert is mailed to.")
    if len(parsed.good) > MOST_RECIPIENTS:
        raise Refused(f"An alert is mailed to at most {MOST_RECIPIENTS} addresses.")
    return list(parsed.good)


def _limit(measure: Measure, settings: AlertSettings) -> float:
    """As it is held against the figure: a share of 1 for rates and changes."""
    if settings.kind not in THRESHOLDS:
        if not 0 < settings.limit <= 100 * MOST_CHANGE:
            raise Refused("A change is more than 0 and at most 10,000 percent.")
        if settings.kind == "fall" and settings.limit > 100:
            raise Refused("Nothing falls by more than 100 percent.")
        return settings.limit / 100
    if measure.counts:
        if not 0 <= settings.limit <= MOST_LIMIT:
            raise Refused("The limit of a count is between 0 and 1,000,000,000.")
        return settings.limit
    if not 0 <= settings.limit <= 100:
        raise Refused("The limit of a rate is between 0 and 100 percent.")
    return settings.limit / 100


def _audit(session: Session, alert: TileAlert, workspace: Workspace, verb: str, actor: str) -> None:
    audit.record(
        session,
        actor,
        verb,
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        detail=f"alert {alert.id}: {alert.name}, {alert.kind} {alert.limit_value}",
    )
