"""The outbox: `put` writes a mail within the caller's transaction, `send_due` sends what is due.

A mail is claimed before it is sent, and marked before its text is handed over: whatever kills the sender, nothing
is lost, at most one duplicate is possible, and `unsure` says of which mail. What it tells may have ended while it
waited: whether it may still go is asked in the same moment (`Check`).
"""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.engine import reading
from dashapp.db.mail import FAILED, QUEUED, SENT, STOPPED, Mail
from dashapp.db.tenants import MANAGING, AgencyLink
from dashapp.errors import Refused
from dashapp.mail.bundles import connection_of, parts_of
from dashapp.mail.posting import NoServer, Outcome, Post, Sender
from dashapp.mail_server import one_address
from data.upsert import insert_for

log = logging.getLogger("vitrine.worker")

#: Waits after the first failures; the last one goes on. After GIVE_UP a mail is failed, and visible.
WAITS = tuple(timedelta(minutes=n) for n in (1, 2, 4, 8, 16, 30, 60))
GIVE_UP = timedelta(hours=24)
#: Far longer than one sending takes (posting.TIMEOUT_S a step): whoever had the mail before is dead.
CLAIM_LASTS = timedelta(minutes=15)
#: A mail that may have arrived is sent a second time, not a third.
MOST_UNSURE = 2
LONGEST_SUBJECT, LONGEST_TEXT = 200, 100_000
_PROBABLY = (
    "The server went away after it had the whole text, twice; it has probably arrived and is not sent again."
)
_TOO_LATE = "It could not be sent within 24 hours."


def sender_name(name: str) -> str | None:
    """A name as it can stand before an address; None for none."""
    return "".join(c if c.isprintable() else " " for c in name).strip()[:200] or None


def put(
    session: Session | Connection,
    *,
    key: str,
    agency_id: int | None,
    workspace_id: int | None = None,
    about: Sequence[int] = (),
    to: str,
    subject: str,
    text: str,
    html: str | None = None,
    from_name: str | None = None,
    reply_to: str | None = None,
    bundle_id: int | None = None,
    unsubscribe: str | None = None,
) -> bool:
    """Write a mail to one person; False when one of this key is there already. The caller commits.

    `workspace_id`: the one it is about, `about`: the several; its agency reads of the mail as long as it manages
    all of them.
    `html`: the same as a page, for programs that show one. `bundle_id`: its pictures and files (`bundle`).
    `unsubscribe`: an https address that ends such mails at one POST. `from_name`: who it is from, the agency or
    the colleague who wrote it; `reply_to`: whom an answer goes to.

    Raises Refused for what does not belong into a header: several addresses, line breaks, control characters.
    """
    if not one_address(to):
        raise Refused("A mail goes to one address, without line breaks or spaces.")
    if reply_to is not None and not one_address(reply_to):
        raise Refused("A mail is answered to one address, without line breaks or spaces.")
    if from_name is not None and (not from_name.isprintable() or len(from_name) > 200):
        raise Refused("The name of who writes is one line of at most 200 characters.")
    if not subject.strip() or not subject.isprintable() or len(subject) > LONGEST_SUBJECT:
        raise Refused(
            "The subject of a mail is one line of at most {most} characters.",
            most=LONGEST_SUBJECT,
        )
    if not text.strip() or max(len(text), len(html or "")) > LONGEST_TEXT or "\0" in text + (html or ""):
        raise Refused("The text of a mail is not empty, and not longer than 100,000 characters.")
    connection = connection_of(session)
    made = connection.execute(
        insert_for(connection, Mail)
        .values(
            agency_id=agency_id,
            workspace_id=workspace_id,
            about=list(about),
            key=key,
            to=to,
            subject=subject,
            text=text,
            html=html,
            from_name=from_name,
            reply_to=reply_to,
            bundle_id=bundle_id,
            unsubscribe=unsubscribe,
        )
        .on_conflict_do_nothing(index_elements=[Mail.key])
        .returning(Mail.id)
    )
    return made.scalar_one_or_none() is not None


#: Why a mail may not go any more, as a sentence; "" when it may.
Check = Callable[[Session, Post], str]


def send_due(engine: Engine, sender: Sender, *, most: int = 500, check: Check | None = None) -> Counter[str]:
    """Send what is due, one after the other; gives how many were sent, stopped, failed, and are tried again.

    Ends early when the server cannot be reached or will have none of us: then it is not the mail's fault, and
    the others are not made to wait.
    """
    counts: Counter[str] = Counter()
    with engine.begin() as connection:
        counts[FAILED] += _give_up(connection)
    for _ in range(most):
        post = _claim(engine)
        if post is None:
            break
        try:
            outcome = sender.send(post, partial(_mark, engine, post, check))
        except NoServer as error:
            counts[_end(engine, post, Outcome("later", str(error)))] += 1
            log.warning("No mail is sent for now: %s", error)
            break
        counts[_end(engine, post, outcome)] += 1
    return counts


def waiting(connection: Connection) -> int:
    """How many mails are to be sent."""
    return int(connection.scalar(select(func.count()).select_from(Mail).where(Mail.state == QUEUED)) or 0)


def of_agency(session: Session, agency_id: int, limit: int) -> list[Mail]:
    """The agency's newest mails, and no others; none that is also about a workspace it no longer manages."""
    managed = select(AgencyLink.workspace_id).where(
        AgencyLink.agency_id == agency_id, AgencyLink.state == MANAGING
    )
    theirs = or_(Mail.workspace_id.is_(None), Mail.workspace_id.in_(managed))
    rows = select(Mail).where(Mail.agency_id == agency_id, theirs).order_by(Mail.id.desc())
    still = set(session.scalars(managed))
    found = (
        one for one in session.scalars(rows.execution_options(yield_per=limit)) if still.issuperset(one.about)
    )
    return list(islice(found, limit))


