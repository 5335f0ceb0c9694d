"""A link inside the desk."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import attributes


def link_to(
    children: Any, href: str, class_name: str, *, current: bool = False, title: str | None = None
) -> Component:
    """A link inside the desk: `assets/desk.js` moves without a reload. (`dcc.Link` takes no aria-current.)"""
    extra: dict[str, Any] = {"aria-current": "page"} if current else {}
    if title is not None:
        extra["title"] = title
    return html.A(children, href=href, className=class_name, **attributes({"data-nav": "1"}), **extra)
