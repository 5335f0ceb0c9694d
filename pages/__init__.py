"""The desk: what its pages show. `build` puts them and their callbacks into the Dash app."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).resolve().parent.parent / "assets"


def build(dash_app: Any, guard: Any, services: Any) -> None:
    """Give `dash_app` the document, the layout and, through `guard`, every callback module's `register`.

    The callbacks are found by walking their package: nothing is listed twice by hand.
    """
    from dashapp.ui.desk.shell import document
    from pages.frame.layout import layout

    dash_app.index_string = document(ASSETS)
    dash_app.title = "Vitrine"
    dash_app.layout = layout
    package = importlib.import_module("callbacks")
    for name in sorted(info.name for info in pkgutil.walk_packages(package.__path__, "callbacks.")):
        register = getattr(importlib.import_module(name), "register", None)
        if register is not None:
            register(guard, services)


def desk_paths() -> list[str]:
    """The path of every page, such as "/w/<slug>/analytics": any other address can so be a true 404."""
    from pages.frame.page_spec import desk_pages

    return [page.path for page in desk_pages().values()]


def desk_verbs() -> dict[str, str]:
    """By path what one must be allowed in the agency of its address (`?agency=`), for pages that say so."""
    from pages.frame.page_spec import desk_pages

    return {page.path: page.verb for page in desk_pages().values() if page.verb is not None}


def known(path: str) -> dict[str, str] | None:
    """The variables of the desk's page at `path`; None when there is no page."""
    from pages.frame.page_spec import page_at

    found = page_at(path)
    return None if found is None else found[1]
