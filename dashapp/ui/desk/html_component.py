"""`Html`: a Dash component without a build step that shows HTML rendered on the server.

Dash has no safe way to show server-rendered tiles and inline SVG. This one sets `innerHTML`, so it may only
be given `markupsafe.Markup`, which is what an autoescaping template returns: a plain string (a campaign's
name, a reply) is escaped first and shows as text. Its script is `assets/90_html.js`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from dash.development.base_component import Component
from markupsafe import escape


def attributes(values: dict[str, str]) -> dict[str, Any]:
    """`aria-…` and `data-…` attributes of a Dash element, given as `**attributes({…})`."""
    return dict(values)


class Html(Component):
    """A `div` (or `span`) holding `html`; plain strings are escaped.

    `tag`: "div" or "span". `decorative`: hidden from screen readers (icons beside a text).
    """

    _children_props: ClassVar[list[str]] = []
    _base_nodes: ClassVar[list[str]] = ["children"]
    _namespace = "vitrine_ui"
    _type = "Html"
    _prop_names: ClassVar[list[str]] = ["id", "html", "className", "tag", "decorative"]
    _valid_wildcard_attributes: ClassVar[list[str]] = []
    available_properties = _prop_names
    available_wildcard_properties: ClassVar[list[str]] = []

    def __init__(
        self,
        html: str = "",
        *,
        id: str | dict[str, Any] | None = None,  # Dash's own name for it
        className: str | None = None,
        tag: str = "div",
        decorative: bool = False,
    ) -> None:
        props: dict[str, Any] = {"html": str(escape(html)), "tag": tag}
        if id is not None:
            props["id"] = id
        if className is not None:
            props["className"] = className
        if decorative:
            props["decorative"] = True
        # What Dash's own constructor adds is checks of names it cannot know; for each it looks for a package called
        # `vitrine_ui` on the disk, which is not there: a millisecond for every icon of a page.
        for name, value in props.items():
            setattr(self, name, value)
