"""A template shown without doing anything: cleaned here, and framed where no script runs and nothing is fetched.

The frame (`sandbox` without any permission, `srcdoc`) has no origin, no script, no form and no way out; what is
cleaned away here are all references to anywhere, so that even a picture asks nobody.
"""

from __future__ import annotations

import re
from typing import Final

import nh3
from markupsafe import Markup, escape

_TAGS: Final = {
    *(
        "p",
        "br",
        "div",
        "span",
        "strong",
        "b",
        "em",
        "i",
        "u",
        "s",
        "ul",
        "ol",
        "li",
        "blockquote",
        "hr",
        "a",
    ),
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "table",
        "thead",
        "tbody",
        "tr",
        "td",
        "th",
        "pre",
        "code",
        "small",
        "sub",
        "sup",
    ),
}
#: Values for a preview that names nobody.
_STYLE: Final = (
    "body{margin:16px;font:14px/1.55 system-ui,sans-serif;color:#1d2433;background:#fff;overflow-wrap:anywhere}"
    "a{color:inherit;text-decoration:underline}table{border-collapse:collapse;max-width:100%}"
)


def clean(body: str) -> str:
    """The template's HTML without scripts, styles, pictures, forms and addresses; plain text with its lines."""
    if not re.search(r"<[a-zA-Z!/]", body):
        return "".join(f"<p>{escape(part)}</p>" for part in re.split(r"\n\s*\n", body)).replace("\n", "<br>")
    return nh3.clean(
        body,
        tags=_TAGS,
        attributes={"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
        clean_content_tags={"script", "style", "title", "noscript"},
        link_rel=None,
    )


def document(body: str) -> Markup:
    """The whole document of the frame, for its `srcdoc`."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return Markup(
        '<!DOCTYPE html><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="{}"><style>{}</style><body>{}'
    ).format(policy, Markup(_STYLE), Markup(clean(body)))  # noqa: S704 - cleaned above
