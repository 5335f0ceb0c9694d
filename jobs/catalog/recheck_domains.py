"""Checks once a day that the domains of agencies' portals still lead here.

One domain after the other, outside of a transaction, because each takes seconds. A domain that fails repeatedly
is given up, and its links use the public address again (dashapp/agencies/domains.py).
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from dashapp.agencies import domains, names_on_the_net
from dashapp.db.engine import reading
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Daily


def _run(task: Task) -> None:
    if task.settings is None:
        return
    with Session(reading(task.lake.engine), expire_on_commit=False) as session:
        named = [(row.agency_id, row.host, row.token) for row in domains.in_use(session)]
    network = names_on_the_net.network()
    wrong = ended = 0
    for agency_id, host, token in named:
        look = domains.examine(task.settings, host, token, network)
        with Session(task.lake.engine) as session, session.begin():
            kept = domains.record_look(session, agency_id, host, look, actor="recheck-domains")
            wrong += look.verdict != "right"
            ended += kept is not None and kept.verified_host is None
    task.amount = len(named)
    task.detail = f"{len(named)} names looked at, {wrong} not right, {ended} no longer in use"


JOB = Job(
    "recheck-domains",
    "Looks whether the names of agencies' portals still lead here.",
    _run,
    Daily(hour=5),
)
