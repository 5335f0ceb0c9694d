"""Two agencies and everything the app answers: no response shows anybody a trace of what is not theirs.

Both agencies carry markers in all they have: names, addresses, campaigns, e-mails, figures, tokens, colours,
logos. Everybody asks for everything, with the ids of the others, and each response is searched for them. A
new endpoint or callback is covered by being there; one with an unknown variable fails until told what it is.
"""

from __future__ import annotations

import io
import itertools
import json
import logging
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, Request
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from dashapp.access.scopes import managing_link
from dashapp.access.tokens import random_token
from dashapp.agencies import accounts, managing
from dashapp.app import create_app
from dashapp.config import load
from dashapp.crm import tasks
from dashapp.crm.tasks import Desk
from dashapp.db.base import now
from dashapp.db.contacts import Contact, ContactNote, CustomField, Deal, SavedFilter
from dashapp.db.crm import TaskRow
from dashapp.db.mail import Mail
from dashapp.db.on_tiles import Annotation, TileAlert, TileQuestion
from dashapp.db.people import ApiKey
from dashapp.db.reports import Share, StoredView
from dashapp.db.schedules import Schedule
from dashapp.db.shares import ShareViewer
from dashapp.db.tenants import (
    Agency,
    AgencyLink,
    AgencyMember,
    Invitation,
    Source,
    User,
    Workspace,
    WorkspaceMember,
)
from dashapp.intake import uploads
from dashapp.people import api_keys
from dashapp.portal.openings import openings
from dashapp.reports.paper import press
from dashapp.services import Services
from dashapp.sharing import links
from dashapp.sharing.campaign_keys import campaign_key
from dashapp.sources import registry as sources
from dashapp.views.store import ensure_default_view
from dashapp.web.middleware.gate import PUBLIC
from data.building import build
from data.events.canonical import canonical_many
from data.lake import segments
from data.marts.counting import FOLDS, MACHINE_RULES
from jobs.intake.people import catch_up
from tests.security.bodies import body_of, server_callbacks
from tests.security.marked import ON_PAGES, mark
from tests.support.world import HTML, PASSWORD, csrf_of

CALLBACKS = "/_dash-update-component"
GUESTS_WORD = "a word for the guest"
DESK = (
    "/",
    "/w/{slug}",
    "/w/{slug}/tasks",
    "/w/{slug}/analytics",
    "/w/{slug}/sources",
    "/w/{slug}/contacts",
    "/w/{slug}/deals",
    "/w/{slug}/campaigns",
)
#: Pages beside those, which only the route callback looks at.
MORE = (
    "/w/{slug}/explore",
    "/w/{slug}/account",
    "/w/{slug}/people",
    "/w/{slug}/alerts",
    "/w/{slug}/questions",
    "/w/{slug}/annotations",
    "/w/{slug}/schedules",
    "/w/{slug}/schedules/{schedule}",
    "/w/{slug}/shares",
    "/w/{slug}/shares/{named_share}",
    "/w/{slug}/contacts/{contact}",
    "/data",
    "/settings/fields",
    "/settings/api-keys",
    "/settings/audit-log",
    "/settings/workspace",
)
#: Values of a path's variables that name nothing.
NOWHERE = {"no-such", "1", "x" * 43, "x" * 22, "..%2fsent", "999999", "exe", "no-such-page", "no-such.css"}
SETTINGS = ["settings/account", "settings/api-keys", "settings/audit-log", "settings/billing"]


@dataclass
class Place:
    """A workspace, what leads into it, and the markers that betray it."""

    slug: str
    id: int
    markers: set[str]
    token: str = ""
    revoked: str = ""
    share: int = 0
    hook: str = ""
    source: int = 0
    view: int = 0
    task: int = 0
    #: What else was made there (marked.py), by kind.
    made: dict[str, int] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """A line of its timeline."""
        return f'["email","{self.slug}-0","replied"]'


@dataclass
class Two:
    """Both agencies in one app. North has Harbour and Pine, South has Colossus; Quay, which North managed until an
    hour ago, is Erin's alone."""

    app: Flask
    services: Services
    places: dict[str, Place] = field(default_factory=dict)
    #: The agencies' own markers: name, colour, logo, people.
    agencies: dict[str, set[str]] = field(default_factory=dict)

    def foreign(self, who: str) -> set[str]:
        """Every marker that `who` must never see."""
        mine, agency = OWN[who]
        found = set().union(*(place.markers for slug, place in self.places.items() if slug not in mine))
        found = found.union(*(marks for name, marks in self.agencies.items() if name != agency))
        return found - WAS_THERE.get(who, set())


