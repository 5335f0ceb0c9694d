"""A workspace's analytics, `/w/<slug>/analytics`: one of its views, live; the controls are in the address."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.scopes import scope_for_workspace
from dashapp.access.viewer import Member, Viewer
from dashapp.crm.names import named
from dashapp.db.choices import chosen
from dashapp.sharing.opening import dress_of
from dashapp.tiles.periods import Complete
from dashapp.ui.desk.html_component import Html, attributes
from dashapp.ui.desk.icons import icon
from dashapp.ui.desk.shell import link_to
from dashapp.ui.language.say import language, say
from dashapp.ui.language.texts import words
from dashapp.views import store
from dashapp.views.phrases import tile_label
from dashapp.views.resolve import differs_sentence, problem_sentence
from dashapp.views.store import Shown as ShownView
from pages.analytics.current_view import CurrentView, explored, now_of
from pages.analytics.first_steps import first_steps
from pages.drilldown import cells
from pages.editor import page as editor
from pages.editor.context import context_at, view_id_of
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, complete_to, title_row
from pages.frame.reach import is_team, views_of
from pages.shares.new import share_button, share_dialog
from pages.tasks.dialogs import task_parts, timeline_stores
from pages.view_controls import view_menu
from pages.view_controls.controls import has_controls, kept_choice

#: How often an open page asks whether its data changed (ms). The answer is "no" without touching a mart.
LIVE_MS = 1000


@dataclass(frozen=True)
class Analytics:
    """What the page shows. `tiles` is the tile renderer's HTML; `shown` names the state of the data."""

    slug: str
    name: str
    span: str
    compared: str
    timezone: str
    complete_to: Complete | None
    tiles: Markup
    shown: str
    may_share: bool
    edit: str | None
    menu: Html
    controls: Html
    told: tuple[str, ...]
    brand: str
    agency: str
    #: Where the view can be had on A4, under these controls.
    paper: str
    excel: str
    #: Events came in, and a failed check holds their first figures back.
    held: bool = False
    #: Nothing ever came in; `connect`: where a source can be connected, for who may.
    starting: bool = False
    connect: str | None = None
    #: Events came in that are not counted: they wait, or a check of them failed.
    behind: bool = False
    #: The types of the view's tiles: some bring dialogs of their own.
    types: frozenset[str] = frozenset()


def screen(model: Analytics) -> Component:
    """The page."""
    sub = [html.Span(f"{model.span}, "), html.Span(model.compared)]
    if not model.compared:
        sub = [html.Span(model.span)]
    actions: list[Component] = [
        html.Span(
            complete_to(model.complete_to, model.timezone, held=model.held, behind=model.behind),
            id="fresh",
            className="dk-whole",
        ),
        html.A(
            [icon("download"), html.Span(say("PDF"))],
            href=model.paper,
            className="dk-button",
            **attributes({"data-wait": words(language())("preparing_file")}),
        ),
        html.A([icon("download"), html.Span(say("Excel"))], href=model.excel, className="dk-button"),
    ]
    if model.edit is not None:
        actions.append(edit_button(model.edit))
    if model.may_share:
        actions.append(share_button(say("Share")))
    return html.Div(
        [
            brand_style(model.brand),
            html.P(model.agency, className="dk-paper-head"),
            title_row(model.name, sub, actions),
            html.Div([model.menu, model.controls], className="dk-control-row"),
            *([told(model.told)] if model.told else []),
            *([first_steps(model.connect, may_share=model.may_share)] if model.starting else []),
            Html(model.tiles, id="tiles", className="dk-tiles"),
            html.P(
                say("Days and weeks are those of {timezone}.", timezone=model.timezone), className="dk-foot"
            ),
            dcc.Interval(id="live", interval=LIVE_MS),
            dcc.Store(id="shown", data=model.shown),
            dcc.Store(id="controls-chosen"),
            html.Div(id="controls-kept", hidden=True),
            *view_stores(),
            *cell_panel(),
            *(timeline_stores() if "timeline" in model.types else []),
            *(task_parts() if "tasks_due" in model.types else []),
            *([share_dialog(say("Share {name}", name=model.name))] if model.may_share else []),
        ],
        className="dk-wrap",
    )


def edit_button(address: str, class_name: str = "dk-button") -> Component:
    """To the editor; "" where the view is the shipped one, which is stored when editing begins."""
    shown = [icon("edit"), html.Span(say("Edit"))]
    if address:
        return link_to(shown, address, class_name, title=say("Edit this view"))
    return html.Button(
        shown,
        type="button",
        className=class_name,
        title=say("Edit this view"),
        **attributes({"data-view-act": "begin"}),
    )


def view_stores() -> list[Component]:
    """What the view menu's deeds travel in."""
    return [dcc.Store(id="view-act"), dcc.Store(id="view-acted"), html.Div(id="view-done", hidden=True)]


def cell_panel() -> list[Component]:
    """What a figure opens in, closed, and what its questions and answers travel in."""
    stores = [dcc.Store(id=f"cell-{name}") for name in ("asked", "answered", "file", "filed")]
    return [
        Html(cells.dialog()),
        *stores,
        html.Div(id="cell-done", hidden=True),
        html.Div(id="cell-saved", hidden=True),
    ]


