"""The data team's page, `/data`: marts and what they are made of, queue, parked records, runs, freshness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import attributes
from dashapp.ui.desk.icons import icon
from dashapp.ui.desk.shell import link_to, notice
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, say
from data.tables.lineage import INBOX, SEGMENTS, VIEWS
from pages.data_team import checks as data_checks
from pages.data_team import freshness as data_fresh
from pages.data_team import mail as data_mail
from pages.data_team import model as data_model
from pages.data_team import parked as data_parked
from pages.data_team import refused, watched
from pages.data_team import runs as data_runs
from pages.data_team import stock as data_stock
from pages.data_team.drawings import lineage_drawing
from pages.data_team.model import DataTeamPage
from pages.data_team.parts import ZONE, section, tabs
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row

#: The address of the page.
PATH = "/data"


#: The parts of the page in their order: the anchor and what the link to it says.
SECTIONS: Final = (
    ("marts", later("Marts")),
    ("checks", later("Checks")),
    ("queue", later("Queue and freshness")),
    ("freshness", later("Freshness over two weeks")),
    ("parked", later("Parked records")),
    ("refused", later("Refused deliveries")),
    ("files", later("Watched folder")),
    ("runs", later("Runs")),
    ("jobs", later("Jobs of the installation")),
    ("mail", later("Mail")),
)


def layout(visit: Visit) -> Shown:
    """The page of one of the viewer's agencies; NotFound for whoever does not look after its data."""
    with visit.services.reading() as session:
        bare = data_model.empty_agency(session, visit.viewer, visit.search)
        if bare is not None:
            words = say("There is no data to look after: make the agency’s first workspace.")
            return Shown(say("{name} · Data", name=bare.name), notice(say("No workspace yet"), words))
        desk = data_model.read(visit.services.lake, session, visit.viewer, visit.search)
        others = data_model.others(session, visit.viewer, desk.agency)
        brand = desk.agency.brand
        content = html.Div(
            [
                brand_style(brand),
                title_row(
                    say("{name} data", name=desk.agency.name),
                    say(
                        "{count} · as of {when} · all times are {zone}",
                        count=_count(len(desk.workspaces), "workspace"),
                        when=format.moment(desk.at, ZONE),
                        zone=ZONE,
                    ),
                    [
                        *[
                            link_to(one.name, f"{PATH}?{urlencode({'agency': one.slug})}", "dk-button")
                            for one in others
                        ],
                        html.A(
                            say("Show the latest"),
                            href=f"{PATH}?{urlencode(visit.search)}",
                            className="dk-button",
                        ),
                    ],
                ),
                tabs(PATH, desk.agency.slug),
                html.Div(className="dd-bar-place dd-bar-top", **attributes({"data-bar": "act"})),
                html.Div(id="data-told", className="dd-told", **attributes({"aria-live": "polite"})),
                html.Div(id="data-raw"),
                anchors(),
                html.Div(body(desk), id="data-body"),
                dcc.Store(id="data-look"),
                dcc.Store(id="data-act"),
                dcc.Store(id="data-going"),
                html.Div(id="data-gone", hidden=True),
                html.Div(id="data-seen", hidden=True),
                html.Div(id="data-read", hidden=True),
            ],
            className="dk-wrap dd",
        )
    return Shown(say("{name} · Data", name=desk.agency.name), content)


def body(desk: DataTeamPage) -> list[Component]:
    """Everything that changes with time."""
    parts = (
        marts(desk),
        data_checks.checks(desk),
        data_stock.workspaces(desk),
        freshness(desk),
        data_parked.parked(desk),
        refused.refused(desk),
        watched.watched(desk.agency.name, desk.watched),
        data_runs.runs(desk),
        data_runs.installation_jobs(desk),
        data_mail.mails(desk),
    )
    named = [
        html.Div(part, id=anchor, className="dd-anchor")
        for (anchor, _), part in zip(SECTIONS, parts, strict=True)
    ]
    return [totals(desk), *named]