#: The rules of the form on the sources page.
RULES = (*MACHINE_RULES, *FOLDS)
#: Whose the workspaces are, and the agency whose name and colour one may see.
OWN: dict[str, tuple[frozenset[str], str | None]] = {
    "anonymous": (frozenset(), None),
    "alice": (frozenset({"harbour", "pine"}), "north"),
    "bob": (frozenset({"harbour"}), "north"),
    "charlie": (frozenset({"colossus"}), "south"),
    "guest": (frozenset({"harbour"}), "north"),
    "program": (frozenset({"harbour", "pine"}), "north"),
    "erin": (frozenset({"quay"}), None),
}
#: What Alice did while North managed Quay stands in its audit trail, under her address.
WAS_THERE = {"erin": {"alice@nnn.example"}}
EMAILS = {
    "erin": "erin@qqq.example",
    "alice": "alice@nnn.example",
    "bob": "bob@bbb.example",
    "charlie": "charlie@zzz.example",
}
#: E-mails sent: such a number stands in a page only as a figure of its workspace.
SENT = {"harbour": 1_237, "pine": 1_453, "colossus": 3_907, "quay": 1_627}
#: Whom they went to. Everybody is a row of each list, file and workbook that is asked for some hundred times.
PEOPLE = 60


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """Both agencies, with events, links, sources and views, in an app of their own."""
    home = tmp_path_factory.mktemp("two")
    # What would be printed is searched as it goes to the press: a PDF's own bytes are packed.
    monkey = pytest.MonkeyPatch()
    monkey.setattr(press, "run", lambda job, seconds=0: job["html"].encode())
    app = create_app(load({"VITRINE_HOME": str(home), "VITRINE_SECRET_KEY": random_token()}))
    app.request_class = Noticing
    lines = Lines(logging.INFO)
    logging.getLogger().addHandler(lines)
    built = Two(app, app.extensions["vitrine"])
    with built.services.session() as session:
        for agency, owner, code, colour, rooms in (
            ("north", "alice", "NNN", "#0a6b5c", ("harbour", "pine")),
            ("south", "charlie", "ZZZ", "#7b2d8e", ("colossus",)),
        ):
            row, _ = accounts.create_agency(session, f"{code}-AGENCY", EMAILS[owner], PASSWORD)
            row.slug, row.brand = agency, colour
            row.logo, row.logo_digest = f"{code}-LOGO-BYTES".encode(), f"{code}digest"
            built.agencies[agency] = {f"{code}-", f"{code}digest", EMAILS[owner], colour}
            view = ensure_default_view(session, row)
            view.name = f"{code}-VIEW"
            api_keys.create(session, row, f"{code}-KEY", writes=False, days=None, actor=owner, user_id=None)
            for slug in rooms:
                built.places[slug] = _place(session, built, row, slug, view.id)
        _unlink_quay(session, built)
        harbour = session.get_one(Workspace, built.places["harbour"].id)
        accounts.create_user(session, EMAILS["bob"], PASSWORD, workspace=harbour, workspace_role="manager")
        built.places["harbour"].markers |= {EMAILS["bob"]}
    for place in built.places.values():
        _fill(built.services, place)
    segments.drain(built.services.lake)
    build.refresh(built.services.lake)
    catch_up(built.services.lake)
    yield built
    logging.getLogger().removeHandler(lines)
    monkey.undo()
    built.services.engine.dispose()


def _unlink_quay(session: Any, built: Two) -> None:
    """North made it and what leads into it; an hour ago Erin, its owner, ended that."""
    north = session.scalars(select(Agency).where(Agency.slug == "north")).one()
    place = built.places["quay"] = _place(session, built, north, "quay", built.places["harbour"].view)
    row = session.get_one(Workspace, place.id)
    accounts.create_user(session, EMAILS["erin"], PASSWORD, workspace=row, workspace_role="owner")
    place.markers |= {EMAILS["erin"]}
    link = managing_link(session, row.id)
    assert link is not None
    link.account_name = "A client that left"  # what North calls it, North may see
    managing.unlink(session, link, "workspace", actor=EMAILS["erin"])
    link.ended_at = now() - timedelta(hours=1)


def _place(session: Any, built: Two, agency: Agency, slug: str, view: int) -> Place:
    settings, code = built.services.settings, slug.upper()
    row = accounts.create_workspace(session, agency, f"{code}-CLIENT")
    row.slug = slug
    password = GUESTS_WORD if slug == "harbour" else None
    share, _, token = links.create_share(session, settings, row, password=password, actor=f"{code}-ACTOR")
    old, _, revoked = links.create_share(session, settings, row)
    links.revoke(session, old)
    source, hook, secret = sources.create_source(session, settings, row, "canonical")
    owner = EMAILS["charlie" if slug == "colossus" else "alice"]
    desk = Desk(row, owner, None)
    task = tasks.create(
        session, desk, channel="other", title=f"{code}-TASK", due_on=desk.today, assignee=owner
    )
    made = mark(session, settings, row, code, owner)
    markers = {f"{code}-", f"@{slug}.example", f"{SENT[slug]:,}", token, hook.rpartition("/")[2], secret}
    return Place(slug, row.id, markers, token, revoked, share.id, hook, source.id, view, task.id, made)


