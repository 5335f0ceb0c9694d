"""A view being edited, on `/w/<slug>/analytics?edit=1` and, for an agency's templates, `/analytics?edit=1`."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashapp.db.tenants import DEFAULT_BRAND
from dashapp.tiles.gallery import least
from dashapp.tiles.registry import tile_types
from dashapp.ui.desk.html_component import Html
from dashapp.ui.desk.icons import PATHS
from dashapp.ui.environment import asset_url, render
from dashapp.ui.language.say import language, say
from dashapp.ui.language.spoken import moment
from dashapp.views import store
from dashapp.views.editing import drafts as editing
from dashapp.views.editing.drafts import Editing
from dashapp.views.phrases import type_label
from pages.editor.answers import Answer, as_json, kind_of, standing, target_at
from pages.editor.context import EditorContext
from pages.editor.reviews import place_name
from pages.frame.parts import brand_style, title_row
from pages.view_controls.view_menu import shown_name

#: Fetched when editing begins, in this order.
SCRIPTS = (
    "vendor/gridstack/gridstack-all.js",
    "editor_grid.js",
    "editor_panel.js",
    "editor_dialogs.js",
    "editor.js",
)
STYLES = ("vendor/gridstack/gridstack.min.css", "editor.css")


def screen(session: Session, context: EditorContext, view_id: int) -> Component:
    """The editor over one view; NotFound when it is not one of the context's place."""
    found = target_at(session, context, view_id)
    open_now = editing.open_editing(session, found)
    kind = kind_of(found, context)
    held = standing(context, open_now.resolved)
    told = draft_sentence(open_now, context)
    shell = render(
        "ui/editor.html",
        kind=kind,
        name=open_now.view.name,
        where=place_name(context),
        preview=context.preview.name,
        done=done_address(context, view_id),
        told=told,
        has_draft=open_now.has_draft,
        view_locked=open_now.view.locked,
        differs=any(mark["differs"] for mark in held["marks"].values()) or bool(held["hidden"]),
        is_empty=not open_now.view.tiles,
        starters=starters(),
        tiles=context.tiles(open_now.view),
        icons=PATHS,
    )
    model = {
        "view_id": view_id,
        "kind": kind,
        "view": as_json(open_now.view),
        "base": open_now.base,
        "told": told,
        "kinds": {
            name: {"label": type_label(name, language()), "least": least(name)} for name in tile_types()
        },
        "scripts": [asset_url(name) for name in SCRIPTS],
        "styles": [asset_url(name) for name in STYLES],
        **held,
    }
    return html.Div(
        [
            brand_style(DEFAULT_BRAND if context.agency is None else context.agency.brand),
            title_row(shown_name(open_now.view.name), say("{name} · editing", name=place_name(context))),
            Html(shell, id="editor"),
            dcc.Store(id="editor-model", data=model),
            dcc.Store(id="editor-ask"),
            dcc.Store(id="editor-asked"),
            dcc.Store(id="editor-act"),
            dcc.Store(id="editor-acted"),
            html.Div(id="editor-started", hidden=True),
            html.Div(id="editor-heard", hidden=True),
            html.Div(id="editor-done", hidden=True),
        ],
        className="dk-wrap dk-editing",
    )


def done_address(context: EditorContext, view_id: int) -> str:
    """Where the view stands when it is not edited."""
    return f"{context.path}{urlencode({'view': view_id})}"


def draft_sentence(open_now: Editing, context: EditorContext) -> str:
    """Whether one begins at the published version or at a draft, and whose."""
    if not open_now.has_draft:
        return say("No changes yet")
    at = "" if open_now.draft_at is None else f", {moment(open_now.draft_at, context.preview.timezone)}"
    return say("Draft of {name}", name=open_now.draft_by or say("somebody")) + at


def starters() -> list[Answer]:
    """The beginnings an empty view offers, each with the outline of its tiles."""
    return [
        {
            "key": start.key,
            "name": say(start.view.name),
            "told": say("{n} tiles", n=len(start.view.tiles)),
            "boxes": [{"x": t.x, "y": t.y, "w": t.w, "h": t.h} for t in start.view.tiles],
        }
        for start in store.starters()
    ]
