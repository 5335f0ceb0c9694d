"""One contact, `/w/<slug>/contacts/<id>`, and the same as a drawer from any name."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dash import html
from flask import has_request_context
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access import current
from dashapp.access.policy import allowed
from dashapp.access.scopes import scope_for_workspace
from dashapp.access.viewer import Viewer
from dashapp.crm import campaigns as flows
from dashapp.crm import contacts as people
from dashapp.crm import merging, preview
from dashapp.crm.deals import deals
from dashapp.crm.fields import fields_of
from dashapp.crm.folding import name_of
from dashapp.crm.listing import campaigns_of
from dashapp.crm.tasks import Desk, Task, of_leads
from dashapp.crm.team import team_of
from dashapp.db.contacts import STATUSES, Contact
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused
from dashapp.services import Services
from dashapp.sharing.opening import dress_of
from dashapp.ui.desk.html_component import Html
from dashapp.ui.environment import render
from dashapp.ui.language.machines import machine_words
from dashapp.ui.language.say import say, say_error
from dashapp.ui.language.spoken import day, duration, moment
from data.people.history import Email, Happened, History, history_of
from data.scope import Scope
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style
from pages.frame.team import desk_of
from pages.listing import reply, words
from pages.tasks.dialogs import KINDS

VERB = "contact.read"
#: Groups of the timeline that are shown.
SHOWN_GROUPS = 100


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline: equal events of one action, `count` of them, at the latest.

    `machine`: why a machine is thought to have done them; "" where a person did.
    """

    at: datetime
    channel: str
    event: str
    count: int
    title: str
    replies: tuple[Happened, ...]
    url: str
    machine: str = ""


def layout(visit: Visit, slug: str, contact: str) -> Shown:
    """The page; NotFound for a contact that is not there or not the viewer's."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug, VERB)
        row = people.contact_of(session, scope, workspace.id, number(contact), deleted=True)
        content = card(session, visit.services, scope, workspace, visit.viewer, row)
        name = name_of(row.name, row.key)
        brand = dress_of(workspace).brand
    body = html.Div(Html(content, id="crm-card-part"), className="dk-wrap crm")
    return Shown(f"{name} · {workspace.name}", html.Div([brand_style(brand), body]))


def number(text: str) -> int:
    """The id in an address. Raises NotFound when it is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotFound(people.NO_CONTACT)
    return int(text)


def card(
    session: Session, services: Services, scope: Scope, workspace: Workspace, viewer: Viewer, contact: Contact
) -> Markup:
    """The card's HTML."""
    keys = people.keys_of(session, contact)
    history = history_of(services.lake, scope, workspace.id, keys)
    zone = workspace.timezone
    fields = fields_of(session, workspace.id)
    consents = people.consents_of(session, contact)
    shown = deals(session, scope, workspace.id, contact_id=contact.id)
    desk = desk_of(viewer, workspace, scope)
    templates = _templates(session, workspace.id, history)
    return render(
        "ui/contact_card.html",
        slug=workspace.slug,
        contact=contact,
        name=name_of(contact.name, contact.key),
        keys=keys,
        company=contact.company.name if contact.company else "",
        may_edit=allowed(viewer, "contact.edit", workspace.managing_agency_id, workspace.id)
        and not contact.deleted_at,
        may_restore=allowed(viewer, "contact.edit", workspace.managing_agency_id, workspace.id)
        and contact.deleted_at,
        statuses=[(name, label) for name, label in words.statuses() if name in STATUSES],
        status=say(words.STATUS[contact.status]),
        first_response=duration(contact.first_response_s) if contact.first_response_s is not None else "–",
        last=moment(contact.last_activity_at, zone) if contact.last_activity_at else "–",
        first=moment(contact.first_activity_at, zone) if contact.first_activity_at else "–",
        fields=[(one, contact.fields.get(one.key) or "") for one in fields],
        campaigns=_campaigns(session, contact),
        all_campaigns=flows.campaign_names(session, scope, workspace.id),
        consents=[
            (kind, say(words.CONSENT[kind]), rows[0] if rows else None, [_told(r, zone) for r in rows])
            for kind, rows in consents.items()
        ],
        notes=[
            (n, moment(n.created_at, zone), n.company_id is not None)
            for n in people.notes_of(session, contact)
        ],
        tasks=_tasks(desk, session, keys, zone),
        works=desk is not None,
        called=dict(team_of(session, workspace)),
        today=None if desk is None else desk.today.isoformat(),
        kinds=[(name, say(label)) for name, label in KINDS.items()],
        may_erase=allowed(viewer, "contact.erase", workspace.managing_agency_id, workspace.id),
        confirmed=has_request_context() and current.confirmed_recently(),
        no_mail=_no_mail(session, services, contact),
        leaves=flows.not_begun(session, workspace.id, keys),
        ref=secrets.token_hex(12),
        deals=[(d, words.money(d.value, d.currency), say(words.STAGE[d.stage])) for d in shown],
        dispositions=[(name, say(label)) for name, label in words.DISPOSITION.items()],
        changes=[_change(one, fields, zone) for one in people.history_of(session, contact)],
        merges=merging.merges_of(session, contact),
        merged={one.id: one for one in _merged(session, contact)},
        steps=[_shown(step, zone) for step in timeline(history.events)[:SHOWN_GROUPS]],
        cut=history.cut,
        sent=[_mail(one, zone, templates) for one in history.campaign_emails()],
        clicks=[(c, moment(c.at, zone)) for c in history.clicks()],
        connections=[_mail(one, zone, templates) for one in history.emails()],
    )