def _fill(services: Services, place: Place) -> None:
    at, code = now(), place.slug.upper()
    records: list[dict[str, Any]] = []
    for number in range(SENT[place.slug]):
        message = {
            "message_id": f"{place.slug}-{number}",
            "lead": f"lead{number % PEOPLE}@{place.slug}.example",
            "campaign": f"{code}-CAMPAIGN",
            "occurred_at": (at - timedelta(days=number % 20, hours=3)).isoformat(),
        }
        records.append({**message, "event": "sent", "event_id": f"s{number}"})
        if number % 10 == 0:
            more = {"event": "replied", "event_id": f"r{number}", "reply_text": f"{code}-REPLY"}
            records.append({**message, **more})
    events, parked = canonical_many(records, at)
    assert not parked, parked[0].why
    services.inbox.put(place.id, None, events, received_at=at)


class Noticing(Request):
    """Knows whether anything looked at what stands behind the question mark."""

    noticed = False

    @property
    def args(self) -> Any:
        """The query, read."""
        Noticing.noticed = True
        return super().args

    @property
    def query_string(self) -> Any:
        """The same as text."""
        Noticing.noticed = True
        return vars(self)["_query"]

    @query_string.setter
    def query_string(self, value: bytes) -> None:
        vars(self)["_query"] = value


class Person:
    """Somebody with a browser. Alice, Bob and Charlie are logged in; Guest has unlocked Harbour's link; the
    program has a key of North that reads."""

    def __init__(self, two: Two, name: str) -> None:
        self.two, self.name = two, name
        self.client = two.app.test_client()
        self.foreign = two.foreign(name)
        self.own = OWN[name][0]
        if name in EMAILS:
            token = csrf_of(self.client.get("/login", headers=HTML))
            data = {"email": EMAILS[name], "password": PASSWORD, "csrf_token": token, "next": "/"}
            assert self.ask("POST", "/login", data=data, headers=HTML).status_code == 303
        self.key: dict[str, str] = {}
        if name == "program":
            with two.services.session() as session:
                north = accounts.agency_by_slug(session, "north")
                _, secret = api_keys.create(
                    session, north, "crawl", writes=False, days=None, actor="test", user_id=None
                )
            self.key = {"Authorization": f"Bearer {secret}"}
        if name == "guest":
            link = f"/p/{two.places['harbour'].token}"
            assert self.ask("POST", f"{link}/unlock", data={"password": GUESTS_WORD}).status_code == 303
            assert "HARBOUR-CLIENT" in self.ask("GET", f"{link}/").text

    def ask(self, method: str, path: str, **kwargs: Any) -> TestResponse:
        """Send a request as this person's browser does, and search the answer for what is not theirs."""
        cookie = self.client.get_cookie("_csrf_token")
        headers = {"X-CSRFToken": "" if cookie is None else cookie.value, **kwargs.pop("headers", {})}
        headers.update(getattr(self, "key", {}))
        LINES.clear()
        answer = self.client.open(path, method=method, headers=headers, **kwargs)
        told = "\n".join([_said(answer), str(answer.headers), *LINES])
        asked = f"{path} {kwargs.get('json', '')} {kwargs.get('data', '')}"
        # What the request itself named (a token in the path it is sent back to) tells nothing new.
        seen = sorted(marker for marker in self.foreign if marker in told and marker not in asked)
        assert not seen, f"{self.name} sees {seen} at {method} {path} {kwargs}"
        assert answer.status_code < 500, f"{self.name} {method} {path} {kwargs}: {told[:500]}"
        return answer


#: What was logged while the last request was answered.
LINES: list[str] = []


class Lines(logging.Handler):
    """Keeps what is logged, tracebacks too."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        LINES.append(logging.Formatter().format(record))


def _said(answer: TestResponse) -> str:
    """What an answer says: a workbook's sheets are packed."""
    packed = answer.get_data() if "spreadsheetml" in (answer.content_type or "") else b""
    if packed:
        with zipfile.ZipFile(io.BytesIO(packed)) as book:
            return "\n".join(book.read(name).decode() for name in book.namelist())
    return answer.text if answer.is_json else answer.get_data().decode("utf-8", "replace")


@pytest.fixture(params=list(OWN))
def person(two: Two, request: pytest.FixtureRequest) -> Person:
    """Each of the six in turn."""
    return Person(two, request.param)


