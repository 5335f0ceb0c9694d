"""What people make in a workspace, each with a text that betrays it: "HARBOUR-NOTE", "person@harbour.example".

All of a place's texts begin with its name in capitals, and all its people's addresses end in its domain, so the
crawl looks for two strings and finds whichever of them it is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from dashapp.access.scopes import cli_scope
from dashapp.alerts import store as alerts
from dashapp.alerts.measure import Measure
from dashapp.crm import contacts, deals, fields
from dashapp.db.base import now
from dashapp.db.contacts import SavedFilter
from dashapp.db.on_tiles import AlertCrossing
from dashapp.db.tenants import Workspace
from dashapp.people import api_keys
from dashapp.schedules import keeping, planning
from dashapp.sharing import answering, day_notes, links, questions, viewers
from dashapp.sharing.content import Content
from dashapp.sharing.opening import open_link
from dashapp.ui import question_mails, share_mails
from dashapp.views.editing import collection

#: Texts that stand on some page of the desk; what comes after the dash.
ON_PAGES = (
    "CONTACT",
    "COMPANY",
    "PHONE",
    "TAG",
    "FIELD",
    "VALUE",
    "NOTE",
    "DEAL",
    "TASK",
    "DAY",
    "QUESTION",
    "ANSWER",
    "ALERT",
    "MESSAGE",
    "SHARE",
    "VIEW",
    "KEY",
    "FILTER",
    "MAIL",
)


def mark(session: Session, settings: Any, row: Workspace, code: str, actor: str) -> dict[str, int]:
    """Make one of everything in a workspace; the ids of what was made by kind."""
    at, domain = now(), f"{code.lower()}.example"
    scope = cli_scope(session, row.slug)[1]
    by = contacts.Actor(actor, row, scope)
    field = fields.add(session, row, f"{code}-FIELD", "text", actor=actor)
    values: dict[str, Any] = {
        "email": f"person@{domain}",
        "name": f"{code}-CONTACT",
        "company": f"{code}-COMPANY",
    }
    values |= {"phone": f"{code}-PHONE", "tags": [f"{code}-TAG"]}
    contact = contacts.create(session, by, values)
    contacts.edit(session, by, contact.id, f"field.{field.key}", f"{code}-VALUE", contact.version)
    contacts.add_note(session, by, contact.id, f"{code}-NOTE")
    deal = deals.create(session, by, {"title": f"{code}-DEAL", "contact": contact.id})
    session.add(
        SavedFilter(
            workspace_id=row.id, listing="contacts", name=f"{code}-FILTER", search="status=new", author=actor
        )
    )
    day = at.date() - timedelta(days=3)
    note = day_notes.add(
        session, row, day_notes.Written(day, day, f"{code}-DAY", for_clients=True), own=False, actor=actor
    )
    alarm = alerts.AlertSettings("below", 90.0, 1, [f"alarm@{domain}"], f"{code}-ALERT")
    measure = Measure(metric="reply", period="28")
    where: dict[str, Any] = {"view_id": None, "tile_id": "reply", "title": "Replies", "language": "en"}
    alert = alerts.create(session, row, measure, alarm, own=False, actor=actor, **where)
    session.add(AlertCrossing(alert_id=alert.id, value=0.1, n=1, base=10, days=str(day)))
    view = collection.create_view(session, row, f"{code}-VIEW", actor)
    share, _, token = links.create_share(
        session, settings, row, name=f"{code}-SHARE", content=Content(views=(view,)), actor=actor
    )
    reader = viewers.add_viewers(session, settings, share, [f"reader@{domain}"], actor=actor)
    share_mails.invite(session, settings, share, reader, sender=f"{code}-SENDER", message=f"{code}-MAIL")
    question = _asked(session, settings, row, code, token, actor)
    wanted = keeping.Wanted("weekly", 8, "UTC", [f"reader@{domain}"], message=f"{code}-MESSAGE")
    schedule = keeping.create(session, settings, row, share, wanted, actor=actor)
    planning.ask_now(session, schedule, actor=f"{code}-ASKED")
    key, _ = api_keys.create(session, row, f"{code}-KEY", writes=False, days=None, actor=actor, user_id=None)
    return {"contact": contact.id, "deal": deal.id, "note": note.id, "alert": alert.id, "question": question,
            "schedule": schedule.id, "key": key.id, "named_share": share.id, "own_view": view.id}  # fmt: skip


def _asked(session: Session, settings: Any, row: Workspace, code: str, token: str, actor: str) -> int:
    """A client's question in a link, and the answer; both with their mails."""
    opening = open_link(session.connection(), token)
    assert opening is not None
    about = questions.About("reply", "Replies", None, False, "")
    asked = questions.Asked(f"{code}-QUESTION", f"client@{code.lower()}.example", f"{code}-ASKER")
    thread = questions.ask(session, settings, opening, about, asked, "en")
    question_mails.tell_team(session, settings, thread, asked.text)
    message = answering.answer(session, row, thread, f"{code}-ANSWER", actor=actor)
    question_mails.tell_client(session, settings, row, thread, message)
    return thread.id
