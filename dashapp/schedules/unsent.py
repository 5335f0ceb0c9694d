"""Schedules whose last report did not reach those it was for: what their agency is told by mail.

Nothing went, because of its figures or because the link shows it no more; or it went into the outbox, and mails of
it were stopped there or failed. What was meant so is no trouble: somebody unsubscribed, or nothing was new.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from dashapp.db.base import now
from dashapp.db.mail import FAILED, Mail
from dashapp.db.mail import STOPPED as MAIL_STOPPED
from dashapp.db.reports import Share
from dashapp.db.schedules import PLANNED, SENT, SKIPPED, STOPPED, Schedule, ScheduleRun, SentReport
from dashapp.db.tenants import MANAGING, AgencyLink
from dashapp.mail.troubles import REPORTS, Seen
from dashapp.schedules.mailing import UNSUBSCRIBED
from dashapp.schedules.reasons import reason_words
from dashapp.ui.language.say import retell, say

#: Why nothing was there to be sent, where the recipients go without for good unless somebody does something.
ENDED: Final = (
    "no_view",
    "share_expired",
    "share_paused",
    "share_revoked",
    "unlinked",
    "workspace_closed",
)
#: Between a reason and what it is about; a link's name is one line of printable characters.
_SEPARATOR: Final = "\t"
_MAILS: Final = "mails"


def unsent(connection: Connection) -> list[Seen]:
    """The schedules whose newest run went to nobody, or not to everybody it was for; over once a later one did."""
    newest = (
        select(func.max(ScheduleRun.id)).where(ScheduleRun.state != PLANNED).group_by(ScheduleRun.schedule_id)
    )
    held = or_(
        ScheduleRun.state == STOPPED, and_(ScheduleRun.state == SKIPPED, ScheduleRun.reason.in_(ENDED))
    )
    rows = _of_schedules(connection, and_(ScheduleRun.id.in_(newest), held))
    sent = _of_schedules(connection, and_(ScheduleRun.id.in_(newest), ScheduleRun.state == SENT))
    mails = _stopped_mails(connection, [row.id for row in sent])
    found = [_seen(row, row.reason, row.about) for row in rows]
    return found + [_seen(row, _MAILS, mails[row.id]) for row in sent if row.id in mails]


def unsent_words(kept: str) -> str:
    """What is kept of one, in words: the link's name, and why nothing was sent, or how many mails were not."""
    reason, *rest = kept.split(_SEPARATOR, 2)
    if len(rest) < 2:  # kept in words by an earlier version
        return kept
    name, about = rest
    if reason == _MAILS:
        count, _, why = about.partition(" ")
        told = (
            say("1 mail did not go. {why}", why=retell(why))
            if count == "1"
            else say("{n} mails did not go. {why}", n=count, why=retell(why))
        )
        return " – ".join(part for part in (name, told) if part)
    return " – ".join(part for part in (name, reason_words(reason, about)) if part)


def _of_schedules(connection: Connection, which: ColumnElement[bool]) -> list[Row[Any]]:
    """Runs with their schedule, its link's name, and the agency that made it."""
    rows = (
        select(
            ScheduleRun.id,
            ScheduleRun.schedule_id,
            ScheduleRun.reason,
            ScheduleRun.about,
            ScheduleRun.finished_at,
            Schedule.workspace_id,
            Share.name,
            AgencyLink.agency_id,
            AgencyLink.account_name,
            AgencyLink.state,
        )
        .join(Schedule, Schedule.id == ScheduleRun.schedule_id)
        .join(Share, Share.id == Schedule.share_id)
        .outerjoin(AgencyLink, AgencyLink.id == Share.link_id)
        .where(which, Schedule.state == "active")
    )
    return list[Any](connection.execute(rows).all())


def _stopped_mails(connection: Connection, run_ids: Collection[int]) -> dict[int, str]:
    """{run: "2 The link was narrowed …"} of mails that were stopped or failed; the reason is that of the last."""
    rows = connection.execute(
        select(SentReport.run_id, func.count(), func.max(Mail.id))
        .join(Mail, Mail.bundle_id == SentReport.bundle_id)
        .where(
            SentReport.run_id.in_(run_ids),
            Mail.state.in_([MAIL_STOPPED, FAILED]),
            Mail.last_error != UNSUBSCRIBED,
        )
        .group_by(SentReport.run_id)
    ).all()
    last_errors = select(Mail.id, Mail.last_error).where(Mail.id.in_([last for _, _, last in rows]))
    why = {row.id: row.last_error for row in connection.execute(last_errors)}
    return {run_id: f"{count} {why[last]}" for run_id, count, last in rows}


def _seen(row: Row[Any], reason: str, about: str) -> Seen:
    # Who managed the workspace when the link was made reads of its own link, and nothing of what the workspace is
    # called today.
    former = row.agency_id is not None and row.state != MANAGING
    name = f"{row.account_name}, {row.name}".strip(", ") if former else row.name
    return Seen(
        REPORTS,
        f"{row.schedule_id}:{row.id}:mails" if reason == _MAILS else str(row.schedule_id),
        None if former else row.workspace_id,
        row.finished_at or now(),
        _SEPARATOR.join((reason, name, about)),
        agency_id=row.agency_id if former else None,
    )
