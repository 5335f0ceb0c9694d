"""The desk's frame: document, left rail, top bar with workspace switcher, theme and profile.

Pure functions of what they are given. What changes with the address (rail, switcher, page) is filled by
`callbacks/route.py`, so that a link inside the desk moves without a reload.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup

from dashapp.agencies.look import PRODUCT, Look
from dashapp.ui.desk import bundle, lean_scripts
from dashapp.ui.desk.html_component import Html, attributes
from dashapp.ui.desk.icons import PATHS, icon
from dashapp.ui.desk.links import link_to
from dashapp.ui.desk.profile import profile
from dashapp.ui.desk.rail import RailLink
from dashapp.ui.environment import FONT_FILE, render
from dashapp.ui.format import integer
from dashapp.ui.language.say import language, say, script_words, twelve_hours

#: From so many on the switcher has a field that finds one by its name.
SEARCHED_FROM = 6
#: Workspaces the switcher lists at most: more can neither be read nor scrolled through.
MOST_PLACES = 50


@dataclass(frozen=True)
class SwitcherEntry:
    """A workspace the viewer may enter, as the switcher shows it."""

    slug: str
    name: str
    agency: str


def document(assets: Path, prefix: str = "/assets/") -> str:
    """Dash's index page with our styles in the head: the theme is set before the first paint.

    Our script stands before Dash's, after what can be seen without any of them (`{%first%}`). A file's digest is in
    its address: a new version is fetched, an old one stays cached.
    """
    styles, scripts = (_address(assets, prefix, f"desk.bundle.{kind}") for kind in ("css", "js"))
    font = _address(assets, prefix, FONT_FILE)
    return f"""<!DOCTYPE html>
<html lang="{{%lang%}}" data-clock="{{%clock%}}" data-bs-theme="light">
<head>
{{%metas%}}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="vitrine-later" content="{_address(assets, prefix, "desk.later.bundle.js")}">
<meta name="vitrine-components" content="{lean_scripts.components_address()}">
<title>{{%title%}}</title>
<link rel="icon" href="{{%icon%}}">
<script>{theme_script(assets)}</script>
{{%css%}}
<link rel="stylesheet" href="{styles}">
<link rel="preload" href="{font}" as="font" type="font/woff2" crossorigin>
{{%words%}}
</head>
<body>
<a class="dk-skip" href="#page">{{%skip%}}</a>
{{%first%}}
{{%app_entry%}}
<div id="dk-announce" class="dk-sr" role="status" aria-live="polite"></div>
<div id="dk-toast" class="dk-toast dk-gone" role="alert"></div>
<footer class="dk-scripts">
<script src="{scripts}"></script>
{{%config%}}
{{%scripts%}}
{{%renderer%}}
</footer>
</body>
</html>"""


def theme_script(assets: Path) -> str:
    """The line that sets the theme; the policy of the desk's pages names it by its hash."""
    lines = (assets / "desk_theme.js").read_text(encoding="utf-8").splitlines()
    return "".join(line for line in lines if not line.startswith("//"))


def _address(assets: Path, prefix: str, name: str) -> str:
    return f"{prefix}{name}?v={blake2b(bundle.content(assets, name), digest_size=6).hexdigest()}"


def spoken(page: str, first: str = "", icon: str = "data:,") -> str:
    """The document in the reader's language, with what it shows before its scripts have run, and the tab's icon."""
    page = page.replace("{%clock%}", "12" if twelve_hours() else "24")
    filled = page.replace("{%lang%}", language()).replace("{%skip%}", say("Skip to content"))
    return filled.replace("{%words%}", script_words()).replace("{%icon%}", icon).replace("{%first%}", first)


def frame(
    *,
    email: str,
    name: str,
    csrf_token: str,
    rail: Any = (),
    place: Any = (),
    links: Any = (),
    page: Any = None,
    look: Look | None = None,
) -> Component:
    """The whole shell for a signed-in person, in their agency's `look` if they have one. `rail`, `place`, `links`
    (of the profile menu) and `page` are filled by the route callback."""
    return html.Div(
        [
            dcc.Location(id="url", refresh=False),
            dcc.Store(id="title"),
            html.Div(id="title-set", hidden=True),
            html.Div(navigation(rail, look), className="dk-rail"),
            html.Header(
                [
                    html.Div(place, id="place", className="dk-place"),
                    html.Span(className="dk-space"),
                    search_button(),
                    theme_toggle(),
                    profile(email=email, name=name, csrf_token=csrf_token, links=links),
                ],
                className="dk-top",
            ),
            html.Main(page or skeleton(), id="page", className="dk-page", tabIndex="-1"),
        ],
        className="dk-frame",
    )


