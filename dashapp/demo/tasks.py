"""The demo's tasks: made for the day the demo is started on, some done in the days before, each once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select

from dashapp.crm.completing import record_of
from dashapp.db.contacts import Company, Contact
from dashapp.db.crm import TaskRow
from dashapp.demo import history as demo

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from dashapp.demo.cast import DemoWorkspace


@dataclass(frozen=True, slots=True)
class _Plan:
    """A task `days` from today; `who`: a place in the team; done ones have a note and, of a call, how it ended."""

    days: int
    channel: str
    title: str
    who: int
    repeat: str = "none"
    disposition: str | None = None
    note: str | None = None


_PLANS: Final = (
    _Plan(0, "phone", "Call {first} about the forecast audit", 0),
    _Plan(0, "linkedin", "Connect with {first} on LinkedIn", 0),
    _Plan(0, "other", "Send {first} the price list", 1),
    _Plan(0, "phone", "Second call to {first}", 2),
    _Plan(-1, "phone", "Call {first} back", 0),
    _Plan(-2, "other", "Prepare the example for {company}", 1),
    _Plan(1, "phone", "Call {first} after the webinar", 0),
    _Plan(2, "linkedin", "Comment on the post of {company}", 2),
    _Plan(4, "other", "Weekly look at the replies nobody answered", 0, "weekly"),
    _Plan(-1, "phone", "Call {first}", 0, disposition="booked", note="Demo on Thursday at 10."),
    _Plan(-1, "phone", "Call {first}", 1, disposition="left_message", note="Left a message with reception."),
    _Plan(-2, "phone", "Call {first}", 0, disposition="call_back", note="On the road until Monday."),
    _Plan(-2, "phone", "Call {first}", 2, disposition="not_interested", note="Has a tool already."),
    _Plan(-2, "phone", "Call {first}", 1, disposition="bad_number", note="Number belongs to somebody else."),
    _Plan(-2, "linkedin", "Connect with {first} on LinkedIn", 0, note="Accepted at once."),
    _Plan(-1, "other", "Send the contract draft to {company}", 0, note=""),
)


def tasks_for_today(session: Session, place: DemoWorkspace, now: datetime) -> list[dict[str, Any]]:
    """Make what is missing of the tasks of the local day of `now`; gives the records of those that are done.

    The same records each time: whoever brings them in again brings nothing new.
    """
    zone = ZoneInfo(place.client.timezone)
    today = now.astimezone(zone).date()
    team = [place.agency.owner, *(one.email for one in place.agency.team)]
    prefix = f"demo:{today.isoformat()}:"
    rows = session.scalars(
        select(TaskRow).where(
            TaskRow.workspace_id == place.workspace_id, TaskRow.source_key.startswith(prefix)
        )
    )
    known = {row.source_key: row for row in rows}
    people = _people(session, place)
    if not people:
        return []
    done: list[TaskRow] = []
    for number, plan in enumerate(_PLANS):
        row = known.get(f"{prefix}{number}")
        if row is None:
            first, company, lead = people[(today.toordinal() * 7 + number) % len(people)]
            row = TaskRow(
                workspace_id=place.workspace_id,
                channel=plan.channel,
                title=plan.title.format(first=first, company=company),
                lead=lead,
                campaign=place.client.campaigns[number % len(place.client.campaigns)].name,
                assignee=team[plan.who % len(team)],
                due_on=today + timedelta(days=plan.days),
                repeat=plan.repeat,
                source_key=f"{prefix}{number}",
                created_by=place.agency.owner,
            )
            if plan.note is not None:
                row.note, row.disposition, row.times_done = plan.note, plan.disposition, 1
                row.done_at = _afternoon(row.due_on, number, zone)
            session.add(row)
        if plan.note is not None:
            done.append(row)
    session.flush()
    return [record_of(row, row.done_at) for row in done if row.done_at is not None]


def _people(session: Session, place: DemoWorkspace) -> list[tuple[str, str, str]]:
    """(first name, company, address) of those who did the most."""
    found = session.execute(
        select(Contact.name, Company.name, Contact.key)
        .join(Company, Company.id == Contact.company_id)
        .where(Contact.workspace_id == place.workspace_id, Contact.name != "")
        .order_by(Contact.engagement.desc(), Contact.id)
        .limit(40)
    )
    return [(name.partition(" ")[0], company, key) for name, company, key in found]


def _afternoon(day: date, number: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(14, number % 60), zone)


def shown(places: list[DemoWorkspace]) -> list[DemoWorkspace]:
    """The clients of the demo that have tasks."""
    return [place for place in places if place.client is demo.SHOWN]
