"""What a check changes: a crossing begins or is over, and whoever is to be told gets one mail a crossing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.access.scopes import reads_whole
from dashapp.access.viewer import load_recipient
from dashapp.alerts.judging import JUDGED, Reading
from dashapp.alerts.letter import PICTURE, letter_of
from dashapp.alerts.store import open_crossing
from dashapp.config import Settings
from dashapp.db.on_tiles import AlertCrossing, TileAlert
from dashapp.db.tenants import User, Workspace
from dashapp.mail import bundles, outbox
from dashapp.mail.posting import Part
from dashapp.ui.language.say import speaking

#: A figure that swings about its limit crosses it once: what comes back within this is the same crossing.
SAME: Final = timedelta(hours=1)


def note(
    session: Session,
    settings: Settings | None,
    alert: TileAlert,
    reading: Reading,
    version: int,
    at: datetime,
    picture: bytes | None = None,
) -> int:
    """Keep what a check found of an alert whose row the caller has locked; gives how many mails were written.

    `picture`: the tile as PNG, for the mail.
    A figure that could not be judged leaves an open crossing as it is.
    """
    alert.verdict, alert.checked_version, alert.checked_at = reading.verdict, version, at
    alert.seen_value, alert.seen_n, alert.seen_base = reading.value, reading.n, reading.base
    alert.seen_before, alert.seen_days = reading.before, reading.days
    crossing = open_crossing(session, alert)
    if reading.verdict not in JUDGED:
        return 0
    if reading.verdict == "within":
        if crossing is not None:
            crossing.ended_at = at
            _audit(session, alert, "alert.over")
        return 0
    if crossing is None:
        crossing = _begin(session, alert, reading, at)
    if crossing.told_at is not None or _silent(alert, at):
        return 0
    crossing.told_at, crossing.told = at, _tell(session, settings, alert, crossing, reading, picture)
    return crossing.told


def will_tell(session: Session, alert: TileAlert, at: datetime) -> bool:
    """Whether a figure beyond its limit would be told now: it was not yet, and nobody wants silence."""
    crossing = open_crossing(session, alert)
    return not _silent(alert, at) and (crossing is None or crossing.told_at is None)


def _silent(alert: TileAlert, at: datetime) -> bool:
    return alert.snoozed_until is not None and alert.snoozed_until > at


def _begin(session: Session, alert: TileAlert, reading: Reading, at: datetime) -> AlertCrossing:
    last = session.scalars(
        select(AlertCrossing)
        .where(AlertCrossing.alert_id == alert.id)
        .order_by(AlertCrossing.began_at.desc(), AlertCrossing.id.desc())
        .limit(1)
    ).first()
    if last is not None and last.ended_at is not None and at - last.ended_at < SAME:
        last.ended_at = None
        return last
    assert reading.value is not None
    crossing = AlertCrossing(
        alert_id=alert.id,
        began_at=at,
        value=reading.value,
        n=reading.n,
        base=reading.base,
        before=reading.before,
        days=reading.days,
        told=0,
    )
    session.add(crossing)
    session.flush()
    _audit(session, alert, "alert.fire")
    return crossing


def _tell(
    session: Session,
    settings: Settings | None,
    alert: TileAlert,
    crossing: AlertCrossing,
    reading: Reading,
    picture: bytes | None,
) -> int:
    workspace = alert.workspace
    url = None if settings is None else settings.public_url
    with speaking(alert.language):
        letter = letter_of(alert, reading, workspace, url, pictured=picture is not None)
    bundle_id = None
    if picture is not None:
        bundle_id = bundles.bundle(session, [Part(PICTURE, "image/png", picture, inline=True)])
    written = 0
    for number, address in enumerate(alert.recipients):
        if not may_read(session, workspace, address):
            continue
        written += outbox.put(
            session,
            key=f"alert {crossing.id}: {number}",
            agency_id=workspace.managing_agency_id,
            workspace_id=workspace.id,
            to=address,
            from_name=outbox.sender_name(letter.sender),
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            bundle_id=bundle_id,
        )
    return written


def may_read(session: Session, workspace: Workspace, address: str) -> bool:
    """Who has an account is told while they may read all of the workspace; an address without one, always."""
    user_id = session.scalar(select(User.id).where(User.email == address))
    if user_id is None:
        return True
    member = load_recipient(session, user_id)
    return member is not None and reads_whole(member, workspace)


def _audit(session: Session, alert: TileAlert, verb: str) -> None:
    audit.record(
        session,
        "alerts",
        verb,
        agency_id=alert.workspace.managing_agency_id,
        workspace_id=alert.workspace_id,
        detail=f"alert {alert.id}: {alert.name}",
    )
