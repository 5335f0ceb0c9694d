"""Schedules as people make and change them: checked here, audited, each of one share of one workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, get_args

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.access.standing import standing
from dashapp.access.viewer import Guest
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.mail import QUEUED, STOPPED, Mail
from dashapp.db.reports import Share
from dashapp.db.schedules import Schedule, ScheduleRecipient, ScheduleRun, SentReport
from dashapp.db.tenants import Workspace
from dashapp.errors import Conflict, NotFound, Refused
from dashapp.languages import LANGUAGES
from dashapp.mail.bundles import forget_bundles
from dashapp.schedules import recipients
from dashapp.schedules.rhythm import CADENCES, CLOSED, Cadence, Rhythm
from dashapp.schedules.shows import check_chosen
from dashapp.sharing.content import view_ids_of
from dashapp.sharing.links import share_of
from dashapp.tiles.periods import PERIODS
from data.errors import BadQuery
from data.marts.zones import zone

#: Schedules one share may have.
MOST_SCHEDULES: Final = 20
#: Characters of the message that goes with each mail; as it is told: the same with a comma.
LONGEST_MESSAGE, TOLD = 2_000, "2,000"
STATES: Final = ("active", "paused")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a schedule shall be. `shows`: keys of what it mails (shows.py); None: all the share shows.

    `addresses`: the recipients.

    `period`: a declared period (tiles/periods.py); a cadence of closed periods has its own.
    """

    cadence: str
    hour: int
    timezone: str
    addresses: Sequence[str]
    weekday: int = 1
    month_day: int = 1
    language: str = "en"
    period: str = "last_week"
    only_changed: bool = False
    message: str = ""
    shows: Sequence[str] | None = None


def create(
    session: Session, settings: Settings, workspace: Workspace, share: Share, wanted: Wanted, *, actor: str
) -> Schedule:
    """A new schedule; its recipients become viewers of the share. Raises Refused, and nothing is kept then."""
    if len(session.scalars(select(Schedule.id).where(Schedule.share_id == share.id)).all()) >= MOST_SCHEDULES:
        raise Refused(f"A link has at most {MOST_SCHEDULES} schedules.")
    _check(session, share, wanted)
    made = Schedule(workspace_id=workspace.id, share_id=share.id, created_by=actor)
    _fill(made, wanted)
    session.add(made)
    session.flush()
    recipients.set_recipients(session, settings, share, made, wanted.addresses, actor=actor)
    note(session, made, "schedule.create", actor)
    return made


def edit(
    session: Session,
    settings: Settings,
    schedule: Schedule,
    wanted: Wanted,
    *,
    actor: str,
    revision: int | None = None,
) -> None:
    """Change a schedule; what was due before is not made up for under the new rule.

    `revision`: the one the editor saw. Raises Refused, and Conflict when somebody else saved meanwhile.
    """
    share = session.get_one(Share, schedule.share_id)
    _check(session, share, wanted)
    seen = schedule.revision if revision is None else revision
    # Asked and counted in one statement: of two who save at once one is told.
    counted = session.connection().execute(
        update(Schedule)
        .where(Schedule.id == schedule.id, Schedule.revision == seen)
        .values(revision=seen + 1)
    )
    if counted.rowcount == 0:
        raise Conflict("Somebody else changed this schedule meanwhile. Look at it again before you save.")
    session.refresh(schedule)
    _fill(schedule, wanted)
    session.flush()
    recipients.set_recipients(session, settings, share, schedule, wanted.addresses, actor=actor)
    note(session, schedule, "schedule.edit", actor)


def pause(session: Session, schedule: Schedule, *, actor: str) -> None:
    """Nothing is mailed until it is resumed; what falls due meanwhile is not made up for."""
    schedule.state, schedule.next_at = "paused", None
    note(session, schedule, "schedule.pause", actor)


def resume(session: Session, schedule: Schedule, *, actor: str) -> None:
    """A paused schedule goes on with the next day it falls due."""
    schedule.state = "active"
    _begin(schedule)
    note(session, schedule, "schedule.resume", actor)


def remove(session: Session, schedule: Schedule, *, actor: str) -> None:
    """Remove a schedule with its runs and what it sent; mails that still wait are not sent."""
    note(session, schedule, "schedule.delete", actor)
    runs = select(ScheduleRun.id).where(ScheduleRun.schedule_id == schedule.id)
    sent = SentReport.run_id.in_(runs)
    bundles = [one for one in session.scalars(select(SentReport.bundle_id).where(sent)) if one is not None]
    withdraw(session, bundles, "The schedule was deleted before the mail was sent.")
    session.execute(delete(SentReport).where(sent))
    forget_bundles(session.connection(), bundles)
    session.execute(delete(ScheduleRun).where(ScheduleRun.schedule_id == schedule.id))
    session.execute(delete(ScheduleRecipient).where(ScheduleRecipient.schedule_id == schedule.id))
    session.delete(schedule)
    session.flush()


