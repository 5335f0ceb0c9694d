"""One run: made from one snapshot, checked, and sent: report, mails and the run's end in a single transaction.

It fails closed: where a tile has no figures, or they are held back or old, no mail goes, and the agency is told.
Whatever kills a worker before the commit, nothing was sent, and the next one makes the run anew; after it the mails
are the outbox's.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dashapp.access.scopes import WITHOUT_SECRETS, scope_for_share
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.engine import reading
from dashapp.db.reports import Share
from dashapp.db.schedules import SENT, SKIPPED, STOPPED, Schedule, ScheduleRun
from dashapp.db.tenants import Workspace
from dashapp.errors import Busy, NotFound
from dashapp.reports.snapshot import take
from dashapp.schedules import frozen, keeping, planning
from dashapp.schedules.content import MailedContent, views_of
from dashapp.schedules.letter import narrowed_words, send_to
from dashapp.schedules.recipients import is_due, recipients_of
from dashapp.schedules.rhythm import CLOSED
from dashapp.schedules.shows import mailed_of, may_show
from dashapp.tiles.periods import period_of
from dashapp.ui.language.say import speaking
from data.building import refresh_on_view
from data.errors import DataError
from data.lake.lake import Lake

log = logging.getLogger("vitrine.worker")
MOST_TRIES: Final = len(planning.WAITS) + 1


@dataclass(frozen=True, slots=True)
class Link:
    """A share as `scope_for_share` takes it."""

    id: int


@dataclass(frozen=True, slots=True)
class Made:
    """A report that may be sent. `mark`: what its figures depend on."""

    content: MailedContent
    mark: str
    downloads: bool
    message: str


class _NotNow(Exception):
    """Why no mail goes. `final`: to be tried again only when somebody asks."""

    def __init__(self, reason: str, about: str = "", *, state: str = STOPPED, final: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.about, self.state, self.final = reason, about, state, final


def run_due(lake: Lake, settings: Settings, *, most: int = 100, only: int | None = None) -> Mapping[str, int]:
    """Make the runs that wait, one after the other; {state: how many}. `only`: of this schedule."""
    counts: dict[str, int] = {}
    for _ in range(most):
        claimed = planning.claim(lake.engine, only)
        if claimed is None:
            break
        state = make_run(lake, settings, *claimed)
        counts[state] = counts.get(state, 0) + 1
    return counts


def make_run(lake: Lake, settings: Settings, run_id: int, claim: str) -> str:
    """Make one claimed run; what became of it: sent, stopped, skipped, "again" or "overtaken"."""
    try:
        made = _make(lake, run_id)
        return _send(lake.engine, settings, run_id, claim, made)
    except _NotNow as why:
        return _end_unsent(lake.engine, run_id, claim, why)
    except (DataError, Busy) as error:
        log.warning("Run %d of a schedule cannot be made: %s", run_id, error)
        reason = "no_paper" if isinstance(error, Busy) else "no_figures"
        return _end_unsent(lake.engine, run_id, claim, _NotNow(reason))
    except Exception:
        log.exception("run %d of a schedule failed", run_id)
        return _end_unsent(lake.engine, run_id, claim, _NotNow("failed"))


def _make(lake: Lake, run_id: int) -> Made:
    """The run's report, checked. Raises _NotNow, DataError, Busy."""
    with Session(reading(lake.engine), expire_on_commit=False) as session:
        schedule = _checked(session, run_id)[1]
    asked = now()  # a workspace in which events come in all the time is not behind for that
    refresh_on_view.ensure(lake, schedule.workspace_id, None)
    with Session(reading(lake.engine), expire_on_commit=False) as session:
        run, schedule, share = _checked(session, run_id)
        guest, workspace, scope = scope_for_share(session, share)
        keys = mailed_of(schedule.shows, guest, scope.campaigns)
        views = views_of(session, workspace, keys)
        shot = take(session, workspace, scope, logo=True, asked=asked)
    closed = _closed(run, schedule)
    page = shot.page(period=schedule.period, lang=schedule.language)
    if closed is not None:
        page = replace(page, period=period_of(schedule.period, closed + timedelta(days=1)))
    with speaking(schedule.language):
        only = narrowed_words(share)
    content = MailedContent(lake, shot, page, keys, views, only)
    if closed is not None and not content.is_ripe():
        raise _NotNow("not_ripe", state="later")
    doubt = content.doubt()
    if doubt is not None:
        raise _NotNow(*doubt)
    mark = content.mark()
    if schedule.only_changed and not run.asked_by and mark == schedule.sent_mark:
        raise _NotNow("unchanged", state=SKIPPED, final=True)
    return Made(content, mark, guest.downloads, schedule.message)


