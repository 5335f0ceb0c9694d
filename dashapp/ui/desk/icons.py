"""The desk's icons: 20×20 line drawings in the colour of the text beside them."""

from __future__ import annotations

from markupsafe import Markup

from dashapp.ui.desk.html_component import Html

PATHS = {
    "home": "M3 9.2 10 3.5l7 5.7M5 8v8.2h10V8M8.2 16.2v-4.4h3.6v4.4",
    "analytics": "M3.5 3.5v13h13M7 13V9.5M10.5 13V6M14 13v-2.5",
    "sources": (
        "M7.5 12.5l5-5M6 9.2 4.2 11a3.3 3.3 0 0 0 4.7 4.7l1.9-1.8"
        "M14 10.8l1.8-1.8a3.3 3.3 0 0 0-4.7-4.7L9.2 6.1"
    ),
    "share": "M10 12.5V3.2M6.6 6.4 10 3l3.4 3.4M5.5 9.5h-1v7h11v-7h-1",
    "chevrons": "M6.8 8 10 4.8 13.2 8M6.8 12l3.2 3.2 3.2-3.2",
    "check": "M4.5 10.5 8.2 14 15.5 6.2",
    "search": "M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l3.8 3.8",
    "moon": "M16.5 11.6A6.8 6.8 0 0 1 8.4 3.5a6.8 6.8 0 1 0 8.1 8.1Z",
    "sun": (
        "M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM10 2.4v1.7M10 15.9v1.7"
        "M2.4 10h1.7M15.9 10h1.7M4.6 4.6l1.2 1.2M14.2 14.2l1.2 1.2M15.4 4.6l-1.2 1.2M5.8 14.2l-1.2 1.2"
    ),
    "out": "M8 3.5H4.5v13H8M12.5 13.5 16 10l-3.5-3.5M16 10H8",
    "copy": "M7.5 7.5h8.5v8.5H7.5zM4 12.5V4h8.5",
    "open": "M11.5 3.5h5v5M16.5 3.5 9.5 10.5M14.5 11.5v5h-11v-11h5",
    "pause": "M7.2 4.5v11M12.8 4.5v11",
    "resume": "M6.5 4.2v11.6l9-5.8z",
    "revoke": "M4.5 6h11M8 6V3.8h4V6M6 6l.7 10.5h6.6L14 6",
    "plus": "M10 4.2v11.6M4.2 10h11.6",
    "back": "M11.8 4.5 6.3 10l5.5 5.5",
    "undo": "M7.2 5 3.8 8.4l3.4 3.4M4.2 8.4h7.6a4 4 0 0 1 0 8H8.5",
    "redo": "M12.8 5l3.4 3.4-3.4 3.4M15.8 8.4H8.2a4 4 0 0 0 0 8h3.3",
    "history": "M4.3 7.5A6.3 6.3 0 1 1 3.7 10M3.8 4v3.6h3.6M10 6.6V10l2.4 1.8",
    "lock": "M5 9h10v7H5zM7 9V6.8a3 3 0 0 1 6 0V9",
    "edit": "M4 16l.8-3.4 8.4-8.4a1.7 1.7 0 0 1 2.5 2.5L7.4 15.2 4 16Z",
    "star": "M10 3.4l2 4.2 4.6.6-3.4 3.2.9 4.6-4.1-2.3L5.9 16l.9-4.6L3.4 8.2 8 7.6Z",
    "views": "M3.5 4h5.5v6H3.5zM11 4h5.5v3.5H11zM11 9.5h5.5V16H11zM3.5 12h5.5v4H3.5z",
    "data": (
        "M4 5.5c0-1.4 2.7-2.3 6-2.3s6 .9 6 2.3-2.7 2.3-6 2.3-6-.9-6-2.3ZM4 5.5v9c0 1.4 2.7 2.3 6 2.3s6-.9 6-2.3v-9"
        "M4 10c0 1.4 2.7 2.3 6 2.3s6-.9 6-2.3"
    ),
    "calendar": "M4 5.5h12v11H4zM4 9h12M7.2 3.5v3.2M12.8 3.5v3.2",
    "filter": "M3.5 5.5h13M6 10h8M8.5 14.5h3",
    "download": "M10 3.5v9M6.6 9.4 10 12.8l3.4-3.4M4.5 16h11",
    "dashboard": "M3.5 3.5h5.5v7H3.5zM11 3.5h5.5v4H11zM11 9.5h5.5v7H11zM3.5 12.5h5.5v4H3.5z",
    "tasks": "M3.5 5.5 5 7l2.5-3M3.5 13.5 5 15l2.5-3M10 5.5h6.5M10 13.5h6.5",
    "help": "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM8 8a2 2 0 1 1 2.8 1.9c-.6.3-.8.7-.8 1.4M10 13.8v.1",
    "email": "M3 5h14v10H3zM3.5 5.5 10 11l6.5-5.5",
    "video": "M3 5.5h9.5v9H3zM12.5 9l4.5-2.5v7L12.5 11",
    "postcard": "M3 5h14v10H3zM13 7.5h2v2.5h-2zM5.5 9h4M5.5 11.5h4",
    "gift_card": "M3.5 8h13v8.5h-13zM10 8v8.5M3.5 11.5h13"
    "M10 8C7 8 5.5 6.7 6 5.2 6.6 3.5 9.3 4.2 10 8c.7-3.8 3.4-4.5 4-2.8.5 1.5-1 2.8-4 2.8Z",
    "handwritten_note": "M4 16l1-3.5 8.6-8.6a1.6 1.6 0 0 1 2.4 2.4L7.4 15 4 16ZM11 16.5h5.5",
    "phone": (
        "M6.5 3.5 8.3 7 6.6 8.7a9 9 0 0 0 4.7 4.7L13 11.7l3.5 1.8c0 1.7-1.2 3-2.8 3"
        "C8.6 16.5 3.5 11.4 3.5 6.3c0-1.6 1.3-2.8 3-2.8Z"
    ),
    "linkedin": "M4 8v8M4 4.5v.1M8 16V8M8 11.5c0-2 1.2-3.6 3.3-3.6S14.5 9.3 14.5 11.5V16",
    "other": "M4 4h12v12H4zM7 10.2l2 2 4-4.4",
    "more": "M5 10h.01M10 10h.01M15 10h.01",
    "people": (
        "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 16.5c0-2.8 2.2-4.7 5-4.7s5 1.9 5 4.7"
        "M13 4a2.8 2.8 0 0 1 0 5.3M14.5 12.2c1.8.6 3 2.2 3 4.3"
    ),
    "settings": (
        "M10 12.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2ZM10 3v2M10 15v2M3 10h2M15 10h2"
        "M5.1 5.1l1.4 1.4M13.5 13.5l1.4 1.4M14.9 5.1l-1.4 1.4M6.5 13.5l-1.4 1.4"
    ),
    "accounts": "M3.5 7h13v9.5h-13zM7 7V4.5h6V7M3.5 11h13",
    "contacts": (
        "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 16.5c0-3 2-4.8 5-4.8s5 1.8 5 4.8"
        "M13 4.2a2.7 2.7 0 0 1 0 5M14.5 12c1.9.5 3 2 3 4.3"
    ),
    "deals": "M3.5 4h3.6v12H3.5zM8.2 4h3.6v8H8.2zM12.9 4h3.6v5h-3.6z",
    "campaigns": "M4 6.5h8M4 10h8M4 13.5h5M14.5 5v10m0 0 2.5-2.5M14.5 15 12 12.5",
    "bell": (
        "M10 3.2a4.6 4.6 0 0 0-4.6 4.6c0 4-1.6 5.4-1.6 5.4h12.4s-1.6-1.4-1.6-5.4A4.6 4.6 0 0 0 10 3.2Z"
        "M8.4 16a1.8 1.8 0 0 0 3.2 0"
    ),
    "question": "M3.5 4.5h13v9h-6l-3.5 3v-3H3.5zM7 8h6M7 10.4h4",
    "none": "",
    "close": "M5.2 5.2l9.6 9.6M14.8 5.2l-9.6 9.6",
}


def icon(name: str, *, class_name: str = "") -> Html:
    """The icon `name`, hidden from screen readers: the control it stands in carries the text."""
    drawing = Markup(
        '<svg viewBox="0 0 20 20" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.6"'
        ' stroke-linecap="round" stroke-linejoin="round" focusable="false"><path d="{}"/></svg>'
    ).format(PATHS[name])
    return Html(drawing, tag="span", className=f"dk-icon {class_name}".strip(), decorative=True)
