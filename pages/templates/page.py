"""The agency's analytics, `/analytics`: its templates, shown with the figures of a workspace one chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.scopes import agencies_of, agency_for, agency_scope
from dashapp.db.reports import StoredView
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound
from dashapp.ui.desk.html_component import Html
from dashapp.ui.desk.shell import notice
from dashapp.ui.environment import render
from dashapp.ui.language.say import say
from dashapp.views import store
from dashapp.views.editing import rollout
from dashapp.views.schema import View, parse_view
from pages.analytics.page import cell_panel, edit_button, view_stores
from pages.editor import page as editor
from pages.editor.context import NOTHING, EditorContext, context_at, view_id_of
from pages.editor.reviews import stage_sentence
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row
from pages.view_controls import view_menu
from pages.view_controls.controls import read_controls


def layout(visit: Visit) -> Shown:
    """The templates of one of the viewer's agencies; NotFound where they may not edit any."""
    lake = visit.services.lake
    with visit.services.reading() as session:
        agency = agency_for(session, visit.viewer, _agency_slug(session, visit), "template.edit")
        try:
            _, workspaces, _ = agency_scope(session, visit.viewer, agency.slug)
        except NotFound:
            return Shown(
                say("{name} · Templates", name=agency.name),
                notice(
                    say("No workspace yet"),
                    say("A template is edited with the figures of a workspace: make the agency’s first one."),
                ),
            )
        search = {**visit.search, "agency": agency.slug}
        context = context_at(lake, session, visit.viewer, visit.path, search)
        views = store.list_templates(session, agency)
        stored = stored_at(views, visit.search)
        if stored is not None and visit.search.get("edit"):
            return Shown(say("{name} · Edit", name=agency.name), editor.screen(session, context, stored.id))
        content = screen(session, visit, context, workspaces, views, stored)
        controls = read_controls(visit.search)
        corrected = None
        if controls.problem:
            said = {**_kept(visit, context), "period": controls.period, **controls.pairs}
            corrected = f"{visit.path}?{urlencode(said)}"
    return Shown(say("{name} · Templates", name=agency.name), content, corrected=corrected)


def stored_at(views: Sequence[StoredView], search: Mapping[str, str]) -> StoredView | None:
    """The template the address names, else the first; None where there is none yet: the shipped one is shown."""
    view_id = view_id_of(search)
    stored = next((one for one in views if view_id is None or one.id == view_id), None)
    if stored is None and (view_id is not None or views):
        raise NotFound(NOTHING)
    return stored


def shown_view(stored: StoredView | None) -> View:
    """What the page shows of it."""
    return store.shipped_view() if stored is None else parse_view(stored.body)


def _agency_slug(session: Session, visit: Visit) -> str | None:
    """The agency the address names, else the first whose templates are the viewer's to edit."""
    if "agency" in visit.search:
        return visit.search["agency"]
    mine = (a for a in agencies_of(session, visit.viewer) if allowed(visit.viewer, "template.edit", a.id))
    return next((agency.slug for agency in mine), None)


def _shown(visit: Visit, context: EditorContext) -> EditorContext:
    preview = context.preview
    may_connect = allowed(visit.viewer, "source.manage", preview.managing_agency_id, preview.id)
    return context.opened(connect=f"/w/{preview.slug}/sources" if may_connect else None)


def _kept(visit: Visit, context: EditorContext) -> dict[str, str]:
    """What of the address stays when a control is chosen."""
    place = {"agency": context.templates_of.slug, "workspace": context.preview.slug}
    return place if "view" not in visit.search else {**place, "view": visit.search["view"]}


def screen(
    session: Session,
    visit: Visit,
    context: EditorContext,
    workspaces: Sequence[Workspace],
    views: Sequence[StoredView],
    stored: StoredView | None,
) -> Component:
    """The page of one template."""
    agency = context.templates_of
    view = shown_view(stored)
    kept = _kept(visit, context)
    keep = {name: value for name, value in kept.items() if name != "view"}
    controls = read_controls(visit.search)
    said = {**keep, "period": controls.period, **controls.pairs}
    starred = next((one.id for one in views if one.is_default), None)
    shown = None if stored is None else stored.id
    menu = view_menu.menu(
        view.name,
        shown,
        [
            (
                say("Templates of {name}", name=agency.name),
                view_menu.choices(views, shown, starred, visit.path, said),
            )
        ],
        may_edit=True,
        may_rename=stored is not None,
    )
    names = view_menu.names_of(context.lake, context.scope, context.preview.id, context.page)
    edit = "" if shown is None else f"{visit.path}?{urlencode({**keep, 'view': shown, 'edit': 1})}"
    count = say("its workspace") if len(workspaces) == 1 else say("its {n} workspaces", n=len(workspaces))
    return html.Div(
        [
            brand_style(agency.brand),
            title_row(
                say("{name} templates", name=agency.name),
                say(
                    "What you arrange here is live in {count}. Figures of {name}.",
                    count=count,
                    name=context.preview.name,
                ),
                [
                    preview_choice(visit, workspaces, context.preview, keep, shown),
                    edit_button(edit, "dk-button dk-button-main"),
                ],
            ),
            html.Div(
                [menu, view_menu.controls_bar(controls, context.page, visit.path, kept, names)],
                className="dk-control-row",
            ),
            *([rollout_bar(session, stored, agency)] if stored is not None else []),
            Html(_shown(visit, context).tiles(view), id="tiles", className="dk-tiles"),
            html.P(
                say("Days and weeks are those of {timezone}.", timezone=context.preview.timezone),
                className="dk-foot",
            ),
            *view_stores(),
            *cell_panel(),
        ],
        className="dk-wrap",
    )


def preview_choice(
    visit: Visit, workspaces: Sequence[Workspace], chosen: Workspace, keep: dict[str, str], view: int | None
) -> Component:
    """Whose figures fill the preview."""
    kept = keep if view is None else {**keep, "view": str(view)}
    options = [
        {
            "href": f"{visit.path}?{urlencode({**kept, 'workspace': one.slug})}",
            "name": one.name,
            "chosen": one.id == chosen.id,
        }
        for one in workspaces
    ]
    return Html(render("ui/preview_choice.html", options=options), id="preview-choice")


def rollout_bar(session: Session, stored: StoredView, agency: Agency) -> Component:
    """How far a staged version has come, with the ways on and back; nothing when all have it."""
    stage = rollout.stage_of(session, stored)
    if stage is None:
        return html.Span()
    return Html(
        render(
            "ui/rollout_bar.html",
            told=stage_sentence(stage),
            waiting=stage.waiting,
            view_id=stored.id,
            agency=agency.name,
        ),
        id="rollout",
    )


PAGE = PageSpec(name="templates", path="/analytics", layout=layout)