def withdraw(session: Session, bundle_ids: Sequence[int], why: str) -> int:
    """Mails of these bundles that wait are not sent; how many. One that is being sent just now may still arrive."""
    if not bundle_ids:
        return 0
    waiting = (Mail.bundle_id.in_(list(bundle_ids)), Mail.state == QUEUED, Mail.claim.is_(None))
    done = session.execute(update(Mail).where(*waiting).values(state=STOPPED, last_error=why))
    return int(done.rowcount)  # type: ignore[attr-defined]


def schedules_of(session: Session, workspace: Workspace, share: Share | None = None) -> list[Schedule]:
    """The schedules of a workspace's links that are not revoked, or of one link, oldest first."""
    rows = (
        select(Schedule)
        .join(Share, Share.id == Schedule.share_id)
        .where(
            Schedule.workspace_id == workspace.id,
            Share.state != "revoked",
            standing(Share, workspace.managing_link_id),
        )
        .order_by(Schedule.id)
    )
    return list(session.scalars(rows if share is None else rows.where(Share.id == share.id)))


def schedule_of(session: Session, workspace: Workspace, schedule_id: int) -> tuple[Schedule, Share]:
    """A schedule of this workspace with its share. Raises NotFound for any other."""
    plausible = type(schedule_id) is int and 0 < schedule_id < 2**31
    found = session.get(Schedule, schedule_id) if plausible else None
    if found is None or found.workspace_id != workspace.id:
        raise NotFound("There is no such schedule.")
    try:
        return found, share_of(session, workspace, found.share_id)
    except NotFound:
        raise NotFound("There is no such schedule.") from None


def rhythm_of(schedule: Schedule) -> Rhythm:
    """When it is due."""
    cadence = next(one for one in CADENCES if one == schedule.cadence)
    return Rhythm(cadence, schedule.weekday, schedule.month_day, schedule.hour, schedule.timezone)


def note(session: Session, schedule: Schedule, verb: str, actor: str, detail: str = "") -> None:
    """One entry of the audit trail about a schedule."""
    workspace = session.get_one(Workspace, schedule.workspace_id)
    about = f"schedule {schedule.id} of share {schedule.share_id}"
    audit.record(
        session,
        actor,
        verb,
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        detail=f"{about}: {detail}" if detail else about,
    )


def shown_of(session: Session, share: Share) -> Guest:
    """What a share shows, whether or not it works just now."""
    views = view_ids_of(session, share)
    return Guest(share.id, share.workspace_id, None, views, share.shows_campaigns, share.downloads)


def _check(session: Session, share: Share, wanted: Wanted) -> None:
    if wanted.cadence not in get_args(Cadence):
        raise Refused("A schedule is daily, weekly, monthly, or of closed weeks or months.")
    if not 1 <= wanted.weekday <= 7 or not 1 <= wanted.month_day <= 31 or not 0 <= wanted.hour <= 23:
        raise Refused("Choose a day and a full hour of the day.")
    try:
        zone(wanted.timezone)
    except BadQuery as error:
        raise Refused("Choose a time zone of the list.") from error
    if wanted.language not in LANGUAGES:
        raise Refused("Choose a language of the list.")
    if wanted.period not in PERIODS:
        raise Refused("Choose a period of the list.")
    if len(wanted.message) > LONGEST_MESSAGE or "\0" in wanted.message:
        raise Refused(f"A message has at most {TOLD} characters.")
    if wanted.shows is not None:
        check_chosen(wanted.shows, shown_of(session, share), share.only_campaigns)


def _fill(schedule: Schedule, wanted: Wanted) -> None:
    schedule.cadence = wanted.cadence
    schedule.weekday, schedule.month_day, schedule.hour = wanted.weekday, wanted.month_day, wanted.hour
    schedule.timezone, schedule.language = wanted.timezone, wanted.language
    schedule.period = CLOSED.get(wanted.cadence, wanted.period)
    schedule.only_changed = wanted.only_changed
    schedule.shows = None if wanted.shows is None else list(dict.fromkeys(wanted.shows))
    schedule.message = wanted.message.replace("\r\n", "\n").strip()
    if schedule.state != "paused":
        _begin(schedule)


def _begin(schedule: Schedule) -> None:
    at = now()
    schedule.active_from = at
    schedule.next_at = rhythm_of(schedule).next_after(at)[1]