def timeline(events: Sequence[Happened]) -> list[Step]:
    """Newest first; equal events of one action in one line with their count; what machines did apart."""
    groups: dict[tuple[str, str, str, str], list[Happened]] = {}
    title_of = {e.message_id: e.subject for e in events if e.message_id and e.subject}
    for event in events:
        if event.event == "delivered":
            continue
        action = event.message_id or f"~{event.event_id}"
        why = (event.machine_reason or "") if event.machine else ""
        groups.setdefault((event.channel, action, event.event, why), []).append(event)
    steps = []
    for (channel, _, name, why), found in groups.items():
        latest = max(found, key=lambda one: one.at)
        replies = tuple(one for one in found if one.reply_text)
        title = title_of.get(latest.message_id or "") or latest.subject or latest.campaign or ""
        steps.append(Step(latest.at, channel, name, len(found), title, replies, latest.url or "", why))
    return sorted(steps, key=lambda step: step.at, reverse=True)


def _shown(step: Step, zone: str) -> dict[str, Any]:
    return {
        "at": moment(step.at, zone),
        "channel": say(words.CHANNEL[step.channel]),
        "event": say(words.EVENT[step.event]),
        "kind": step.event,
        "count": step.count,
        "title": step.title,
        "replies": [
            {
                "text": one.reply_text,
                "more": reply.more(one.event_id, len(one.reply_text or ""), one.reply_length),
            }
            for one in step.replies
        ],
        "machine": machine_words(step.machine) if step.machine else "",
    }


def _mail(mail: Email, zone: str, templates: dict[tuple[str, str], str]) -> dict[str, Any]:
    campaign = mail.campaign or ""
    return {
        "mail": mail,
        "title": mail.subject or say("(no subject)"),
        "campaign": campaign,
        "type": say(words.TYPE.get(mail.category, words.TYPE["individual"])),
        "sent": moment(mail.at, zone),
        "opened": moment(mail.opened_at, zone) if mail.opened_at else "–",
        "delivered": moment(mail.delivered_at, zone) if mail.delivered_at else "",
        "replied": moment(mail.replied_at, zone) if mail.replied_at else "",
        "template": templates.get((mail.campaign or "", mail.step or ""), ""),
    }


def _templates(session: Session, workspace_id: int, history: History) -> dict[tuple[str, str], str]:
    """The preview of each step this person was written to, once each."""
    found: dict[tuple[str, str], str] = {}
    for key in {(mail.campaign or "", mail.step or "") for mail in history.emails() if not mail.received}:
        template = flows.template_of(session, workspace_id, *key)
        if template is not None:
            found[key] = str(preview.document(template[1]))
    return found


def _tasks(
    desk: Desk | None, session: Session, keys: Sequence[str], zone: str
) -> list[tuple[Task, str, str, str]]:
    """(task, what kind, when it is due or was done, how a call ended) of the contact's tasks."""
    if desk is None:
        return []
    return [
        (
            one,
            say(KINDS[one.channel]),
            moment(one.done_at, zone) if one.done_at else day(one.due_on),
            say(words.DISPOSITION[one.disposition]) if one.disposition else "",
        )
        for one in of_leads(session, desk, keys)
    ]


def _no_mail(session: Session, services: Services, contact: Contact) -> str:
    """Why no e-mail can be written to them; empty where one can."""
    if not contact.email:
        return say("This contact has no e-mail address.")
    if services.settings.mail_server is None:
        return say("No mail server is set up: whoever runs the server sets VITRINE_SMTP_URL.")
    try:
        people.require_contactable(session, contact)
    except Refused as error:
        return say_error(error)
    return ""


def _campaigns(session: Session, contact: Contact) -> list[str]:
    return campaigns_of(session, [contact.id]).get(contact.id, [])


def _merged(session: Session, contact: Contact) -> list[Contact]:
    ids = [one.merged_id for one in merging.merges_of(session, contact)]
    return list(session.scalars(select(Contact).where(Contact.id.in_(ids)))) if ids else []


def _told(consent: Any, zone: str) -> str:
    given = say("Given") if consent.given else say("Withdrawn")
    who = say("by unsubscribing") if consent.actor == "unsubscribed" else consent.actor
    return f"{given} · {moment(consent.at, zone)} · {who}"


def _change(change: Any, fields: Sequence[Any], zone: str) -> dict[str, str]:
    custom = {f"field.{one.key}": one.label for one in fields}
    label = custom.get(change.field) or say(words.FIELD.get(change.field, words.FIELD["name"]))
    who = {"rule": say("by rule"), "import": say("by import")}.get(change.actor, change.actor)
    return {
        "at": moment(change.at, zone),
        "who": who,
        "label": label,
        "old": words.shown(change.field, change.old),
        "new": words.shown(change.field, change.new),
        "undone": say("undone|change") if change.undone else "",
    }


PAGE = PageSpec(name="contact", path="/w/<slug>/contacts/<contact>", layout=layout)
