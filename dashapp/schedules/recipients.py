"""Who gets a schedule's mails: viewers of the share. Each may change how often, or end it, without an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from dashapp.access import audit, tokens
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.reports import Share
from dashapp.db.schedules import Schedule, ScheduleRecipient
from dashapp.db.shares import ShareViewer
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused
from dashapp.sharing.viewers import add_viewers, parse_addresses, viewers_of

KIND = "schedule recipient"
#: Recipients of one schedule.
MOST_RECIPIENTS: Final = 50
#: Choices taken for one recipient in an hour: each changed one is an entry of the audit trail.
MOST_CHOICES, WINDOW_S = 30, 3_600
#: Each mail; the first of a week; the first of a month; none.
OwnCadence = Literal["every", "weekly", "monthly", "none"]
OWN_CADENCES: Final[tuple[OwnCadence, ...]] = get_args(OwnCadence)
NO_SUCH = "There is no such page."


@dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient with the viewer they are."""

    row: ScheduleRecipient
    viewer: ShareViewer

    @property
    def gets_mail(self) -> bool:
        """Whether any mail goes to them."""
        return self.viewer.state == "active" and self.row.cadence != "none"


def set_recipients(
    session: Session,
    settings: Settings,
    share: Share,
    schedule: Schedule,
    addresses: Sequence[str],
    *,
    actor: str,
) -> None:
    """Make these the recipients; who is no viewer of the share yet becomes one, without a mail about it.

    Who ended the mails themselves stays so. Raises Refused, before anything is written, for what is no address,
    for nobody, for more than 50, and for a barred viewer.
    """
    parsed = parse_addresses(addresses)
    if parsed.wrong:
        raise Refused(f"{parsed.wrong[0][:60]} is not an e-mail address.")
    if not parsed.good:
        raise Refused("Add at least one recipient.")
    if len(parsed.good) > MOST_RECIPIENTS:
        raise Refused(f"A schedule has at most {MOST_RECIPIENTS} recipients.")
    known = {viewer.email: viewer for viewer in viewers_of(session, share)}
    barred = [one for one in parsed.good if one in known and known[one].state == "barred"]
    if barred:
        raise Refused(f"{barred[0]} is barred from this link. Let them in again first.")
    new = [address for address in parsed.good if address not in known]
    known |= {viewer.email: viewer for viewer in add_viewers(session, settings, share, new, actor=actor)}
    rows = {one.viewer.email: one.row for one in recipients_of(session, schedule)}
    for email, row in rows.items():
        if email not in parsed.good and row.cadence != "none":
            session.delete(row)
    for address in parsed.good:
        if address not in rows:
            _add(session, settings, schedule, known[address])
    session.flush()


def recipients_of(session: Session, schedule: Schedule) -> list[Recipient]:
    """All of them, those who ended it, too, in the order they were added."""
    rows = session.execute(
        select(ScheduleRecipient, ShareViewer)
        .join(ShareViewer, ShareViewer.id == ScheduleRecipient.viewer_id)
        .where(ScheduleRecipient.schedule_id == schedule.id)
        .order_by(ScheduleRecipient.id)
        .options(defer(ShareViewer.token_hash))
    )
    return [Recipient(row, viewer) for row, viewer in rows]


def recipient_of(session: Session, schedule: Schedule, recipient_id: int) -> Recipient:
    """One of this schedule's recipients. Raises NotFound."""
    for one in recipients_of(session, schedule):
        if one.row.id == recipient_id:
            return one
    raise NotFound("There is no such recipient.")


def is_due(recipient: ScheduleRecipient, day: date) -> bool:
    """Whether a mail of this day goes to them: each one, or the first of its week or month."""
    if recipient.cadence in {"every", "none"} or not recipient.last_day:
        return recipient.cadence != "none"
    last = date.fromisoformat(recipient.last_day)
    if recipient.cadence == "weekly":
        return day.isocalendar()[:2] != last.isocalendar()[:2]
    return (day.year, day.month) != (last.year, last.month)


def token_of(settings: Settings, recipient: ScheduleRecipient) -> str:
    """What their mails' link to their choice holds, derived again."""
    return tokens.derive(settings.secret_key, KIND, recipient.id, recipient.nonce)


def choice_url(settings: Settings, recipient: ScheduleRecipient) -> str:
    """Where they change how often they get mails; a POST to it ends them (RFC 8058)."""
    return f"{settings.public_url}/mails/{token_of(settings, recipient)}"


def find_recipient(session: Session, token: str) -> tuple[Recipient, Schedule]:
    """The recipient of a token. Raises NotFound; a link that was revoked meanwhile makes no difference."""
    row = None
    if tokens.looks_like_token(token):
        wanted = ScheduleRecipient.token_hash == tokens.fingerprint(token)
        row = session.scalars(select(ScheduleRecipient).where(wanted)).one_or_none()
    if row is None:
        raise NotFound(NO_SUCH)
    viewer = session.get_one(ShareViewer, row.viewer_id)
    return Recipient(row, viewer), session.get_one(Schedule, row.schedule_id)


def choose(session: Session, found: Recipient, schedule: Schedule, cadence: str, *, ip: str = "") -> None:
    """What the recipient chose; choosing the same again changes nothing. Raises Refused for what is no choice."""
    if cadence not in OWN_CADENCES:
        raise Refused("Choose how often you want this report.")
    if found.row.cadence == cadence:
        return
    found.row.cadence, found.row.changed_at = cadence, now()
    workspace = session.get_one(Workspace, schedule.workspace_id)
    audit.record(
        session,
        f"guest:{schedule.share_id}",
        "schedule.unsubscribe" if cadence == "none" else "schedule.choose",
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        detail=f"schedule {schedule.id}: {found.viewer.email} chose {cadence}",
        ip=ip,
    )


def _add(session: Session, settings: Settings, schedule: Schedule, viewer: ShareViewer) -> None:
    row = ScheduleRecipient(
        schedule_id=schedule.id,
        viewer_id=viewer.id,
        nonce=tokens.new_nonce(),
        # Derived from the id, which the database gives: until then a fingerprint nobody has the token of.
        token_hash=tokens.fingerprint(tokens.random_token()),
    )
    session.add(row)
    session.flush()
    row.token_hash = tokens.fingerprint(token_of(settings, row))
