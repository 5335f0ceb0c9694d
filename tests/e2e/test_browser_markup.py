"""Markup in everything people and platforms write stays text: no page of desk or portal runs any of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext
from sqlalchemy import select

from dashapp.access.scopes import cli_scope
from dashapp.agencies import accounts
from dashapp.crm import contacts, deals, fields, tasks
from dashapp.crm.files import imports
from dashapp.crm.tasks import Desk
from dashapp.db.base import now
from dashapp.db.contacts import STAGES, Contact
from dashapp.db.tenants import Workspace
from dashapp.sharing import day_notes, links, questions
from dashapp.sharing.campaign_keys import campaign_key
from dashapp.sharing.content import Content
from dashapp.sharing.opening import open_link
from dashapp.views.store import ensure_default_view
from data.building import build
from data.events.canonical import canonical_many
from data.lake import segments
from pages.frame.page_spec import desk_pages
from tests.e2e.seen import watch
from tests.e2e.stage import PASSWORD, Stage

#: Each would call `pwned` if it ran: as an element, an attribute, a link, a script's text, a template, a style.
PAYLOADS = (
    "<script>pwned(1)</script>",
    '"><script>pwned(2)</script>',
    "<img src=x onerror=pwned(3)>",
    '"><img src=x onerror=pwned(4)>',
    "'><svg onload=pwned(5)>",
    "<svg><script>pwned(6)</script></svg>",
    "<details open ontoggle=pwned(7)>",
    "<iframe srcdoc='<script>parent.pwned(8)</script>'>",
    '<a href="javascript:pwned(9)">x</a>',
    "[x](javascript:pwned(10))",
    "</script><script>pwned(11)</script>",
    "</title><script>pwned(12)</script>",
    "</style><script>pwned(13)</script>",
    "--><script>pwned(14)</script>",
    "{{constructor.constructor('pwned(15)')()}}",
    "${pwned(16)}",
    "'-pwned(17)-'",
    '" onmouseover=pwned(18) autofocus onfocus=pwned(18) x="',
    "<math><mtext></p><img src=x onerror=pwned(19)></math>",
    '{"props":{"dangerouslySetInnerHTML":{"__html":"<img src=x onerror=pwned(20)>"}}}',
)
EVE, NORA = "eve@hostile.example", "nora@client.example"
TRAP = "window.ran = []; window.pwned = what => window.ran.push(what);"


@dataclass(frozen=True)
class Hostile:
    """Eve's agency, where all that can be written is markup: its workspace, a contact, a share and its portal."""

    slug: str
    contact: int
    share: int
    portal: str


