"""An agency's dashboard, `/agency`: each account with its state, its figures and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access.scopes import agency_for
from dashapp.access.viewer import Viewer
from dashapp.agencies.attention.account_figures import Compared
from dashapp.agencies.names import time_zones
from dashapp.db.tenants import Workspace
from dashapp.tiles.parts.rates import LEAST_UNITS
from dashapp.ui import charts
from dashapp.ui.desk.html_component import Html
from dashapp.ui.desk.icons import PATHS
from dashapp.ui.desk.static_html import static_html
from dashapp.ui.environment import render
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say
from data.lake.lake import Lake
from pages.agency import attention
from pages.agency.model import SORTS, STATES, Dashboard, dashboard
from pages.agency.rows import Account, plan_of
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row
from pages.home.overview import WorkspaceOverview, change
from pages.home.page import figure, totals
from pages.listing.pager import pager
from pages.listing.words import STATUS

PATH = "/agency"
READ = "agency.read"


@dataclass(frozen=True)
class Ways:
    """The addresses of the list: each keeps what of the others is chosen."""

    agency: str
    chosen: Mapping[str, str]

    def to(self, **changed: str) -> str:
        """The address with these changed; "" takes one away, and every change begins at the first page."""
        asked = {"agency": self.agency, **self.chosen, "page": "", **changed}
        return f"{PATH}?{urlencode({key: value for key, value in asked.items() if value})}"


def layout(visit: Visit) -> Shown:
    """The page; NotFound for whoever has no role in the agency."""
    with visit.services.reading() as session:
        agency = agency_for(session, visit.viewer, visit.search.get("agency"), READ)
        model = dashboard(visit.services.lake, session, visit.viewer, agency, visit.search)
    return Shown(say("{name} · Accounts", name=agency.name), screen(model))


def screen(model: Dashboard) -> Component:
    """The page."""
    managed = model.counts["managing"]
    buttons = []
    if model.may_manage:
        buttons = [Html(render("ui/accounts_buttons.html", icons=PATHS), className="dk-actions")]
    sub = say("1 account managed") if managed == 1 else say("{n} accounts managed", n=format.integer(managed))
    return html.Div(
        [
            brand_style(model.agency.brand),
            title_row(say("Accounts"), sub, buttons),
            html.Div(id="accounts-told"),
            Html(attention_part(model), id="accounts-attention"),
            *([totals(model.totals, _leads(model))] if model.totals is not None else []),
            Html(body(model), id="accounts-body"),
            *([Html(dialogs(model.agency.timezone))] if model.may_manage else []),
            dcc.Store(id="accounts-act"),
            dcc.Store(id="accounts-import"),
            dcc.Store(id="accounts-snooze"),
            html.Div(id="accounts-done", hidden=True),
        ],
        className="dk-wrap",
    )


def dialogs(timezone: str) -> Markup:
    """Inviting one account or many, and making a workspace, which begins in `timezone` or that of the browser."""
    return render("ui/accounts_dialogs.html", icons=PATHS, zones=time_zones(), timezone=timezone)


def attention_part(model: Dashboard) -> str:
    """Who needs somebody today."""
    return attention.shown(model.attention, model.agency.slug, snoozes=True)


def _leads(model: Dashboard) -> list[Component]:
    if model.leads is None:
        return []
    return [figure(say("New leads"), format.integer(model.leads), None, say("all accounts"))]


def body(model: Dashboard) -> str:
    """Search, filter, the rows and the pager."""
    chosen = {
        "q": model.q,
        "state": model.state,
        "tag": model.tag,
        "member": model.member,
        "sort": "" if model.sort == "name" else model.sort,
    }
    ways = Ways(model.agency.slug, chosen)
    return render(
        "ui/accounts.html",
        model=model,
        ways=ways,
        chosen=chosen,
        states=[(key, say(label), model.counts[key]) for key, label in STATES.items()],
        sorts=[(key, say(label)) for key, label in SORTS.items()],
        all_count=sum(model.counts.values()),
        labels={key: say(label) for key, label in STATES.items()},
        note=note,
        day=format.day,
        integer=format.integer,
        percent=format.percent,
        of_base=format.of_base,
        signed=format.signed_percent,
        duration=format.duration,
        points=points,
        spark=format_spark,
        standing=standing,
        change=change,
        last_event=last_event,
        icons=PATHS,
        pager=static_html(_pager(model, ways)) if model.last > 1 else "",
    )


def _pager(model: Dashboard, ways: Ways) -> Component:
    told = say("Page {n} of {last}", n=format.integer(model.page), last=format.integer(model.last))
    return pager(told, say("Pages of accounts"), model.page, model.last, lambda n: ways.to(page=str(n)))


#: Statuses of the bar of leads, from the left; those of one colour stand together.
#: Those nobody has heard of yet are in the words alone: they would leave no room for the others.
STANDS = (
    ("replied", ("replied",)),
    ("good", ("interested", "meeting", "won")),
    ("over", ("lost", "do_not_contact")),
)


@dataclass(frozen=True)
class Points:
    """The change of a rate against the 28 days before at the same age; `tone`: good, bad or flat."""

    text: str
    tone: str
    arrow: str


def points(compared: Compared | None) -> Points | None:
    """None where the two cannot be compared."""
    if compared is None or not compared.full or min(compared.base, compared.base_before) < LEAST_UNITS:
        return None
    change = compared.n / compared.base - compared.n_before / compared.base_before
    text = format.signed_points(change)
    if round(change, 3) == 0:
        return Points(text, "flat", "")
    return Points(text, "good" if change > 0 else "bad", "↑" if change > 0 else "↓")


def format_spark(days: Sequence[int]) -> Markup:
    """The shape of the e-mails sent by day."""
    line, area, _ = charts.sparkline(days)
    if not line:
        return Markup("")
    return Markup(
        '<svg class="dk-spark ac-spark" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true" '
        'focusable="false"><path class="dk-spark-area" d="{}"/><path class="dk-spark-line" d="{}"/></svg>'
    ).format(charts.BOX_WIDTH, charts.BOX_HEIGHT, area, line)


def standing(statuses: Mapping[str, int]) -> Markup:
    """A bar of how many leads stand where, the same in words, and in view how many are interested or further."""
    count = sum(statuses.values())
    if not count:
        return Markup('<span class="dk-quiet">{}</span>').format(say("none yet"))
    words = ", ".join(
        say("{status}: {n}", status=say(STATUS[status]), n=format.integer(statuses[status]))
        for status in STATUS
        if statuses.get(status)
    )
    rects, start = Markup(""), 0.0
    heard = sum(statuses.get(name, 0) for _, names in STANDS for name in names)
    for tone, names in STANDS:
        width = 100 * sum(statuses.get(name, 0) for name in names) / max(1, heard)
        rects += Markup('<rect class="ac-{}" x="{:.2f}" width="{:.2f}" height="6"/>').format(
            tone, start, width
        )
        start += width
    good = sum(statuses.get(name, 0) for name in STANDS[1][1])
    return Markup(
        '<span class="dk-strong">{}</span><span class="dk-quiet">{}</span>'
        '<svg class="ac-bar" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="{}">'
        "<title>{}</title>{}</svg>"
    ).format(format.integer(good), say("of {n} leads", n=format.integer(count)), words, words, rects)


def last_event(overview: WorkspaceOverview) -> date:
    """The local day of an account's latest event."""
    complete = overview.complete_to
    assert complete is not None
    if complete.until is None:
        return complete.day
    return complete.until.astimezone(ZoneInfo(overview.timezone)).date()


