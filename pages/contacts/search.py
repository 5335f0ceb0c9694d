"""What Ctrl-K finds: contacts, companies, campaigns, deals, tasks, views, pages, actions, and other workspaces."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from dashapp.access import policy
from dashapp.access.current import viewer
from dashapp.access.scopes import agencies_of, scope_for_workspace
from dashapp.access.workspaces import named_workspaces
from dashapp.campaigns.figures import names_in
from dashapp.crm.find import find, find_tasks
from dashapp.crm.folding import fold
from dashapp.crm.tasks import Desk
from dashapp.db.crm import TaskRow
from dashapp.db.tenants import Workspace
from dashapp.services import services
from dashapp.sharing.campaign_keys import campaign_key
from dashapp.ui.language.say import say
from dashapp.ui.language.spoken import integer
from dashapp.views.store import list_views
from data.scope import Scope
from pages.contacts.page import VERB
from pages.frame.team import desk_of


def answer() -> Response:
    """`q`: words; `at`: the slug of the workspace one is in, which comes first. At most six of each kind."""
    asking, running = viewer(), services()
    query = request.args.get("q", "")[:200]
    slug = request.args.get("at", "")[:60]
    hits: list[dict[str, str]] = []
    with running.reading() as session:
        if slug:
            workspace, scope = scope_for_workspace(session, asking, slug, "workspace.read")
            hits += _pages(workspace, asking, query)
            hits += _views(session, workspace, query)
            if policy.allowed(asking, VERB, workspace.managing_agency_id, workspace.id):
                hits += _hits(session, scope, workspace, query)
            desk = desk_of(asking, workspace, scope)
            if desk is not None:
                hits += _tasks(session, desk, workspace, query)
            hits += _actions(workspace, asking, query)
        words = fold(query).split()
        for agency in agencies_of(session, asking):
            for one in named_workspaces(session, asking, agency, 50).first:
                if words and all(word in fold(one.name) for word in words) and one.slug != slug:
                    hits.append(_hit("workspace", one.name, agency.name, f"/w/{one.slug}/analytics"))
    return jsonify({"hits": hits[:40]})


def _hit(kind: str, title: str, detail: str, href: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "title": title, "detail": detail, "href": href, **more}


def _pages(workspace: Workspace, asking: Any, query: str) -> list[dict[str, Any]]:
    known = [
        (say("Dashboard"), "", "workspace.read"),
        (say("Tasks"), "tasks", "task.work"),
        (say("Analytics"), "analytics", "workspace.read"),
        (say("Contacts"), "contacts", "contact.read"),
        (say("Find leads"), "contacts?free=1", "contact.read"),
        (say("Deals"), "deals", "contact.read"),
        (say("Campaigns"), "campaigns", "contact.read"),
        (say("Sources"), "sources", "source.manage"),
    ]
    words = fold(query).split()
    return [
        _hit("page", label, workspace.name, f"/w/{workspace.slug}/{path}".rstrip("/"))
        for label, path, verb in known
        if policy.allowed(asking, verb, workspace.managing_agency_id, workspace.id)
        and all(word in fold(label) for word in words)
    ]


def _views(session: Session, workspace: Workspace, query: str) -> list[dict[str, Any]]:
    words = fold(query).split()
    return [
        _hit("view", one.name, workspace.name, f"/w/{workspace.slug}/analytics?view={one.id}")
        for one in list_views(session, workspace)
        if words and all(word in fold(one.name) for word in words)
    ][:6]


def _hits(session: Session, scope: Scope, workspace: Workspace, query: str) -> list[dict[str, Any]]:
    base, found = f"/w/{workspace.slug}", []
    hits = find(session, scope, workspace.id, query)
    named = any(hit.kind == "campaign" for hit in hits)
    sent = set(names_in(services().lake, scope, workspace.id)) if named else set()
    for hit in hits:
        if hit.kind == "contact":
            found.append(_hit("contact", hit.title, hit.detail, f"{base}/contacts/{hit.id}", contact=hit.id))
        elif hit.kind == "company":
            detail = (
                say("{n} contacts", n=integer(int(hit.detail))) if hit.detail != "1" else say("1 contact")
            )
            href = f"{base}/contacts?{urlencode({'company': hit.title})}"
            found.append(_hit("company", hit.title, detail, href))
        elif hit.kind == "campaign":
            # One that was never sent has no report: its people are what there is of it.
            href = f"{base}/contacts?{urlencode({'campaign': hit.title})}"
            if hit.title in sent:
                href = f"{base}/campaigns/{campaign_key(hit.title)}"
            found.append(_hit("campaign", hit.title, say("Report") if hit.title in sent else "", href))
        else:
            found.append(_hit("deal", hit.title, hit.detail, f"{base}/deals?deal={hit.id}"))
    return found


def _tasks(session: Session, desk: Desk, workspace: Workspace, query: str) -> list[dict[str, Any]]:
    today, here = desk.today, f"/w/{workspace.slug}/tasks"
    found = []
    for one in find_tasks(session, desk, query):
        due = session.get_one(TaskRow, one.id).due_on
        which = "due" if due == today else "overdue" if due < today else "upcoming"
        found.append(_hit("task", one.title, one.detail, f"{here}?list={which}"))
    return found


def _actions(workspace: Workspace, asking: Any, query: str) -> list[dict[str, Any]]:
    """What one may do, by name: each opens its dialog on the page it belongs to (assets/desk_crm.js)."""
    known = [
        (say("New contact"), "contacts?do=new", "contact.edit"),
        (say("Import contacts"), "contacts?do=import", "contact.edit"),
        (say("New deal"), "deals?do=new", "contact.edit"),
        (say("New task"), "tasks?do=new", "task.work"),
    ]
    words = fold(query).split()
    return [
        _hit("action", label, workspace.name, f"/w/{workspace.slug}/{path}")
        for label, path, verb in known
        if words
        and policy.allowed(asking, verb, workspace.managing_agency_id, workspace.id)
        and all(word in fold(label) for word in words)
    ]