def paths(two: Two, rule: Rule, who: Person) -> Iterator[str]:
    """The addresses of a rule, with everything both agencies have in the place of its variables.

    A link is a key: whoever holds South's may open it. So only those of one's own places are tried, and dead ones.
    """
    places = two.places.values()
    alive = [place.token for slug, place in two.places.items() if slug in who.own and who.name == "guest"]
    values: dict[str, list[str]] = {
        "token": [*alive, *(place.revoked for place in places), "x" * 43, "1"],
        "key": [place.hook.rpartition("/")[2] for place in places]
        + [campaign_key(f"{slug.upper()}-CAMPAIGN") for slug in two.places]
        + ["x" * 43],
        "provider": ["canonical", "sendgrid", "no-such"],
        "slug": [*two.places, "no-such", "1"],
        "tile": ["sent", "cohort", "no-such", "..%2fsent"],
        "path": [page.format(slug=slug)[1:] for page in DESK[1:] for slug in [*two.places, "no-such", "1"]]
        + [f"w/{slug}/{page}" for slug in two.places for page in ("account", "people")]
        + ["agency", "agency/people", "agency/general", "agency/new"]
        + [*SETTINGS, "data", "data/", "data/tables", "data/rows.csv"]
        + ["no-such-page", "..%2f..%2fetc/passwd"],
        "name": [
            "00_tokens.css",
            "portal.js",
            "no-such.css",
            "..%2fpyproject.toml",
            "desk.css",
            "sent_emails",
            "top_campaigns",
        ],
        "share_id": [str(place.share) for place in places],
        "id_": [_upload(two, place) for place in places] + ["x" * 22],
        "act": ["look", "drop"],
        "run": ["1", "999999"],
        "view": [*(str(place.view) for place in places), "999999"],
        "event": ["opened", "no-such"],
        "kind": ["png", "csv", "exe"],
        "package_name": ["dash", "dash_html_components", "no-such"],
        "fingerprinted_path": ["dash-renderer/build/dash_renderer.min.js", "no-such.js", "..%2f__init__.py"],
    }
    values["filename"] = values["name"]
    dead = NOWHERE | {place.revoked for place in places}
    names = sorted(set(rule.arguments) - set(rule.defaults or ()))
    unknown = set(names) - set(values)
    assert not unknown, f"{rule.rule}: tell this test what to put in the place of {unknown}"
    for chosen in _combined([values[name] for name in names], dead):
        path = rule.rule
        for name, value in zip(names, chosen, strict=True):
            path = _filled(path, name, value)
        yield path


def _combined(values: list[list[str]], dead: set[str]) -> Iterator[tuple[str, ...]]:
    """What there is with all that there is; what is not there once, in a path that is otherwise right."""
    there = [[one for one in some if one not in dead] or some[:1] for some in values]
    yield from itertools.product(*there)
    right = tuple(some[0] for some in there)
    for place, some in enumerate(values):
        for value in some:
            if value not in there[place]:
                yield (*right[:place], value, *right[place + 1 :])


def _upload(two: Two, place: Place) -> str:
    """A file somebody of the place brings in just now, named as all that is theirs."""
    home = two.app.extensions["vitrine"].settings.home
    kept = sorted((home / "uploads" / str(place.id)).glob("*"))
    if kept:
        return kept[0].name
    name = f"{place.slug.upper()}-CLIENT.csv"
    return uploads.begin(home, place.id, name, 3, actor="somebody@else.example").id


def _filled(path: str, name: str, value: str) -> str:
    """`/p/<token>/`, `/x/<path:rest>` with a variable replaced."""
    start = min(at for at in (path.find(f"<{name}>"), path.find(f":{name}>")) if at >= 0)
    start = path.rfind("<", 0, start + 1)
    return path[:start] + value + path[path.index(">", start) + 1 :]


def queries(two: Two, endpoint: str = "") -> list[str]:
    """Names and ids of other places where they have no business: in the query string.

    Of every place within each agency, so that nobody's place stands in the wrong agency untried.
    """
    pairs = list(itertools.product(two.agencies, two.places.values()))
    if endpoint == "contacts.part":  # every list, and the first and last contact of each place
        parts = ["of=contacts", "of=deals", "of=campaigns", "of=contacts&q=lead", "of=contacts&sort=name"]
        parts += [f"of=contact&lead=lead0@{slug}.example" for slug in two.places]
        parts += [f"of=contact&id={place.made['contact']}" for place in two.places.values()]
        parts += [f"of=deal&id={place.made['deal']}" for place in two.places.values()]
        parts += [f"of=contact&id={n}" for n in (1, *(SENT[slug] for slug in SENT), sum(SENT.values()))]
        return ["", *(f"?{one}" for one in parts)]
    if endpoint == "contacts.search":
        return [f"?q={q}&at={slug}" for q in ("lead", "client", "campaign") for slug in ("", *two.places)]
    found = ["", *(f"?{_named(place)}&agency={agency}&table=messages" for agency, place in pairs)]
    if endpoint.startswith("contacts.export"):
        return [found[0], found[-1]]  # they look at no id, and each is a file of all contacts
    if endpoint == "data_files.rows":  # each agency's tables, of all its workspaces and of one
        found += [
            f"?agency={agency}&table={table}{room}"
            for agency in two.agencies
            for table in ("messages", "segments", "combos")
            for room in ("", *(f"&workspace={place.slug}" for place in two.places.values()))
        ]
    if endpoint == "settings.audit_csv":
        found += [f"?place=agency:{agency}" for agency in two.agencies]
        found += [f"?place=workspace:{place.slug}" for place in two.places.values()]
    if endpoint == "api.metrics":
        found += ["?by=campaign"]
    return found


def _named(place: Place) -> str:
    return (
        f"slug={place.slug}&workspace={place.slug}&workspace_id={place.id}&view={place.view}"
        f"&share_id={place.share}&source_id={place.source}&period=90"
    )


