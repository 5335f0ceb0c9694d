"""Sends the mails in the outbox. Each mail is claimed separately, so any number of these runs may overlap.

A mail may have waited for hours, so whether it may still be sent is checked at the last moment, according to what
it is about. The mail is not part of the run's transaction: once sent, it cannot be taken back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import Session

from dashapp.alerts import mailing as alerts
from dashapp.crm import single_mail
from dashapp.db.engine import reading
from dashapp.db.mail import FAILED, QUEUED, SENT, STOPPED
from dashapp.mail import outbox
from dashapp.mail.posting import Post, SmtpSender
from dashapp.schedules import mailing as schedules
from dashapp.sharing import mailing as shares
from dashapp.ui import question_mails
from data.intake.inbox import Inbox
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every

#: Checks by the prefix of a mail's key. All other kinds are about accounts or failures: they contain neither
#: figures nor links to figures.
CHECKS: Final[Mapping[str, outbox.Check]] = {
    "share viewer": shares.why_not,
    "schedule run": schedules.why_not,
    "alert": alerts.why_not,
    "question message": question_mails.why_not,
    "question answer": question_mails.why_not,
    "single": single_mail.why_not,
}
_KIND: Final = re.compile(r"[a-z]+(?: [a-z]+)?")


def why_not(session: Session, post: Post) -> str:
    """Why a mail may no longer be sent, as a sentence; "" when it may."""
    kind = _KIND.match(post.key)
    check = CHECKS.get(kind[0]) if kind else None
    return "" if check is None else check(session, post)


def _run(task: Task) -> None:
    settings = task.settings
    server = settings.mail_server if settings is not None else None
    if settings is None or server is None:
        with reading(task.lake.engine).connect() as connection:
            count = outbox.waiting(connection)
        task.amount, task.detail = 0, f"VITRINE_SMTP_URL is not set: {count} mails wait in the outbox"
        return
    engine = task.lake.engine
    counts = outbox.send_due(engine, SmtpSender(server, settings.public_url), check=why_not)
    single_mail.tell(engine, Inbox(engine))
    task.amount = counts[SENT]
    task.detail = f"sent {counts[SENT]}, {counts[QUEUED]} are tried again, {counts[FAILED]} failed"
    if counts[STOPPED]:
        task.detail += f"; {counts[STOPPED]} stopped"


JOB = Job("send-mail", "Sends the mails that wait in the outbox.", _run, Every(60), urgent=True)
