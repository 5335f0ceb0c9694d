"""The agency home, `/`: one row for each workspace the viewer may enter, with its key figures."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashapp.access.policy import allowed
from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.tiles.periods import period_ending
from dashapp.ui import spoken as format
from dashapp.ui.html_component import attributes
from dashapp.ui.say import later, say
from dashapp.ui.shell import link_to, mark
from data import failures, query
from data.errors import NotInScope
from data.lake import Lake
from data.scope import Scope
from pages.glance import Glance, Share, Total, change, glance, questions, total, unreadable
from pages.pieces import brand_style, complete_to, delta, sparkline, title_row
from pages.places import rooms
from pages.spec import PageSpec, Shown, Visit
from pages.view_now import last_day

BEFORE = later("the 28 days before")

log = logging.getLogger(__name__)

#: For people who are in no agency.
DEFAULT_BRAND = "#0f766e"


def screen(glances: Sequence[Glance], *, agencies: Sequence[str], may_create: bool = False) -> Component:
    """The page. `agencies`: names of the viewer's agencies, also those without a workspace."""
    if not glances:
        return nothing(agencies, may_create=may_create)
    names = list(dict.fromkeys(glance.agency for glance in glances))
    count = say("{n} workspaces", n=len(glances)) if len(glances) > 1 else say("1 workspace")
    where = say("in {n} agencies", n=len(names)) if len(names) > 1 else say("of {agency}", agency=names[0])
    told = say("{where}, last 28 days compared with {before}", where=f"{count} {where}", before=say(BEFORE))
    return html.Div(
        [
            title_row(say("Workspaces"), told),
            totals(total(glances)),
            search() if len(glances) > 1 else html.Span(),
            *[group(name, [g for g in glances if g.agency == name], headed=len(names) > 1) for name in names],
            html.P(
                say("No workspace has this in its name. Clear the search to see all."),
                id="workspace-none",
                className="dk-none dk-gone",
            ),
        ],
        className="dk-wrap",
    )


def totals(sums: Total) -> Component:
    """The header: four figures over all workspaces."""
    return html.Dl(
        [
            _figure(
                say("E-mails sent"),
                format.integer(sums.sent),
                delta(change(sums.sent, sums.sent_before), compared_with=say(BEFORE), effort=True),
                say("all workspaces"),
            ),
            _figure(
                say("Open rate"),
                format.percent(sums.opens.rate),
                None,
                _base(sums.opens, "e-mails", say("no e-mails yet")),
            ),
            _figure(
                say("Reply rate"),
                format.percent(sums.replies.rate),
                None,
                _base(sums.replies, "leads", say("no leads yet")),
            ),
            _figure(
                say("Positive replies"),
                format.integer(sums.positive.n),
                delta(change(sums.positive.n, sums.positive_before), compared_with=say(BEFORE)),
                say("{rate} of leads", rate=format.percent(sums.positive.rate)),
            ),
        ],
        className="dk-totals",
    )


def _figure(label: str, value: str, chip: Component | None, note: str) -> Component:
    return html.Div(
        [
            html.Dt(label),
            html.Dd(
                [html.Span(value, className="dk-num"), *([chip] if chip is not None else [])],
                className="dk-value",
            ),
            html.Dd(note, className="dk-quiet"),
        ],
        className="dk-figure",
    )


def _base(share: Share, unit: str, none: str) -> str:
    return f"{format.of_base(share.n, share.base)} {say(unit)}" if share.base else none


def search() -> Component:
    """Filters the rows in the browser (`assets/desk.js`); not a Dash input, since no server needs to know."""
    return html.Div(
        [
            html.Label(say("Find a workspace"), htmlFor="workspace-search", className="dk-sr"),
            dcc.Input(
                id="workspace-search",
                type="search",
                placeholder=say("Find a workspace"),
                className="dk-input",
                autoComplete="off",
            ),
        ],
        className="dk-search",
    )


def group(agency: str, glances: Sequence[Glance], *, headed: bool) -> Component:
    """One agency's workspaces as a table."""
    heads = [
        say("Workspace"),
        say("E-mails sent"),
        say("Per day"),
        say("Open rate"),
        say("Reply rate"),
        say("Positive replies"),
    ]
    return html.Section(
        [
            html.H2(agency, className="dk-group-name") if headed else html.Span(),
            html.Div(
                html.Table(
                    [
                        html.Caption(
                            say("Workspaces of {agency}, last 28 days", agency=agency), className="dk-sr"
                        ),
                        html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
                        html.Tbody([row(glance) for glance in glances]),
                    ],
                    className="dk-table dk-spaces",
                ),
                className="dk-card dk-flush",
            ),
        ],
        className="dk-group",
    )