def test_no_endpoint_shows_a_trace_of_others(two: Two, person: Person) -> None:
    """Every address with every method; what is there, and looks for a query, with every query."""
    asked = 0
    for rule in two.app.url_map.iter_rules():
        if rule.endpoint in {"login.logout", "account.end_sessions"}:
            continue  # it would end the session the others need; it names nobody
        kept_out = person.name in {"anonymous", "guest", "program"} and rule.endpoint not in PUBLIC
        methods = sorted((rule.methods or set()) - {"OPTIONS"})
        for place, path in enumerate(paths(two, rule, person)):
            # Flask's HEAD is GET without its body, and headers are searched there: once for each rule is enough.
            own_head = rule.endpoint.startswith("hooks.")
            for method in methods if own_head or place == 0 else [one for one in methods if one != "HEAD"]:
                # What is refused is a page or JSON; what is shown does not ask which.
                asking = [("", "text/html")]
                if method == "GET":
                    *some, last = queries(two, rule.endpoint)[1:]
                    asking += [(last, "application/json"), ("", "application/json"), (last, "text/html")]
                    asking += [] if kept_out else [(query, "text/html") for query in some]
                for number, (query, accept) in enumerate(asking):
                    if number == 0:
                        Noticing.noticed = False
                    answer = person.ask(method, path + query, headers={"Accept": accept})
                    asked += 1
                    if kept_out:
                        assert answer.status_code in {302, 401, 404}, (method, path, answer.status_code)
                        assert answer.status_code != 302 or answer.location.startswith("/login")
                    gone = answer.status_code == 404 and bool(rule.arguments)
                    if number == 1 and (gone or not Noticing.noticed):
                        break  # what is not there by its path, or looks at no query, is so with any
    assert asked > 200


def test_what_is_ones_own_is_there(two: Two) -> None:
    """Without this the searches above would pass over an app that shows nothing at all."""
    for name, slug in (("alice", "pine"), ("bob", "harbour"), ("charlie", "colossus"), ("erin", "quay")):
        who = Person(two, name)
        assert who.ask("GET", f"/w/{slug}/analytics", headers=HTML).status_code == 200
        shown = callback(two, who, "page.children", url_pathname=f"/w/{slug}/analytics").text
        assert f"{slug.upper()}-CLIENT" in shown
        assert f"{slug.upper()}-CAMPAIGN" in shown
        assert f"{SENT[slug]:,}" in shown
        home = callback(two, who, "page.children", url_pathname="/").text
        # Who belongs to one workspace alone goes straight there.
        assert (
            f"{SENT[slug]:,}" in home or json.loads(home)["response"]["title"]["data"]["go"] == f"/w/{slug}"
        )


def test_what_is_printed_is_ones_own(two: Two) -> None:
    """A view of the desk on paper: there for whoever may see the view, 404 for everybody else."""
    for name, own in (("alice", {"harbour", "pine"}), ("bob", {"harbour"}), ("charlie", {"colossus"})):
        who = Person(two, name)
        for slug in two.places:
            answer = who.ask("GET", f"/w/{slug}/analytics.pdf?period=28")
            assert answer.status_code == (200 if slug in own else 404), (name, slug)
            if slug in own:
                assert f"{SENT[slug]:,}" in answer.text
                assert f"{slug.upper()}-CLIENT" in answer.text
                foreign = next(place for other, place in two.places.items() if other not in own)
                answer = who.ask("GET", f"/w/{slug}/analytics.pdf?period=28&view={10_000 + foreign.view}")
                assert answer.status_code == 404
    guest = Person(two, "guest")
    harbour = f"/p/{two.places['harbour'].token}"
    assert f"{SENT['harbour']:,}" in guest.ask("GET", f"{harbour}/report.pdf").text
    assert guest.ask("GET", "/w/harbour/analytics.pdf").status_code == 401
    stranger = Person(two, "anonymous")  # without the link's password
    for end in ("report.pdf", "tiles/sent.csv", "tiles/sent.png"):
        asked = stranger.ask("GET", f"{harbour}/{end}")
        assert asked.status_code == 303, end
        assert asked.headers["Location"].startswith(f"{harbour}/?file="), end  # the link's own password page
    with two.app.app_context():
        openings().flush()  # what Guest opened is counted now, not while the next test compares


@pytest.mark.parametrize("name", ["alice", "bob", "charlie", "erin"])
def test_pages_of_others_are_not_there(two: Two, name: str) -> None:
    who = Person(two, name)
    for slug in two.places:
        for page in (*DESK[1:], "/w/{slug}/account", "/w/{slug}/people"):
            status = who.ask("GET", page.format(slug=slug), headers=HTML).status_code
            assert status == (200 if slug in who.own else 404), (slug, page)


def callback(two: Two, who: Person, key: str, **values: Any) -> TestResponse:
    """Call the callback whose outputs include `key`."""
    found = server_callbacks(two.app.extensions["vitrine_desk"])
    name = next(full for full in found if key in full)
    return who.ask("POST", CALLBACKS, json=body_of(name, found[name], **values))


