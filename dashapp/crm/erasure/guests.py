"""An erased person as a guest: they get no mail of ours any more, and no link of theirs opens.

A report they asked for is no outreach, so whoever is not to be contacted goes on getting it; whoever is erased does
not. Done by the process that is asked, not by the job: a worker may not change links.
"""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, delete, func, select, update

from dashapp.crm.erasure.tables import table_of
from dashapp.db.mail import Mail
from dashapp.db.on_tiles import TileAlert, TileQuestion
from dashapp.db.reports import Share
from dashapp.db.schedules import ScheduleRecipient
from dashapp.db.shares import ShareOpening, ShareViewer
from data.lake.markers import Person

#: Who looked, in the log of a link, where it was an erased viewer (ShareOpening.via).
ERASED = "erased"


def end(connection: Connection, person: Person) -> Counter[str]:
    """Take them out of the workspace's links, schedules and alerts; gives the rows changed or removed by table.

    What they asked in a portal stays with the pseudonym in the place of their address, so no answer is mailed.
    """
    done: Counter[str] = Counter()
    share, viewer, opening = table_of(Share), table_of(ShareViewer), table_of(ShareOpening)
    of_workspace = select(share.c.id).where(share.c.workspace_id == person.workspace_id)
    theirs = (viewer.c.share_id.in_(of_workspace), func.lower(viewer.c.email).in_(person.keys))
    ids = list(connection.scalars(select(viewer.c.id).where(*theirs)))
    if ids:
        recipient, question = table_of(ScheduleRecipient), table_of(TileQuestion)
        gone = connection.execute(delete(recipient).where(recipient.c.viewer_id.in_(ids)))
        done["schedule_recipient"] += gone.rowcount
        connection.execute(
            update(opening).where(opening.c.viewer_id.in_(ids)).values(viewer_id=None, via=ERASED)
        )
        connection.execute(update(question).where(question.c.viewer_id.in_(ids)).values(viewer_id=None))
        done["share_viewer"] += connection.execute(delete(viewer).where(viewer.c.id.in_(ids))).rowcount
    done["tile_question"] += _questions(connection, person)
    done["tile_alert"] += _alerts(connection, person)
    mail = table_of(Mail)
    to_them = (mail.c.workspace_id == person.workspace_id, func.lower(mail.c.to).in_(person.keys))
    done["mail"] += connection.execute(delete(mail).where(*to_them)).rowcount
    return +done


def _questions(connection: Connection, person: Person) -> int:
    question, changed = table_of(TileQuestion), 0
    for key, stands in person.pseudonyms.items():
        theirs = (question.c.workspace_id == person.workspace_id, func.lower(question.c.email) == key)
        values = {"email": stands, "name": "", "waits": False}
        changed += connection.execute(update(question).where(*theirs).values(**values)).rowcount
    return changed


def _alerts(connection: Connection, person: Person) -> int:
    """An alert with nobody left to tell goes on being checked, and is seen on its page."""
    alert, changed = table_of(TileAlert), 0
    rows = select(alert.c.id, alert.c.recipients).where(alert.c.workspace_id == person.workspace_id)
    for id_, recipients in connection.execute(rows).all():
        left = [one for one in recipients if one.lower() not in person.keys]
        if left != recipients:
            connection.execute(update(alert).where(alert.c.id == id_).values(recipients=left))
            changed += 1
    return changed