def told(sentences: tuple[str, ...]) -> Component:
    """Where this workspace departs from its agency's template; folded away, as it is rarely the question."""
    count = say("1 tile differs") if len(sentences) == 1 else say("{n} tiles differ", n=len(sentences))
    return html.Details(
        [
            html.Summary(say("{count} from the agency’s template", count=count)),
            html.Ul([html.Li(sentence) for sentence in sentences]),
        ],
        className="dk-told",
    )


def layout(visit: Visit, slug: str) -> Shown:
    """The page of a workspace, or its view being edited; NotFound when it is not the viewer's."""
    lake = visit.services.lake
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug)
        if not has_controls(visit.search) and isinstance(visit.viewer, Member):
            # Defaults are written into the address too: whoever comes back to it finds what was seen there.
            left = kept_choice(chosen(session, visit.viewer.user_id, workspace.id))
            if left:
                return Shown(
                    say("{name} · Analytics", name=workspace.name), html.Div(), go=_with(visit, left)
                )
        if visit.search.get("edit"):
            context = context_at(lake, session, visit.viewer, visit.path, visit.search)
            view_id = view_id_of(visit.search) or store.default_view_id(session, workspace)
            if view_id is not None:
                return Shown(
                    say("{name} · Edit", name=workspace.name), editor.screen(session, context, view_id)
                )
        views_of(session, visit.viewer, workspace)  # the one that is shown is among them: read together
        state = now_of(lake, session, visit.viewer, workspace, scope, visit.search)
        model = model_of(visit, session, state)
    corrected = None
    if state.controls.problem or not has_controls(visit.search):
        corrected = f"{visit.path}?{urlencode(explored(state.controls, visit.search))}"
    return Shown(say("{name} · Analytics", name=workspace.name), screen(model), corrected=corrected)


def _with(visit: Visit, left: str) -> str:
    """The same address with the controls as they were left."""
    kept = urlencode({name: value for name, value in visit.search.items() if name in {"view", "edit"}})
    return f"{visit.path}?{kept}{'&' if kept else ''}{left}"


def model_of(visit: Visit, session: Session, state: CurrentView) -> Analytics:
    """The page's model."""
    workspace, page, stored = state.workspace, state.page, state.found.stored
    may_edit = allowed(visit.viewer, "view.edit", workspace.managing_agency_id, workspace.id)
    keep = {} if "view" not in visit.search else {"view": visit.search["view"]}
    names = view_menu.names_of(
        state.lake, state.scope, workspace.id, page, users=is_team(visit.viewer, workspace), seen=state.seen
    )
    said = {**state.controls.pairs, "view": stored.id, "edit": 1}
    dress = dress_of(workspace)
    said_as = urlencode(explored(state.controls, visit.search))
    edit = "" if stored.id is None else f"{visit.path}?{urlencode(said)}"
    return Analytics(
        slug=workspace.slug,
        name=workspace.name,
        span=page.period.dates(language()),
        compared=page.compared if page.ever else "",
        timezone=workspace.timezone,
        complete_to=state.complete_to,
        tiles=named(session, workspace.id, state.tiles()),
        shown=state.shown,
        may_share=allowed(visit.viewer, "share.manage", workspace.managing_agency_id, workspace.id),
        edit=edit if may_edit else None,
        menu=_menu(session, visit.viewer, state, visit.path, may_edit=may_edit),
        controls=view_menu.controls_bar(state.controls, page, visit.path, keep, names),
        told=_departures(state.found) if may_edit else (),
        brand=dress.brand,
        agency=dress.name,
        paper=f"/w/{workspace.slug}/analytics.pdf?{said_as}",
        excel=f"/w/{workspace.slug}/analytics.xlsx?{said_as}",
        held=page.held and not page.late,
        starting=page.starting,
        connect=page.connect,
        behind=page.behind is not None or page.late,
        types=frozenset(tile.type for tile in state.view.tiles),
    )


def _menu(session: Session, viewer: Viewer, state: CurrentView, path: str, *, may_edit: bool) -> Html:
    workspace, shown = state.workspace, state.found.stored
    views = views_of(session, viewer, workspace)
    starred = store.default_view_id(session, workspace)
    agencys = next((v.id for v in views if v.workspace_id is None and v.is_default), None)
    keep = {"period": state.controls.period, **state.controls.pairs}

    def group(own: bool) -> list[view_menu.Choice]:
        mine = [view for view in views if (view.workspace_id is not None) is own]
        return view_menu.choices(
            mine, shown.id, starred, path, keep, own_star=starred if starred != agencys else None
        )

    return view_menu.menu(
        state.view.name,
        shown.id,
        [(say("Only {name}", name=workspace.name), group(True)), (say("From the agency"), group(False))],
        may_edit=may_edit,
        may_rename=shown.workspace_id is not None,
    )


def _departures(found: ShownView) -> tuple[str, ...]:
    """One sentence a tile that is not as in the template, a hidden one, and what of the override is not used."""
    differing = [
        f"{tile_label(tile.placed, language())}: {differs_sentence(tile, language())}"
        for tile in found.resolved.tiles
        if tile.source != "template"
    ]
    hidden = [
        say("{tile}: hidden here.", tile=tile_label(tile, language())) for tile in found.resolved.hidden
    ]
    return (*differing, *hidden, *[problem_sentence(one, language()) for one in found.resolved.problems])


PAGE = PageSpec(name="analytics", path="/w/<slug>/analytics", layout=layout)