def product(look: Look | None = None) -> Component:
    """The product's name, or the agency's with its logo; only the letter on narrow screens."""
    name = PRODUCT if look is None else look.name
    letter = html.Span(name[:1].upper(), className="dk-mark", **attributes({"aria-hidden": "true"}))
    if look is None or not look.logo:
        return html.Div([letter, html.Span(name)], className="dk-product")
    logo = html.Img(src=look.logo, alt="", className="dk-logo")
    return html.Div([letter, logo, html.Span(name)], className="dk-product dk-with-logo")


def navigation(links: Any = (), look: Look | None = None) -> Component:
    """The rail's landmark; its list is filled by the route callback."""
    return html.Nav(
        [product(look), html.Ul(list(links), id="rail")],
        className="dk-rail-in dk-nav",
        **attributes({"aria-label": say("Main")}),
    )


def skeleton() -> Component:
    """What stands while the page is fetched: frames of its size, so that nothing jumps."""
    return html.Div([html.Div(className="dk-bone") for _ in range(5)], className="dk-skeleton")


def search_button() -> Component:
    """Opens the search over everything (Ctrl-K, /); the dialog is `assets/desk_search.js`'s."""
    return html.Button(
        [icon("search"), html.Span(say("Search"), className="dk-search-label"), html.Kbd(say("Ctrl K"))],
        type="button",
        className="dk-search-open",
        **attributes({"aria-label": say("Search everywhere"), "data-search-open": "1"}),
    )


def theme_toggle() -> Component:
    """Light or dark; `assets/desk.js` keeps the choice in the browser."""
    return html.Button(
        [icon("moon", class_name="dk-when-light"), icon("sun", class_name="dk-when-dark")],
        type="button",
        className="dk-icon-button",
        title=say("Switch theme"),
        **attributes({"aria-label": say("Switch between light and dark"), "data-theme-toggle": "1"}),
    )


def menu_links(links: Sequence[RailLink]) -> list[Component]:
    """The entries of the profile menu that lead to pages."""
    return [
        link_to(
            [icon(entry.icon), html.Span(entry.label, className="dk-place-name")], entry.href, "dk-menu-item"
        )
        for entry in links
    ]


def switcher(
    places: Sequence[SwitcherEntry], count: int, current: str | None, screen: str = "dashboard"
) -> Html:
    """The workspace switcher; `current` is a slug, None on the agency's home; `count`: of all the viewer's.

    Workspaces are grouped by agency when the viewer is in several. It lists MOST_PLACES of them, the current one
    always: who has more searches on the home page. Of a single one only the name is shown. One piece of HTML, for
    it is on every page.
    """
    here = next((place for place in places if place.slug == current), None)
    if here is not None and count == 1:  # there is nowhere to switch to
        name = Markup(
            '<span class="dk-letter" aria-hidden="true">{}</span><span class="dk-place-name">{}</span>'
        )
        return Html(name.format(here.name[:1].upper(), here.name), className="dk-alone")
    listed = list(places[:MOST_PLACES])
    if here is not None and here not in listed:
        listed.append(here)
    agencies = list(dict.fromkeys(place.agency for place in listed))
    return Html(
        render(
            "ui/switcher.html",
            here=here,
            shown=here.name if here else say("All workspaces"),
            groups=[(agency, [one for one in listed if one.agency == agency]) for agency in agencies],
            screen="" if screen == "dashboard" else f"/{screen}",
            searched=count >= SEARCHED_FROM,
            left_out=integer(count - len(listed), language()) if count > len(listed) else "",
            icons=PATHS,
        )
    )


def mark(name: str) -> Component:
    """A small square with the first letter: tells workspaces apart in a list."""
    return html.Span(name[:1].upper(), className="dk-letter", **attributes({"aria-hidden": "true"}))


def notice(title: str, text: str, *, href: str = "/", label: str | None = None) -> Component:
    """A card that says what is so and what to do next (unknown page, nothing here yet, a refusal)."""
    return html.Div(
        [
            html.H1(title),
            html.P(text, className="dk-sub"),
            link_to(label or say("All workspaces"), href, "dk-button dk-button-main"),
        ],
        className="dk-card dk-notice",
    )
