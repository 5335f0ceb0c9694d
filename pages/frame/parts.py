"""Small parts several desk pages share: the delta chip, the sparkline, the title row, the button that copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component
from markupsafe import Markup

from dashapp.tiles.frame import complete_words
from dashapp.tiles.periods import Complete
from dashapp.ui import charts
from dashapp.ui.brand import brand_css
from dashapp.ui.desk.html_component import Html, attributes
from dashapp.ui.desk.icons import icon
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import language, say, twelve_hours

#: Below this a change is told as level (|delta| < 1 %).
LEVEL = 0.01


def delta(relative: float | None, *, compared_with: str, effort: bool = False, why: str = "") -> Component:
    """A chip of arrow, sign and number; its colour says good or bad, more is good here.

    `effort`: what was put in, such as e-mails sent: neither good nor bad, the chip is always neutral.
    `why`: why there is nothing to compare with.
    """
    if relative is None:
        return html.Span(why, className="dk-quiet dk-nodelta")
    if abs(relative) < LEVEL:
        kind, arrow, said = "flat", "", say("level")
    elif relative > 0:
        kind, arrow, said = "good", "↑", say("up")
    else:
        kind, arrow, said = "bad", "↓", say("down")
    kind = "flat" if effort else kind
    return html.Span(
        [
            html.Span(arrow, **attributes({"aria-hidden": "true"})),
            html.Span(f"{said} ", className="dk-sr"),
            format.signed_percent(relative),
            html.Span(" " + say("against {before}", before=compared_with), className="dk-sr"),
        ],
        className=f"dk-chip dk-{kind}",
    )


def sparkline(values: Sequence[int]) -> Component:
    """The shape of the days, for the eye only: the figures stand beside it."""
    line, area, _ = charts.sparkline(values)
    if not line:
        return html.Span("–", className="dk-quiet", **attributes({"aria-hidden": "true"}))
    drawing = Markup(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" focusable="false">'
        '<path class="dk-spark-area" d="{}"/><path class="dk-spark-line" d="{}"/></svg>'
    ).format(charts.BOX_WIDTH, charts.BOX_HEIGHT, area, line)
    return Html(drawing, className="dk-spark", decorative=True)


def complete_to(
    complete: Complete | None, timezone: str, *, held: bool = False, behind: bool = False
) -> Component:
    """The "data complete to" mark of a page. `held`: events came, and a check holds their first figures back;
    `behind`: events came that are not counted."""
    if complete is None and held:
        words = say("Figures are held back: a check failed")
        return html.Span(words, className="dk-fresh dk-fresh-none")
    if behind:
        words = say("Events are being counted")
        if complete is not None:
            last = format.day(complete.day)
            if complete.until is not None:
                last = format.moment(complete.until, timezone)
            words = say("As of {when}; newer events are not counted yet", when=last)
        return html.Span(words, className="dk-fresh dk-fresh-stale")
    if complete is None:
        return html.Span(say("No data yet"), className="dk-fresh dk-fresh-none")
    return html.Span(
        complete_words(complete, timezone, language(), twelve=twelve_hours()), className="dk-fresh"
    )


def title_row(
    title: str, sub: Sequence[Component] | str, actions: Sequence[Component] = (), *, class_name: str = ""
) -> Component:
    """The page's h1 with what it covers, and its actions at the right."""
    return html.Div(
        [
            html.Div(
                [html.H1(title), html.P(sub if isinstance(sub, str) else list(sub), className="dk-sub")],
                className="dk-title-text",
            ),
            html.Div(list(actions), className="dk-actions"),
        ],
        className=f"dk-title {class_name}".strip(),
    )


def brand_style(colour: str) -> Component:
    """The agency's colour for the page, as in its portals. `brand_css` lets nothing but a colour through."""
    style = Markup(brand_css(colour))  # noqa: S704 - made of a checked colour and nothing else
    return Html(Markup("<style>{}</style>").format(style), decorative=True)


def copy_button(text: str, *, main: bool = False, id: str | None = None) -> Component:
    """Copies `text` in the browser (`assets/desk.js`) and says "Copied" for two seconds."""
    named: dict[str, Any] = {"id": id} if id else {}
    return html.Button(
        [
            html.Span([icon("copy"), say("Copy")], className="dk-before"),
            html.Span([icon("check"), say("Copied")], className="dk-after"),
        ],
        type="button",
        className="dk-button dk-copy dk-button-main" if main else "dk-button dk-copy",
        **attributes({"data-copy": text}),
        **named,
    )