def _send(engine: Engine, settings: Settings, run_id: int, claim: str, made: Made) -> str:
    """Print it, and keep report, mails and the end of the run together, if all still holds."""
    content = made.content
    mail = content.mail(pdf=made.downloads)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        if not planning.end(session, run_id, claim, state=SENT, finished_at=now(), reason="", about=""):
            return "overtaken"
        run, schedule, share = _checked(session, run_id, locked=True)
        guest, _, scope = scope_for_share(session, Link(share.id))
        shown = all(may_show(key, guest, scope.campaigns) for key in content.keys)
        if scope != content.snapshot.scope or not shown or (made.downloads and not guest.downloads):
            raise _NotNow("share_changed")  # somebody narrowed it while this was printed
        day = content.snapshot.at.astimezone(ZoneInfo(schedule.timezone)).date()
        due = [
            one
            for one in recipients_of(session, schedule)
            if one.gets_mail and (bool(run.asked_by) or is_due(one.row, day))
        ]
        if not due:
            raise _NotNow("no_recipients", state=SKIPPED, final=True)
        sent = frozen.freeze(session, run, share, content, mail, made.message)
        for one in due:
            send_to(session, settings, schedule, sent, one)
            one.row.last_day = day.isoformat()
        run.mails, schedule.sent_mark = len(due), made.mark
        keeping.note(session, schedule, "schedule.send", run.asked_by or "schedule", f"{len(due)} mails")
    return SENT


def _end_unsent(engine: Engine, run_id: int, claim: str, why: _NotNow) -> str:
    with Session(engine) as session, session.begin():
        run = session.get(ScheduleRun, run_id)
        if run is None:
            return "overtaken"
        told = {"reason": why.reason, "about": why.about[:500]}
        if why.state == "later":  # looked at again on the schedule's next day, as often as it takes
            schedule = session.get_one(Schedule, run.schedule_id)
            again = keeping.rhythm_of(schedule).next_after(now())[1]
            waits = planning.end(session, run_id, claim, next_try_at=again, tries=0, **told)
            return "again" if waits else "overtaken"  # waiting is no failed try
        if not why.final and not run.asked_by and run.tries < MOST_TRIES:
            again = now() + planning.WAITS[run.tries - 1]
            return "again" if planning.end(session, run_id, claim, next_try_at=again, **told) else "overtaken"
        ended = planning.end(session, run_id, claim, state=why.state, finished_at=now(), **told)
        if ended:
            schedule = session.get_one(Schedule, run.schedule_id)
            keeping.note(session, schedule, f"schedule.{why.state}", "schedule", why.reason)
        return why.state if ended else "overtaken"


def _checked(session: Session, run_id: int, *, locked: bool = False) -> tuple[ScheduleRun, Schedule, Share]:
    """The run with its schedule and share, if it may still be sent. Raises _NotNow."""
    run = session.get(ScheduleRun, run_id, populate_existing=True)
    if run is None:
        raise _NotNow("deleted", state=SKIPPED, final=True)
    schedule = session.get_one(
        Schedule, run.schedule_id, populate_existing=True, with_for_update=True if locked else None
    )
    share = session.get_one(Share, schedule.share_id, populate_existing=True, options=WITHOUT_SECRETS)
    reason = why_not(session, schedule, share)
    if reason and not (reason == "paused" and run.asked_by):
        raise _NotNow(reason, state=SKIPPED, final=True)
    return run, schedule, share


def why_not(session: Session, schedule: Schedule, share: Share) -> str:
    """Why nothing may be mailed through this share now, as a key of reasons.py; "" when it may."""
    if share.state != "active":
        return f"share_{share.state}"
    if share.expires_at is not None and share.expires_at <= now():
        return "share_expired"
    workspace = session.get(Workspace, share.workspace_id, populate_existing=True)
    if workspace is None or not workspace.enabled:
        return "workspace_closed"
    try:
        guest = scope_for_share(session, Link(share.id))[0]
    except NotFound:
        return "unlinked"
    if not mailed_of(schedule.shows, guest, share.only_campaigns):
        return "no_view"
    return "paused" if schedule.state != "active" else ""


def _closed(run: ScheduleRun, schedule: Schedule) -> date | None:
    """The last day of the period a run is about, where it waits for one to close."""
    kind, _, day = run.slot.partition(" ")
    return date.fromisoformat(day) if kind == "closed" and schedule.cadence in CLOSED else None
