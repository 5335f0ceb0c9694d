"""The agency home, `/`: one row for each workspace the viewer may enter, with its key figures."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashapp.access.policy import allowed
from dashapp.access.scopes import Entered, entered
from dashapp.access.workspaces import closed_to
from dashapp.agencies.look import only_workspace
from dashapp.db.base import now
from dashapp.db.tenants import DEFAULT_BRAND, Workspace
from dashapp.ui.desk.shell import link_to
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say
from data.lake.lake import Lake
from data.query.many import figures
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row
from pages.home.overview import Share, Total, WorkspaceOverview, period_to, questions, total
from pages.home.rows import BEFORE, Listed, body, listed, search, sent_delta, sorting

#: Disabled workspaces that are listed; nobody has as many.
MOST_CLOSED = 100


def screen(
    overviews: Sequence[WorkspaceOverview],
    *,
    agencies: Sequence[str],
    may_create: bool = False,
    page: Listed | None = None,
) -> Component:
    """The page. `agencies`: names of the viewer's agencies, also those without a workspace.

    `page`: the rows that are shown, the first ones where nothing is said. The totals are of all `overviews`.
    """
    if not overviews:
        return nothing(agencies, may_create=may_create)
    page = page or listed(overviews, {})
    names = list(dict.fromkeys(overview.agency for overview in overviews))
    count = (
        say("{n} workspaces", n=format.integer(len(overviews))) if len(overviews) > 1 else say("1 workspace")
    )
    where = say("in {n} agencies", n=len(names)) if len(names) > 1 else say("of {agency}", agency=names[0])
    if names == [""]:  # no agency manages them: there is nobody to name
        where = ""
    told = say(
        "{where}, last 28 days compared with {before}", where=f"{count} {where}".strip(), before=say(BEFORE)
    )
    return html.Div(
        [
            title_row(say("Workspaces"), told),
            totals(total(overviews)),
            html.Div([search(page), sorting(page)], className="dk-search-row")
            if len(overviews) > 1
            else html.Span(),
            body(page, headed=len(names) > 1),
        ],
        className="dk-wrap",
    )


def totals(sums: Total, before: Sequence[Component] = ()) -> Component:
    """The header: four figures over all workspaces, after those a page puts before them."""
    return html.Dl(
        [
            *before,
            figure(
                say("E-mails sent"),
                format.integer(sums.sent),
                sent_delta(sums.whole),
                say("all workspaces"),
            ),
            figure(
                say("Open rate"),
                format.percent(sums.opens.rate),
                None,
                _base(sums.opens, "e-mails", say("no e-mails yet")),
            ),
            figure(
                say("Reply rate"),
                format.percent(sums.replies.rate),
                None,
                _base(sums.replies, "leads", say("no leads yet")),
            ),
            figure(
                say("Positive replies"),
                format.integer(sums.positive.n),
                None,
                say("{rate} of leads", rate=format.percent(sums.positive.rate)),
            ),
        ],
        className="dk-totals dk-totals-more" if before else "dk-totals",
    )


def figure(label: str, value: str, chip: Component | None, note: str | list[Component | str]) -> Component:
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


def _base(share: Share, unit: str, none: str) -> str | list[Component | str]:
    """n and base with their unit, which is not broken at its hyphen."""
    if not share.base:
        return none
    return [f"{format.of_base(share.n, share.base)} ", html.Span(say(unit), className="dk-unbroken")]


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
        if (only := only_workspace(visit.viewer)) is not None:
            workspace = session.get_one(Workspace, only)
            if workspace.enabled:  # no list of one
                return Shown(workspace.name, html.Div(), go=f"/w/{workspace.slug}")
        found = entered(session, visit.viewer)
        closed = closed_to(session, visit.viewer)
    overviews = looks(visit.services.lake, found)
    agencies = [room.agency for room in found if room.agency is not None]
    brand = agencies[0].brand if agencies else DEFAULT_BRAND
    may_create = any(allowed(visit.viewer, "workspace.create", agency.id) for agency in agencies)
    page = listed(overviews, visit.search)
    content = screen(
        overviews, agencies=[agency.name for agency in agencies], may_create=may_create, page=page
    )
    wrong = page.far and visit.search.get("page", "1") != str(page.page)
    return Shown(
        say("Workspaces"),
        html.Div([brand_style(brand), content, *([disabled(closed)] if closed else [])]),
        corrected=page.address(page.page) if wrong else None,
    )


def disabled(workspaces: Sequence[Workspace]) -> Component:
    """The workspaces that are switched off, for who may switch them on."""
    rows = [
        html.Li(link_to(one.name, f"/w/{one.slug}/people", "dk-text-link"))
        for one in workspaces[:MOST_CLOSED]
    ]
    return html.Section(
        [html.H2(say("Disabled"), className="dk-group-name"), html.Ul(rows, className="dk-choices")],
        className="dk-wrap dk-closed",
    )


def looks(lake: Lake, found: Sequence[Entered]) -> list[WorkspaceOverview]:
    """Each workspace's figures for the 28 days that end today in its own time zone, agency by agency.

    What fails for one workspace (a damaged file) is logged and told in its row; NotInScope is not swallowed.
    """
    scopes = {key: scope for room in found for key, scope in room.scopes.items()}
    at = now()
    told = figures(lake, scopes, lambda today: questions(period_to(today)), at)
    return [
        WorkspaceOverview(
            place.slug,
            place.name,
            "" if room.agency is None else room.agency.name,
            place.timezone,
            told[place.id],
            at,
        )
        for room in found
        for place in room.workspaces
    ]


PAGE = PageSpec(name="home", path="/", layout=layout)
