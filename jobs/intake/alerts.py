"""Evaluates alerts as soon as their figures change, in a loop beside the refresh.

Not hourly: an alert is evaluated when a version of its workspace was published that it has not seen, when the
local day ends (which shifts the last 28 days), and when a snooze ends. The leader does it. If two workers do it
at once, only one mail is written, because the alert's row is locked while its state changes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from dashapp.alerts import firing
from dashapp.alerts.judging import Reading, judge
from dashapp.alerts.measure import stored_measure
from dashapp.alerts.words import kind_of
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.engine import reading
from dashapp.db.on_tiles import TileAlert
from dashapp.db.tenants import MANAGING, AgencyLink, Workspace
from dashapp.errors import Busy
from dashapp.reports.report import Report
from dashapp.reports.snapshot import take
from dashapp.tiles.base import page_for
from dashapp.views.schema import View
from data.lake.lake import Lake
from data.lake.tables import mart_version
from data.query import ask as figures
from data.scope import Scope

log = logging.getLogger("vitrine.worker")

#: Seconds between checks for due alerts; an alert of a busy workspace is evaluated at most once per GAP.
LOOK_S: Final = 2.0
GAP: Final = timedelta(seconds=15)
#: When to retry an alert whose figure could not be read.
RETRY: Final = timedelta(minutes=5)
#: Alerts evaluated in one round; the rest wait for the next.
MOST: Final = 200


class Alerts:
    """The evaluation loop of one worker."""

    def __init__(self, lake: Lake, settings: Settings | None, leads: Callable[[], bool]) -> None:
        self._lake, self._settings, self._leads = lake, settings, leads
        self._looked = 0.0

    def round(self) -> int:
        """Evaluate what is due; returns how many mails were written."""
        if not self._leads() or time.monotonic() - self._looked < LOOK_S:
            return 0
        self._looked = time.monotonic()
        return check_due(self._lake, self._settings, now())


@dataclass(frozen=True)
class _Due:
    id: int
    workspace_id: int
    version: int


def check_due(lake: Lake, settings: Settings | None, at: datetime) -> int:
    """Evaluate every alert that is due at a moment; returns how many mails were written."""
    written = 0
    for due in _due(lake, at):
        try:
            written += check(lake, settings, due.id, due.version, at)
        except Exception as error:
            log.error("Alert %d of workspace %d could not be judged: %s", due.id, due.workspace_id, error)
            log.debug("The failure in full:", exc_info=error)
            with Session(lake.engine) as session, session.begin():
                alert = session.get(TileAlert, due.id)
                if alert is not None:
                    alert.checked_version, alert.checked_at, alert.look_at = due.version, at, at + RETRY
    return written


def check(lake: Lake, settings: Settings | None, alert_id: int, version: int, at: datetime) -> int:
    """Evaluate one alert on the current figures; returns how many mails were written."""
    with Session(reading(lake.engine), expire_on_commit=False) as session:
        alert = session.get(TileAlert, alert_id)
        if alert is None:
            return 0
        workspace, watched = alert.workspace, _watched(alert)
        read = read_now(lake, workspace, alert, at)
        picture = None
        if read.verdict == "beyond" and firing.will_tell(session, alert, at):
            picture = picture_of(lake, session, workspace, alert)
    with Session(lake.engine) as session, session.begin():
        locked = session.get(TileAlert, alert_id, with_for_update=True)
        if locked is None or _watched(locked) != watched:
            return 0  # changed meanwhile: it is due again
        locked.look_at = _next_look(locked, workspace.timezone, at)
        return firing.note(session, settings, locked, read, version, at, picture)


def read_now(lake: Lake, workspace: Workspace, alert: TileAlert, at: datetime) -> Reading:
    """The alert's current figure and its evaluation; nothing is written."""
    measure = stored_measure(alert.measure)
    page = page_for(workspace.name, workspace.timezone, at, period=measure.period, filters=measure.filters)
    scope = Scope(frozenset({workspace.id}))
    return judge(
        measure,
        kind_of(alert.kind),
        alert.limit_value,
        alert.least,
        page,
        lambda queries: figures.ask_all(lake, scope, workspace.id, queries),
    )


def picture_of(lake: Lake, session: Session, workspace: Workspace, alert: TileAlert) -> bytes | None:
    """The current tile as PNG; None where printing is not available, and the mail then relies on its text."""
    measure = stored_measure(alert.measure)
    shot = take(session, workspace, Scope(frozenset({workspace.id})))
    page = shot.page(period=measure.period, filters=measure.filters, lang=alert.language)
    try:
        made, whole = Report(lake, shot, View(name="Alert", tiles=[measure.tile()]), page).png("alert")
    except Busy as error:
        log.warning("The picture of alert %d could not be made: %s", alert.id, error)
        return None
    return made if whole else None


def _due(lake: Lake, at: datetime) -> list[_Due]:
    version = func.coalesce(mart_version.c.version, 0)
    rows = (
        select(TileAlert.id, TileAlert.workspace_id, version.label("version"))
        .join(Workspace, Workspace.id == TileAlert.workspace_id)
        .outerjoin(AgencyLink, AgencyLink.id == TileAlert.link_id)
        .outerjoin(mart_version, mart_version.c.workspace_id == TileAlert.workspace_id)
        .where(
            TileAlert.active,
            TileAlert.removed.is_(False),
            Workspace.enabled,
            or_(TileAlert.link_id.is_(None), AgencyLink.state == MANAGING),
            or_(TileAlert.checked_version != version, TileAlert.look_at <= at),
            or_(
                TileAlert.checked_version == -1,
                TileAlert.checked_at.is_(None),
                TileAlert.checked_at <= at - GAP,
            ),
        )
        .order_by(TileAlert.checked_at, TileAlert.id)
        .limit(MOST)
    )
    with reading(lake.engine).connect() as connection:
        return [_Due(row.id, row.workspace_id, row.version) for row in connection.execute(rows)]


def _watched(alert: TileAlert) -> tuple[object, ...]:
    """What the evaluation depends on."""
    return (alert.active, alert.removed, alert.kind, alert.limit_value, alert.least, repr(alert.measure))


def _next_look(alert: TileAlert, zone: str, at: datetime) -> datetime:
    """The end of the local day, or of a snooze before it."""
    local = at.astimezone(ZoneInfo(zone))
    midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    snoozed = alert.snoozed_until
    return min(midnight, snoozed) if snoozed is not None and snoozed > at else midnight