def anchors() -> Component:
    """Links to the parts of a long page."""
    return html.Nav(
        [html.A(say(title), href=f"#{anchor}") for anchor, title in SECTIONS],
        className="dd-anchors",
        **attributes({"aria-label": say("On this page")}),
    )


def totals(desk: DataTeamPage) -> Component:
    """Four figures: what is in, what waits, what is parked, what failed."""
    standings = desk.stock.workspaces.values()
    waiting = sum(one.inbox_events + one.segment_events for one in standings)
    parked = sum(one.parked for one in standings)
    late = sum(1 for one in standings if one.inbox_events or one.segment_events)
    return html.Dl(
        [
            _figure(
                say("Events in the marts"),
                format.integer(sum(one.events for one in standings)),
                say(
                    "{n} in {count}",
                    n=format.integer(desk.stock.segment_events),
                    count=_count(desk.stock.segments, "segment"),
                ),
            ),
            _figure(
                say("Waiting"),
                format.integer(waiting),
                say("in {count}", count=_count(late, "workspace"))
                if waiting
                else say("everything is taken in"),
            ),
            _figure(
                say("Parked records"),
                format.integer(parked),
                say("see why below") if parked else say("nothing is parked"),
            ),
            _figure(
                say("Dead letters"),
                format.integer(desk.dead_count),
                say("runs that failed at every try")
                if desk.dead_count
                else say("no run has failed for good"),
            ),
        ],
        className="dk-totals",
    )


def _figure(label: str, value: str, note: str) -> Component:
    return html.Div(
        [
            html.Dt(label),
            html.Dd(html.Span(value, className="dk-num"), className="dk-value"),
            html.Dd(note, className="dk-quiet"),
        ],
        className="dk-figure",
    )


def marts(desk: DataTeamPage) -> Component:
    """What is made of what, and how much of it there is."""
    standings = desk.stock.workspaces.values()
    notes = {
        one.mart: say("damaged")
        if one.damaged
        else "–"
        if one.rows is None
        else say("{n} rows", n=format.compact(one.rows))
        for one in desk.stock.marts
    }
    notes[INBOX] = say("{n} waiting", n=format.compact(sum(one.inbox_events for one in standings)))
    notes[SEGMENTS] = say("{n} events", n=format.compact(desk.stock.segment_events))
    notes[VIEWS] = _count(len(desk.workspaces), "workspace")
    return section(
        say("Marts"),
        say(
            "Rows are those stored in every layer, for these workspaces only. A file may be shared with other "
            "workspaces: its bytes are told by the share of its rows."
        )
        + (say(" There are too many files to count rows in.") if desk.stock.uncounted else ""),
        [
            html.Div(lineage_drawing(notes), className="dk-card dd-graph"),
            data_stock.marts(desk),
        ],
    )


def freshness(desk: DataTeamPage) -> Component:
    """The same over two weeks, day by day."""
    return section(
        say("Freshness over two weeks"),
        say(
            "From an event’s arrival to the figures that have it. A column reaches to the longest wait of the day, "
            "on a scale on which each step is ten times the one before; "
            "the mark is the mean, the dashed line a minute."
        ),
        [data_fresh.fortnight([(room.workspace.name, room.days) for room in desk.rooms])],
    )


#: What is counted: the sentence for one, and for several.
_COUNTED = {
    "workspace": (later("1 workspace"), later("{n} workspaces")),
    "segment": (later("1 segment"), later("{n} segments")),
}


def _count(number: int, word: str) -> str:
    one, many = _COUNTED[word]
    return say(one) if number == 1 else say(many, n=format.integer(number))


def told(text: str, *, good: bool = True) -> Sequence[Component] | Component:
    """What became of what was asked for; it goes by itself, or is closed (assets/desk_data.js)."""
    close = html.Button(
        icon("close"),
        type="button",
        className="dk-icon-button",
        **attributes({"aria-label": say("Close"), "data-desk-act": "hush"}),
    )
    return html.Div([html.P(text, className="dd-done" if good else "dk-problem"), close], className="dd-said")


PAGE = PageSpec(name="data", path=PATH, layout=layout, verb=data_model.READ)