@pytest.fixture(scope="module")
def hostile(stage: Stage) -> Hostile:
    """The agency, its events counted and its people known."""
    services, at = stage.services, now()
    with services.session() as session:
        agency, eve = accounts.create_agency(session, PAYLOADS[2], EVE, PASSWORD)
        eve.name = PAYLOADS[3]
        agency.footer = PAYLOADS[0]
        workspace = accounts.create_workspace(session, agency, PAYLOADS[4])
        view = ensure_default_view(session, agency)
        view.name = PAYLOADS[1][:60]
        slug, key = workspace.slug, workspace.id
    records: list[dict[str, Any]] = []
    for n, payload in enumerate(PAYLOADS):
        message = {
            "message_id": f"m{n}",
            "channel": "email",
            "lead": f"lead{n}@client.example",
            "campaign": payload,
            "subject": payload,
            "user": EVE,
            "sender": EVE,
        }
        events = (
            ("sent", 0, {}),
            ("opened", 60, {}),
            ("clicked", 70, {"url": f"https://client.example/?q={payload}"}),
            ("replied", 90, {"reply_text": payload, "reply_category": "interested"}),
        )
        for event, minutes, more in events:
            when = at - timedelta(hours=30) + timedelta(minutes=minutes)
            records.append(
                {
                    **message,
                    **more,
                    "event": event,
                    "event_id": f"{event}{n}",
                    "occurred_at": when.isoformat(),
                }
            )
    events_of, parked = canonical_many(records, at)
    assert not parked, parked[0].why
    services.inbox.put(key, None, events_of, received_at=at)
    segments.drain(services.lake)
    build.refresh(services.lake)
    with services.reading() as session:
        workspace, scope = cli_scope(session, slug)
        session.expunge_all()
    actor = contacts.Actor(EVE, workspace, scope)
    rows = [
        {"email": f"lead{n}@client.example", "name": one, "company": one, "tags": one.replace(",", " ")}
        for n, one in enumerate(PAYLOADS)
    ]
    loaded = imports.load(services.session, actor, rows)
    assert not loaded.refused, loaded.refused[0].why
    with services.session() as session:
        workspace = session.get_one(Workspace, key)
        people = list(
            session.scalars(select(Contact).where(Contact.workspace_id == key).order_by(Contact.id))
        )
        fields.add(session, workspace, f"Field {PAYLOADS[2]}", "text", "", actor=EVE)
        desk = Desk(workspace, EVE, None)
        for contact, payload in zip(people, PAYLOADS, strict=False):
            deals.create(
                session,
                actor,
                {
                    "contact": contact.id,
                    "title": payload,
                    "stage": STAGES[0],
                    "value": "1",
                    "currency": "EUR",
                },
            )
            contacts.add_note(session, actor, contact.id, payload)
            tasks.create(
                session,
                desk,
                channel="other",
                title=payload,
                due_on=desk.today,
                assignee=EVE,
                lead=contact.key,
            )
        for n, payload in enumerate(PAYLOADS[:6]):
            day = (at - timedelta(days=n)).date()
            day_notes.add(
                session, workspace, day_notes.Written(day, day, payload, True), own=False, actor=EVE
            )
        share, url, token = links.create_share(
            session,
            stage.settings,
            workspace,
            name=PAYLOADS[3],
            content=Content(masks_people=False),
            actor=EVE,
        )
        session.flush()
        opened = open_link(session.connection(), token)
        assert opened is not None
        for payload in PAYLOADS[:6]:
            about = questions.About("reply", payload[:60], None, False, "period=28&lang=en")
            questions.ask(
                session, stage.settings, opened, about, questions.Asked(payload, NORA, payload[:60]), "en"
            )
        return Hostile(slug, people[0].id, share.id, url)


@pytest.mark.long
def test_nothing_that_was_written_runs_on_any_page(
    stage: Stage, hostile: Hostile, open_context: Callable[..., BrowserContext]
) -> None:
    context = open_context()
    context.add_init_script(TRAP)
    page = context.new_page()
    seen = watch(page)
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.goto(f"{stage.url}/login")
    page.get_by_label("E-mail").fill(EVE)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    told = 0
    for path in _pages(hostile):
        page.goto(path if path.startswith("http") else stage.url + path)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate("window.ran") == [], path
        assert seen.take_problems() == [], path
        assert (
            page.locator("iframe[srcdoc*=pwned], img[onerror], [onload], [onmouseover], [ontoggle]").count()
            == 0
        )
        assert page.locator("a[href^='javascript:' i]").count() == 0, path
        told += "pwned(" in page.locator("body").inner_text()
    assert told >= 25, "what was written is hardly shown anywhere"


def _pages(hostile: Hostile) -> list[str]:
    """Every page of the desk that a workspace or its agency has, and what a client sees."""
    place = f"/w/{hostile.slug}"
    named = {"<slug>": hostile.slug, "<contact>": str(hostile.contact), "<share>": str(hostile.share)}
    paths = []
    for page in desk_pages().values():
        path = page.path
        for variable, value in named.items():
            path = path.replace(variable, value)
        if "<" not in path:
            paths.append(path)
    assert {place, f"{place}/contacts/{hostile.contact}", f"{place}/shares/{hostile.share}"} <= set(paths)
    report = f"{place}/campaigns/{campaign_key(PAYLOADS[2])}"
    portal = hostile.portal.rstrip("/")
    return [*paths, report, portal + "/", f"{portal}/campaigns/", f"{portal}/tiles/reply/questions"]
