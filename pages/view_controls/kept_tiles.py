"""The tiles of a view as HTML, kept as long as nothing they depend on has changed."""

from __future__ import annotations

from markupsafe import Markup

from dashapp.tiles.base import Page, page_key
from dashapp.tiles.render import Prepared
from dashapp.ui.environment import build_digest
from dashapp.views.schema import View, fingerprint
from data.lake.lake import Lake
from data.query import ask as query
from data.query.page_cache import kept_page
from data.query.snapshot import WorkspaceSnapshot
from data.scope import Scope


def kept_tiles(
    lake: Lake, scope: Scope, workspace_id: int, seen: WorkspaceSnapshot, view: View, page: Page
) -> Markup:
    """The tiles from memory, or rendered now; a rendering in which a tile failed is not kept."""
    prepared = Prepared(view, page)

    def make() -> tuple[str, bool]:
        html = prepared.html(lambda queries: query.ask_all(lake, scope, workspace_id, queries, seen))
        return html, prepared.whole

    shown = (fingerprint(view), *page_key(page), build_digest())
    html = kept_page(lake, scope, workspace_id, prepared.queries.values(), shown, make, seen)
    return Markup(html)  # noqa: S704 - rendered by `make`