def of_everybody(session: Session, limit: int) -> list[Mail]:
    """The newest mails of the whole installation, for whoever runs the server."""
    return list(session.scalars(select(Mail).order_by(Mail.id.desc()).limit(limit)))


def forget(connection: Connection, created_before: datetime) -> int:
    """Remove old mails, sent or not; how many."""
    return connection.execute(delete(Mail).where(Mail.created_at < created_before)).rowcount


def _due(at: datetime) -> Select[int]:
    """Queued, due, and nobody has it.

    A time much further away than any wait comes from a clock that was set back; a little further, from another
    machine's that goes before ours.
    """
    return (
        select(Mail.id)
        .where(
            Mail.state == QUEUED,
            or_(Mail.next_try_at <= at, Mail.next_try_at > at + 2 * WAITS[-1]),
            or_(Mail.claimed_at.is_(None), Mail.claimed_at < at - CLAIM_LASTS),
        )
        .order_by(Mail.next_try_at, Mail.id)
        .limit(1)
    )


def _claim(engine: Engine) -> Post | None:
    """Take the mail that is due longest; None when there is none."""
    with reading(engine).connect() as connection:  # on SQLite a look costs no write lock
        if connection.execute(_due(now())).first() is None:
            return None
    with engine.begin() as connection:
        at, claim = now(), secrets.token_hex(16)
        mail_id = connection.execute(_due(at).with_for_update(skip_locked=True)).scalar_one_or_none()
        if mail_id is None:
            return None
        row = connection.execute(
            update(Mail)
            .where(Mail.id == mail_id)
            .values(claim=claim, claimed_at=at, tries=Mail.tries + 1)
            .returning(
                Mail.to,
                Mail.subject,
                Mail.text,
                Mail.created_at,
                Mail.html,
                Mail.bundle_id,
                Mail.unsubscribe,
                Mail.from_name,
                Mail.reply_to,
                Mail.key,
            )
        ).one()
        parts = () if row.bundle_id is None else parts_of(connection, row.bundle_id)
    return Post(
        mail_id,
        claim,
        row.to,
        row.subject,
        row.text,
        row.created_at,
        row.html,
        tuple(parts),
        row.unsubscribe,
        row.from_name,
        row.reply_to,
        row.key,
    )


def _mark(engine: Engine, post: Post, check: Check | None = None) -> bool:
    """The text is handed over now, and may have arrived from here on; False when somebody else has the mail, or it
    may not go any more."""
    with Session(engine) as session, session.begin():
        why = "" if check is None else check(session, post)
        values: dict[str, Any] = (
            {"state": STOPPED, "last_error": why, "claim": None, "claimed_at": None}
            if why
            else {"unsure": Mail.unsure + 1, "claimed_at": now()}
        )
        changed = session.connection().execute(
            update(Mail)
            .where(Mail.id == post.id, Mail.claim == post.claim, Mail.state == QUEUED)
            .values(**values)
        )
    if why:
        log.warning("Mail %d is not sent: %s", post.id, why)
    return changed.rowcount == 1 and not why


def _end(engine: Engine, post: Post, outcome: Outcome) -> str:
    """Keep what became of a try; gives the mail's state."""
    at = now()
    with engine.begin() as connection:
        mine = (Mail.id == post.id, Mail.claim == post.claim, Mail.state == QUEUED)
        found = connection.execute(
            select(Mail.tries, Mail.unsure, Mail.created_at).where(*mine).with_for_update()
        ).one_or_none()
        if found is None:
            state = connection.scalar(select(Mail.state).where(Mail.id == post.id))
            return STOPPED if state == STOPPED else "overtaken"
        unsure = found.unsure - (1 if outcome.answered else 0)
        values: dict[str, Any] = {"unsure": unsure, "claim": None, "claimed_at": None}
        if outcome.kind == "sent":
            values |= {"state": SENT, "sent_at": at, "last_error": ""}
        elif outcome.kind == "refused":
            values |= {"state": FAILED, "last_error": outcome.said}
        elif unsure >= MOST_UNSURE:
            values |= {"state": FAILED, "last_error": _PROBABLY}
        else:
            wait = WAITS[min(found.tries, len(WAITS)) - 1]
            values |= {"state": QUEUED, "last_error": outcome.said, "next_try_at": at + wait}
        connection.execute(update(Mail).where(*mine).values(**values))
    if values["state"] == FAILED:
        log.error("Mail %d is not sent: %s", post.id, values["last_error"])
    return str(values["state"])


def _give_up(connection: Connection) -> int:
    """What waited for too long, or may have arrived twice under senders that were killed, is failed."""
    free = or_(Mail.claimed_at.is_(None), Mail.claimed_at < now() - CLAIM_LASTS)
    twice = connection.execute(
        update(Mail)
        .where(Mail.state == QUEUED, free, Mail.unsure >= MOST_UNSURE)
        .values(state=FAILED, last_error=_PROBABLY, claim=None, claimed_at=None)
    )
    said = func.trim(_TOO_LATE + " " + Mail.last_error)
    late = connection.execute(
        update(Mail)
        .where(Mail.state == QUEUED, free, Mail.created_at < now() - GIVE_UP)
        .values(state=FAILED, last_error=said, claim=None, claimed_at=None)
    )
    return twice.rowcount + late.rowcount