def test_no_callback_shows_or_changes_what_is_of_others(two: Two, person: Person) -> None:
    """Every callback, at every address, with the ids of every link: others' are 404, and nothing changes."""
    before = _state(two, person)
    for key, spec in server_callbacks(two.app.extensions["vitrine_desk"]).items():
        told, done = str(spec["inputs"]), set()
        for slug, page, place in _asked_about(two, person, MORE if "page.children" in key else ()):
            where = _page_of(told, page).format(slug=slug, **place.made)
            if (where, place.slug) in done:
                continue  # the callback belongs to one page, whichever is asked for
            done.add((where, place.slug))
            for act in ("pause", "revoke") if "share-act" in told or "head-act" in told else ("pause",):
                theirs = "north" if person.name == "charlie" else "south"
                by_agency = any(one in told for one in BY_AGENCY)
                body = body_of(
                    key,
                    spec,
                    url_pathname=where,
                    url_search=f"?agency={theirs}" if by_agency else queries(two)[-1],
                    source_provider_value="canonical",
                    source_act_data={"act": "pause", "id": place.source, "at": 1},
                    counting_act_data={"op": "save", "at": 1, **dict.fromkeys(RULES, True)},
                    **NEW_ACTS,
                    alerts_act_data={"op": "remove", "id": place.made["alert"], "at": 1},
                    questions_act_data={"op": "close", "id": place.made["question"], "at": 1},
                    notes_act_data={"op": "remove", "id": place.made["note"], "at": 1},
                    share_act_data={"op": act, "id": place.share, "at": 1},
                    head_act_data={"op": act, "id": place.share, "at": 1},
                    shown_data="0",
                    editor_ask_data={"op": "review", "n": 1, "view_id": place.view},
                    editor_act_data={"op": "discard", "n": 1, "view_id": place.view},
                    view_act_data={"op": "delete", "at": 1, "view_id": place.view, "and_links": True},
                    data_look_data={"id": place.id, "at": 1},
                    task_act_data={
                        "op": "complete",
                        "id": place.task,
                        "note": "",
                        "disposition": None,
                        "at": 1,
                    },
                    line_asked_data={"op": "list", "tile": "timeline", "line": place.line, "at": 1},
                    line_category_data={
                        "tile": "timeline",
                        "line": place.line,
                        "event_id": "r0",
                        "category": "not_now",
                        "at": 1,
                    },
                    sql_ask_data={"sql": "SELECT * FROM messages", "at": 1},
                    data_act_data={"op": "run", "job": "rebuild-marts", "workspace": place.id, "at": 1},
                )
                if slug in person.own and _writes(body):
                    continue
                if "'agency-act'" in told and person.name not in {"anonymous", "guest", "program"}:
                    continue  # a new agency of one's own
                answer = person.ask("POST", CALLBACKS, json=body)
                if person.name in {"anonymous", "guest", "program"}:
                    assert answer.status_code == 401, (key, slug, answer.text)
                elif "source-secret-label" in key:
                    continue  # words about a provider, of no workspace; the crawl above has looked for markers
                elif "page.children" not in key and slug not in person.own:
                    assert answer.status_code == 404, (key, slug, page, answer.text)
                elif "share-act" in str(body["inputs"]) or (
                    # Pine and Harbour show the same template of North, so it is Bob's to see in Harbour.
                    {slug, place.slug} & {"colossus"}
                    and any(door in str(body["inputs"]) for door in ("editor-a", "view-act"))
                ):
                    assert answer.status_code == 404, (key, slug, page, place.slug, answer.text)
    assert _state(two, person) == before


def _asked_about(two: Two, person: Person, more: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Place]]:
    """(the workspace of the address, the page, the place whose ids are named).

    What the gate keeps out it keeps out of every page. Others' pages are asked for with the ids that belong there,
    one of them with one's own, too; one's own pages with the ids of every other place.
    """
    others = [place for slug, place in two.places.items() if slug not in person.own]
    mine = [place for slug, place in two.places.items() if slug in person.own][:1]
    for number, slug in enumerate([*two.places, "no-such"]):
        if person.name in {"anonymous", "guest", "program"}:
            yield slug, DESK[number % len(DESK)], others[number % len(others)]
            continue
        named = others if slug in person.own else [two.places.get(slug, others[0])]
        yield from ((slug, page, place) for page, place in itertools.product((*DESK, *more), named))
        if slug not in person.own:
            yield from ((slug, DESK[number % len(DESK)], place) for place in mine)