def row(glance: Glance) -> Component:
    """One workspace. Its name is the link; the whole row is the target."""
    name = html.Th(
        [
            mark(glance.name),
            html.Span(
                [
                    link_to(glance.name, f"/w/{glance.slug}/analytics", "dk-row-link"),
                    html.Span(
                        [
                            *([] if glance.failed else [complete_to(glance.complete_to, held=glance.held)]),
                            html.Span(_zone(glance.timezone)),
                        ],
                        className="dk-row-note",
                    ),
                ],
                className="dk-row-name",
            ),
        ],
        scope="row",
    )
    if glance.failed or glance.empty:
        told = say("Connect a source to see figures here.")
        if glance.failed:
            told = say("Its figures cannot be read just now.")
        elif glance.held:
            told = say("Figures are held back until a check of them holds.")
        return html.Tr(
            [name, html.Td(told, colSpan=5, className="dk-row-empty")],
            **attributes({"data-name": glance.name.lower()}),
        )
    return html.Tr(
        [
            name,
            html.Td(
                [
                    html.Span(format.integer(glance.sent), className="dk-strong"),
                    delta(change(glance.sent, glance.sent_before), compared_with=say(BEFORE), effort=True),
                ],
                className="dk-cell-sent",
                **attributes({"data-label": say("E-mails sent")}),
            ),
            html.Td(sparkline(glance.days), className="dk-cell-spark"),
            _rate(say("Open rate"), glance.opens),
            _rate(say("Reply rate"), glance.replies),
            html.Td(
                [
                    html.Span(format.integer(glance.positive.n), className="dk-strong"),
                    html.Span(format.percent(glance.positive.rate), className="dk-quiet"),
                ],
                **attributes({"data-label": say("Positive replies")}),
            ),
        ],
        **attributes({"data-name": glance.name.lower()}),
    )


def _rate(label: str, share: Share) -> Component:
    return html.Td(
        [
            html.Span(format.percent(share.rate), className="dk-strong"),
            html.Span(format.of_base(share.n, share.base), className="dk-quiet"),
        ],
        **attributes({"data-label": label}),
    )


def _zone(timezone: str) -> str:
    return timezone.rpartition("/")[2].replace("_", " ")


def nothing(agencies: Sequence[str], *, may_create: bool) -> Component:
    """The empty state: what a workspace is and how to get the first one."""
    if may_create:
        text: list[Component | str] = [
            say(
                "A workspace holds one client's campaigns, figures and portal. Make one on the server, "
                "then connect its first source:"
            ),
            html.Pre(
                "vitrine workspace create 'Harbour Coffee' --timezone Europe/Madrid", className="dk-code"
            ),
        ]
    else:
        text = [say("Nobody has let you into a workspace yet. Ask the owner of your agency for access.")]
    return html.Div(
        [
            title_row(say("Workspaces"), ", ".join(agencies) or say("No agency yet")),
            html.Div(
                [
                    html.H2(
                        say("Create your first workspace") if may_create else say("No workspace to show")
                    ),
                    *[html.P(part) if isinstance(part, str) else part for part in text],
                ],
                className="dk-card dk-notice",
            ),
        ],
        className="dk-wrap",
    )


def layout(visit: Visit) -> Shown:
    """The home of the viewer, each figure read within the scope of what they may read."""
    with visit.services.reading() as session:
        found = rooms(session, visit.viewer)
    glances = [
        look(visit.services.lake, room.scope, workspace, room.agency.name)
        for room in found
        for workspace in room.workspaces
        if room.scope is not None
    ]
    brand = found[0].agency.brand if found else DEFAULT_BRAND
    may_create = any(allowed(visit.viewer, "workspace.create", room.agency.id) for room in found)
    content = screen(glances, agencies=[room.agency.name for room in found], may_create=may_create)
    return Shown(say("Workspaces"), html.Div([brand_style(brand), content]))


def look(lake: Lake, scope: Scope, workspace: Workspace, agency: str) -> Glance:
    """A workspace's figures for the 28 days that end today in its own time zone.

    What fails for one workspace (a damaged file) is logged and told in its row; NotInScope is not swallowed.
    """
    period = period_ending(now(), workspace.timezone, "28")
    whose = {
        "slug": workspace.slug,
        "name": workspace.name,
        "agency": agency,
        "timezone": workspace.timezone,
    }
    try:
        complete = last_day(query.state(lake, scope, workspace.id), workspace.timezone)
        return glance(
            **whose,
            complete_to=complete,
            answers=query.ask_all(lake, scope, workspace.id, questions(period)),
            held=complete is None and failures.stage_of(lake.engine, workspace.id) is not None,
        )
    except NotInScope:
        raise
    except Exception:
        log.exception("the figures of workspace %s cannot be read", workspace.id)
        return unreadable(**whose)


PAGE = PageSpec(name="home", path="/", layout=layout)
