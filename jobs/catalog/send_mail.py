"""Sends the mails of the outbox. Each mail has a claim of its own, so any number of these runs may overlap.

It is not part of the run's transaction: a mail that has gone cannot be taken back.
"""

from __future__ import annotations

from dashapp.crm import single_mail
from dashapp.db.engine import reading
from dashapp.db.mail import FAILED, QUEUED, SENT
from dashapp.mail import outbox
from dashapp.mail.posting import SmtpSender
from dashapp.schedules import planning
from data.intake.inbox import Inbox
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every


def _run(task: Task) -> None:
    settings = task.settings
    server = settings.mail_server if settings is not None else None
    if settings is None or server is None:
        with reading(task.lake.engine).connect() as connection:
            count = outbox.waiting(connection)
        task.amount, task.detail = 0, f"VITRINE_SMTP_URL is not set: {count} mails wait in the outbox"
        return
    engine = task.lake.engine
    planning.withdraw_ended(engine)
    counts = outbox.send_due(engine, SmtpSender(server, settings.public_url))
    single_mail.tell(engine, Inbox(engine))
    task.amount = counts[SENT]
    task.detail = f"sent {counts[SENT]}, {counts[QUEUED]} are tried again, {counts[FAILED]} failed"


JOB = Job("send-mail", "Sends the mails that wait in the outbox.", _run, Every(60), urgent=True)