#: Acts of the pages of accounts, people and agencies; an agency's are about the agency of the address.
NEW_ACTS: dict[str, Any] = {
    "accounts_act_data": {"op": "unlink", "id": 1, "at": 1.0},
    "accounts_import_data": {"op": "import", "rows": "x@y.example,X", "send": "yes", "at": 1.0},
    "people_act_data": {"op": "role", "id": 1, "role": "client", "at": 1.0},
    "people_agency_act_data": {"op": "remove", "id": 1, "at": 1.0},
    "people_switch_data": {"op": "switch", "enabled": False, "at": 1.0},
    "account_act_data": {"op": "unlink", "id": 0, "at": 1.0},
    "account_agency_act_data": {"op": "unlink", "id": 0, "at": 1.0},
    "general_act_data": {"op": "save", "name": "Taken", "colour": "#000000", "footer": "", "at": 1.0},
    "domain_act_data": {"op": "remove", "id": 0, "at": 1.0},
    "general_colour_data": {"colour": "#000000", "at": 1.0},
    "viewer_act_data": {"act": "bar", "id": 1, "at": 1},
    "accounts_snooze_data": {
        "op": "snooze",
        "at": 1.0,
        "id": 1,
        "kind": "bounces",
        "subject": "",
        "how": "day",
    },
    "plan_revision_data": 1,
    "edit_revision_data": 1,
    "schedule_act_data": {"act": "now", "id": 0, "at": 1},
}
BY_AGENCY = ("accounts-", "people-agency-act", "general-", "domain-act")
#: What is about the workspace of the address, or makes something of one's own: allowed there, and tested elsewhere.
OWN_ACTS = ("counting-act", "people-act", "people-switch", "account-act", "account-agency-act", "agency-act")


#: The page of a callback, by what it is called with: it looks at no other.
PAGES = {
    "'alerts-act'": "/w/{slug}/alerts",
    "'questions-act'": "/w/{slug}/questions",
    "'notes-act'": "/w/{slug}/annotations",
    "'notes-add'": "/w/{slug}/annotations",
    "'schedule-act'": "/w/{slug}/schedules/{schedule}",
    "'plan-save'": "/w/{slug}/schedules/{schedule}",
    "'viewer-act'": "/w/{slug}/shares/{named_share}",
    "'head-act'": "/w/{slug}/shares/{named_share}",
    "'edit-save'": "/w/{slug}/shares/{named_share}",
    "'more-send'": "/w/{slug}/shares/{named_share}",
}


def _page_of(told: str, page: str) -> str:
    for name, own in PAGES.items():
        if name in told:
            return own
    if "'people-agency-act'" in told:
        return "/agency/people"
    if "'people-" in told:
        return "/w/{slug}/people"
    return "/w/{slug}/account" if "'account-" in told else page


def _writes(body: dict[str, Any]) -> bool:
    """Whether it makes something in one's own workspace: allowed, and tested elsewhere."""
    names = [str(value.get("id", "")) for value in body["inputs"]]
    return any(name.endswith("-create") or name in OWN_ACTS for name in names)


#: What a workspace holds beside, a few rows each.
MADE: tuple[Any, ...] = (
    Annotation,
    ApiKey,
    ContactNote,
    CustomField,
    Deal,
    SavedFilter,
    Schedule,
    StoredView,
    TileAlert,
    TileQuestion,
)


def _state(two: Two, person: Person) -> list[Any]:
    """Everything of the others that a callback could change."""
    with two.services.reading() as session:
        rooms = [place.id for slug, place in two.places.items() if slug not in person.own]
        rows: list[Any] = []
        for table in (Share, Source, TaskRow, *MADE):
            rows += session.scalars(select(table).where(table.workspace_id.in_(rooms)).order_by(table.id))
        of_shares = [
            place.made["named_share"] for slug, place in two.places.items() if slug not in person.own
        ]
        rows += session.scalars(select(ShareViewer).where(ShareViewer.share_id.in_(of_shares)))
        people = [place.made["contact"] for slug, place in two.places.items() if slug not in person.own]
        rows += session.scalars(select(Contact).where(Contact.id.in_(people)).order_by(Contact.id))
        names = [*session.scalars(select(Workspace).order_by(Workspace.id))]
        names += [*session.scalars(select(Agency).order_by(Agency.id))]
        names += [*session.scalars(select(User).order_by(User.id))]
        for table in (AgencyLink, AgencyMember, WorkspaceMember, Invitation):
            names += [*session.scalars(select(table).order_by(*table.__table__.primary_key))]
        columns = [*rows, *names]
        return [
            {
                name: value
                for name, value in vars(row).items()
                # Where one looked is one's own; a guest's openings are counted a little later.
                if not name.startswith("_") and name not in {"last_workspace_id", "opens", "opened_at"}
            }
            for row in columns
        ]


def test_a_guest_reaches_the_portal_of_the_link_and_nothing_else(two: Two) -> None:
    guest = Person(two, "guest")
    harbour, pine = two.places["harbour"], two.places["pine"]
    shown = guest.ask("GET", f"/p/{harbour.token}/?period=90").text
    assert f"{SENT['harbour']:,}" in shown
    for path in (
        "/",
        "/w/harbour/analytics",
        "/w/colossus/analytics",
        "/_dash-layout",
        "/_dash-dependencies",
    ):
        assert guest.ask("GET", path, headers=HTML).status_code in {302, 401, 404}, path
        assert guest.ask("GET", path).status_code in {401, 404}, path
    # The pass of one link opens no other link with a password.
    with two.services.session() as session:
        room = session.get_one(Workspace, pine.id)
        _, _, other = links.create_share(session, two.services.settings, room, password=GUESTS_WORD)
    cookie = guest.client.get_cookie("vitrine_pass", path=f"/p/{harbour.token}/")
    assert cookie is not None
    guest.client.set_cookie("vitrine_pass", cookie.value, path=f"/p/{other}/")
    assert "PINE-CLIENT" not in guest.ask("GET", f"/p/{other}/").text
    assert guest.ask("GET", f"/p/{other}/live").status_code == 404