def note(one: Account) -> str:
    """What is to know of an account: its plan, or how it comes that it is not managed."""
    if one.at is None:
        return plan_of(one)
    if one.state == "invited":
        if one.expired:
            return say("the invitation has run out")
        return say("invited {day}", day=format.dated(one.at.date()))
    if one.ended_side == "workspace":
        return say("unlinked by the account, {day}", day=format.dated(one.at.date()))
    return say("ended by your agency, {day}", day=format.dated(one.at.date()))


def model_at(lake: Lake, session: Session, viewer: Viewer, search: Mapping[str, str]) -> Dashboard:
    """The list of an address, for whoever may manage its accounts. Raises NotFound."""
    agency = agency_for(session, viewer, search.get("agency"), "agency.accounts")
    return dashboard(lake, session, viewer, agency, search)


def told(
    text: str, *, address: str | None = None, good: bool = True, ways: Sequence[tuple[str, str]] = ()
) -> str:
    """What came of an act. `address`: of an invitation, to be copied where no mail server is set; `ways`: where one
    may go on from here, as (label, address)."""
    return render("ui/told.html", text=text, address=address, good=good, ways=ways, icons=PATHS)


def made(workspace: Workspace) -> str:
    """A workspace is there, and the two ways on from here."""
    ways = [
        (say("Connect a source"), f"/w/{workspace.slug}/sources"),
        (say("Invite its people"), f"/w/{workspace.slug}/people"),
    ]
    return told(say("{name} is there.", name=workspace.name), ways=ways)


PAGE = PageSpec(name="accounts", path=PATH, layout=layout, verb=READ)
