"""Dash components as the HTML that React would make of them, for what is shown before React is there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from dash.development.base_component import Component
from markupsafe import Markup, escape

from dashapp.ui.desk.html_component import Html

#: What nothing of is seen: state, clocks, fields that carry a form's token, dialogs that are closed.
_UNSEEN: Final = frozenset({"Location", "Store", "Interval"})
_VOID: Final = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})
_NAMES: Final = {"className": "class", "htmlFor": "for"}
#: Ids are those of the page that comes; only what a drawing refers to itself (its hatch and gradient) stays.
_ID = re.compile(r' id="(?!g-|h-)[^"<>]*"')
_TILE = re.compile(r' data-tile="')


class NotStatic(Exception):
    """A component that only its own script can draw."""


def static_html(component: Any) -> Markup:
    """The component and what is in it, without ids. Raises NotStatic."""
    found = _TILE.sub(' data-first="', _ID.sub("", "".join(_pieces(component))))
    return Markup(found)  # noqa: S704 - every text was escaped, every piece of HTML is our templates'


def _pieces(node: Any) -> Iterable[str]:
    if node is None or isinstance(node, bool):
        return
    if isinstance(node, (str, int, float)):
        yield str(escape(node))
    elif isinstance(node, (list, tuple)):
        for one in node:
            yield from _pieces(one)
    elif isinstance(node, Html):
        yield from _html(node)
    elif isinstance(node, Component):
        yield from _element(node)
    else:
        raise NotStatic(type(node).__name__)


def _html(node: Html) -> Iterable[str]:
    props = node.to_plotly_json()["props"]
    tag = "span" if props.get("tag") == "span" else "div"
    css = f' class="{escape(props["className"])}"' if props.get("className") else ""
    hidden = ' aria-hidden="true"' if props.get("decorative") else ""
    yield f"<{tag}{css}{hidden}>{props['html']}</{tag}>"


def _element(node: Component) -> Iterable[str]:
    described = node.to_plotly_json()
    kind, props = described["type"], described["props"]
    if described["namespace"] != "dash_html_components":
        unseen = (
            kind in _UNSEEN or props.get("type") == "hidden" or (kind == "Modal" and not props.get("is_open"))
        )
        if not unseen:
            raise NotStatic(kind)
        return
    tag = kind.lower()
    yield f"<{tag}{''.join(_attributes(props))}>"
    if tag not in _VOID:
        yield from _pieces(props.get("children"))
        yield f"</{tag}>"


def _attributes(props: dict[str, Any]) -> Iterable[str]:
    for name, value in sorted(props.items()):  # Dash's own order differs from process to process
        if name in {"children", "id", "n_clicks", "key"} or value is None or value is False:
            continue
        if name == "style":
            value = ";".join(f"{_dashed(key)}:{one}" for key, one in value.items())
        written = _NAMES.get(name, name.lower())
        yield f" {written}" if value is True else f' {written}="{escape(value)}"'


def _dashed(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: "-" + found[0].lower(), name)