@pytest.mark.parametrize("slug", ["harbour", "pine", "colossus"])
def test_a_revoked_link_opens_nothing(two: Two, slug: str) -> None:
    """Not the page, not the figures, not the logo, and not by trying the password either."""
    place, stranger = two.places[slug], Person(two, "anonymous")
    for end in ("/", "/live", "/logo", "/report.pdf", "/tiles/sent.csv", "/tiles/sent.png"):
        assert stranger.ask("GET", f"/p/{place.revoked}{end}").status_code == 404, end
    answer = stranger.ask("POST", f"/p/{place.revoked}/unlock", data={"password": GUESTS_WORD})
    assert answer.status_code == 404


def test_a_hook_of_others_takes_nothing_without_their_secret(two: Two) -> None:
    """Charlie knows the address of Harbour's hook, not its secret."""
    charlie = Person(two, "charlie")
    answer = charlie.ask("POST", two.places["harbour"].hook, json=[{"event": "sent", "lead": "x@y.example"}])
    assert answer.status_code == 401


def test_the_markers_are_what_pages_show(two: Two) -> None:
    """A marker that nobody could ever see would prove nothing."""
    alice, charlie = Person(two, "alice"), Person(two, "charlie")
    pages = [
        f"/w/{slug}{page}"
        for slug in ("harbour", "pine")
        for page in ("", "/analytics", "/sources", "/tasks")
    ]
    # The crawl above may have kept a choice of Alice's; an address of her own comes before it.
    chosen = {"url_search": "?period=28"}
    shown = "".join(
        callback(two, alice, "page.children", url_pathname=path, **chosen).text for path in ["/", *pages]
    )
    shown += callback(two, alice, "share-dialog.is_open", url_pathname="/w/harbour/analytics").text
    erin = Person(two, "erin")
    shown += callback(two, erin, "page.children", url_pathname="/w/quay/analytics", **chosen).text
    shown += callback(two, erin, "page.children", url_pathname="/w/quay/tasks").text
    shown += callback(two, erin, "page.children", url_pathname="/").text
    own = charlie.foreign - {"NNNdigest", EMAILS["bob"]}
    missing = {marker for marker in own if marker not in shown and len(marker) < 43 and "@" not in marker}
    assert not missing


@pytest.mark.parametrize(("name", "slug"), [("alice", "harbour"), ("charlie", "colossus")])
def test_everything_that_is_marked_stands_on_a_page_of_its_own_people(two: Two, name: str, slug: str) -> None:
    """What is in no page would be found in none of others', too."""
    who, place = Person(two, name), two.places[slug]
    pages = [page.format(slug=slug, **place.made) for page in (*DESK, *MORE)]
    at = f"?place=workspace:{slug}&workspace={slug}"
    shown = "".join(
        callback(
            two, who, "page.children", url_pathname=path, url_search=at if "settings" in path else ""
        ).text
        for path in pages
    )
    for asked in ("contact", "deal"):
        shown += who.ask("GET", f"/w/{slug}/part.html?of={asked}&id={place.made[asked]}").text
    shown += who.ask("GET", f"/w/{slug}/part.html?of=contacts&q={slug.upper()}-CONTACT").text
    assert {kind for kind in ON_PAGES if f"{slug.upper()}-{kind}" not in shown} == set()
    for file in ("contacts.csv", "contacts.xlsx", "deals.csv"):
        assert f"{slug.upper()}-" in _said(who.ask("GET", f"/w/{slug}/{file}")), file


def test_no_mail_tells_anybody_of_others(two: Two) -> None:
    """Invitations, passwords, questions, answers, reports, unlinked accounts: each by whom it goes to."""
    addresses = {email: who for who, email in EMAILS.items()}
    seen = set()
    with two.services.reading() as session:
        for mail in session.scalars(select(Mail).order_by(Mail.id)):
            slug = mail.to.partition("@")[2].removesuffix(".example")
            if mail.to in addresses:
                own, agency = OWN[addresses[mail.to]]
                own |= {"quay"} if agency == "north" else set()  # while it was managed
            elif slug in two.places:
                own, agency = frozenset({slug}), "south" if slug == "colossus" else "north"
            else:
                raise AssertionError(f"a mail to {mail.to}, whom nobody knows")
            agency = agency or "north"  # Erin's account was managed by it
            foreign = set().union(*(place.markers for name, place in two.places.items() if name not in own))
            foreign |= set().union(*(marks for name, marks in two.agencies.items() if name != agency))
            told = "\n".join(str(value) for value in (mail.subject, mail.text, mail.html, mail.from_name))
            assert not [marker for marker in foreign if marker in told], mail.key
            seen.add(mail.key.partition(" ")[0].partition(":")[0])
    assert {"share", "question"} <= seen
