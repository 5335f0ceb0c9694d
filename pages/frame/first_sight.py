"""The page as static HTML in the document, shown before any script has run; it cannot be used yet.

A phone has the tiles one round trip after its request, instead of after Dash was fetched, has started and has
made three more requests. The real page is rendered behind it and replaces it in one frame (`assets/desk.js`). It
is `inert`: not read out twice, not focused, not clicked before anything would react.
"""

from __future__ import annotations

import logging

from flask import request
from markupsafe import Markup

from dashapp.access.viewer import Member, Viewer
from dashapp.agencies.look import look_of
from dashapp.errors import NotFound
from dashapp.services import Services
from dashapp.ui.desk import shell
from dashapp.ui.desk.rail import rail
from dashapp.ui.desk.static_html import NotStatic, static_html
from dashapp.ui.language.say import language
from data.errors import NotInScope
from pages.frame.navigation import agency_workspaces, profile_links, switcher, waiting
from pages.frame.page_spec import Visit, page_at, query_of
from pages.frame.sections import rail_links

log = logging.getLogger(__name__)
#: The pages that are mainly read, by name. The others are worked with, and wait for their scripts anyway.
LOOKED_AT = frozenset({"analytics", "dashboard"})


def first_sight(services: Services, viewer: Viewer) -> Markup:
    """The page of this request for its viewer; empty for every other page, and where it is not available."""
    if not isinstance(viewer, Member):
        return Markup("")
    try:
        return _first_sight(services, viewer, request.path, request.query_string.decode("utf-8", "replace"))
    except (NotFound, NotInScope, NotStatic):
        return Markup("")  # Dash says it, or draws it
    except Exception:
        log.exception("the first sight of %s could not be made; Dash draws the page", request.path)
        return Markup("")


def _first_sight(services: Services, viewer: Member, path: str, search: str) -> Markup:
    found = page_at(path)
    asked = query_of(search)
    if found is None or found[0].name not in LOOKED_AT or asked.get("edit"):
        return Markup("")
    page, variables = found
    shown = page.layout(Visit(services, viewer, path, asked, language()), **variables)
    if shown.go is not None:
        return Markup("")
    slug = variables.get("slug")
    with services.reading() as session:
        known = agency_workspaces(session, viewer, slug)
        wait = waiting(session, viewer, known, slug)
        entries = rail(rail_links(viewer, known, slug, page.name, asked.get("agency"), wait))
        place = switcher(known, slug, page.name)
        links = profile_links(session, viewer, known, slug)
        look = look_of(session, viewer)
    frame = shell.frame(
        email=viewer.email,
        name=viewer.name,
        csrf_token="",
        rail=entries,
        place=place,
        links=links,
        page=shown.content,
        look=look,
    )
    return Markup('<div class="dk-first" inert>{}</div>').format(static_html(frame))
