"""A workspace's sources, `/w/<slug>/sources`: where its events come from, and a new one with its address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access.scopes import scope_for_workspace
from dashapp.db.base import now
from dashapp.db.tenants import Source, WatchedFile, Workspace
from dashapp.services import Services
from dashapp.sharing.opening import dress_of
from dashapp.sources.registry import awaits_key, source_path, sources_of
from dashapp.ui.desk.html_component import attributes
from dashapp.ui.language.say import say
from data.cubes.warehouse import READ_ERRORS
from data.intake import refusals, source_activity
from data.intake.source_activity import SourceActivity
from data.lake.lake import Lake
from data.marts.counting import DEFAULT, Counting
from data.query import assigning
from data.scope import Scope
from data.sources import sources
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row
from pages.sources import connect, counting, upload, watched_files
from pages.sources.listing import SourceRow, listing
from pages.sources.unattributed import SHOWN, Unattributed, section
from pages.sources.watched_files import Watched

#: How far back refused deliveries are told.
REFUSED_FOR = timedelta(days=7)
#: How far back activity is counted.
RECENT = timedelta(hours=24)


#: Files of the watched folder that are listed.
FILES = 10


@dataclass(frozen=True)
class Sources:
    """What the page shows. `providers`: (name, label) of every provider there is."""

    name: str
    timezone: str
    rows: Sequence[SourceRow]
    providers: Sequence[tuple[str, str]]
    #: What came in without a source: files and the command line.
    other: SourceActivity | None = None
    unattributed: Unattributed | None = None
    #: None where no folder is watched.
    watched: Watched | None = None
    #: By which rules its events are counted.
    counting: Counting = DEFAULT


def screen(model: Sources) -> Component:
    """The page."""
    return html.Div(
        [
            title_row(say("Sources"), say("{name} · where its events come from", name=model.name)),
            html.Div(listing(model.rows, model.other, model.timezone), id="sources-list"),
            html.Div(id="source-told", **attributes({"aria-live": "polite"})),
            dcc.Store(id="source-act"),
            *([] if model.unattributed is None else [section(model.unattributed)]),
            upload.section(model.timezone),
            connect.section(model.providers),
            *([] if model.watched is None else [watched_files.section(model.watched)]),
            counting.section(model.counting),
        ],
        className="dk-wrap dk-narrow",
    )


def changed(text: str, secret: str | None = None, url: str | None = None) -> Component:
    """What became of an action on a source. `secret`: a new one, shown this once; `url`: the address with it."""
    shown = [(say("Address"), url), (say("Secret, shown only now"), secret)]
    return html.Div(
        [
            html.P(text, className="dk-strong"),
            *(connect.to_copy(name, value) for name, value in shown if value),
        ],
        className="dk-made",
        role="status",
    )


def refused(why: str) -> Component:
    """One sentence about what was wrong with the input, in the reader's language."""
    return html.P(why, className="dk-problem", role="alert")


def layout(visit: Visit, slug: str) -> Shown:
    """The page of a workspace; NotFound for whoever may not manage sources: an address is a capability."""
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug, "source.manage")
        model = model_of(session, visit.services, workspace, scope)
        model = replace(model, unattributed=unattributed_of(visit.services.lake, scope, workspace))
        brand = dress_of(workspace).brand
    return Shown(say("{name} · Sources", name=model.name), html.Div([brand_style(brand), screen(model)]))


def model_of(session: Session, services: Services, workspace: Workspace, scope: Scope) -> Sources:
    """What the page shows of a workspace that the caller was let into."""
    known = sources()
    refused = refusals.by_source(session.connection(), workspace.id, now() - REFUSED_FOR)
    connected = sources_of(session, workspace)
    brought = activity_of(services.lake, scope, workspace, [source.id for source in connected])
    rows = [
        SourceRow(
            id=source.id,
            label=say(known[source.provider].label) if source.provider in known else source.provider,
            url=services.settings.public_url + source_path(services.settings, source),
            created_at=source.created_at,
            active=source.active,
            secret_label=connect.secret_label(source.provider) if _makes_secret(source) else "",
            awaits_key=awaits_key(services.settings, source),
            address_is_secret=source.key_is_secret,
            steps=known[source.provider].steps if source.provider in known else (),
            refused=refused.get(source.id, ()),
            activity=(brought or {}).get(source.id),
            known=brought is not None,
            old_secret_until=source.old_secret_until
            if source.old_secret_until and source.old_secret_until > now()
            else None,
        )
        for source in connected
    ]
    providers = sorted(
        ((name, say(source.label)) for name, source in known.items()), key=lambda item: item[1]
    )
    return Sources(
        workspace.name,
        workspace.timezone,
        rows,
        providers,
        (brought or {}).get(None),
        counting=Counting.of(workspace.counting),
        watched=watched_of(session, services, workspace),
    )


def watched_of(session: Session, services: Services, workspace: Workspace) -> Watched | None:
    """What was dropped for the workspace lately."""
    if services.settings.watched_folder is None:
        return None
    found = session.scalars(
        select(WatchedFile)
        .where(WatchedFile.workspace_id == workspace.id)
        .order_by(WatchedFile.seen_at.desc(), WatchedFile.id.desc())
        .limit(FILES)
    ).all()
    return Watched(workspace.slug, found, workspace.timezone)


def _makes_secret(source: Source) -> bool:
    known = sources().get(source.provider)
    return known is not None and known.makes_secret and not source.key_is_secret


def activity_of(
    lake: Lake, scope: Scope, workspace: Workspace, source_ids: Sequence[int]
) -> dict[int | None, SourceActivity] | None:
    """What each source brought; None where it cannot be read just now."""
    try:
        return source_activity.by_source(lake, scope, workspace.id, source_ids, now() - RECENT)
    except READ_ERRORS:
        return None


def unattributed_of(lake: Lake, scope: Scope, workspace: Workspace) -> Unattributed:
    """The workspace's replies that belong to no e-mail; none where the figures cannot be read just now."""
    try:
        found = assigning.listed(lake, scope, workspace.id)
    except READ_ERRORS:
        found = []
    return Unattributed(found[:SHOWN], len(found), workspace.timezone)


PAGE = PageSpec(name="sources", path="/w/<slug>/sources", layout=layout)
