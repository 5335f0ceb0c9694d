"""Dash components as HTML: what is in them is text, what they need a script for is refused."""

from __future__ import annotations

import dash_bootstrap_components as dbc
import pytest
from dash import dcc, html
from markupsafe import Markup

from dashapp.ui.desk.html_component import Html, attributes
from dashapp.ui.desk.static_html import NotStatic, static_html


def test_elements_as_react_writes_them() -> None:
    page = html.Div(
        [
            html.Label("Name", htmlFor="x", className="dk-sr"),
            html.Button(["A ", 7], type="button", disabled=True, hidden=False, n_clicks=3, tabIndex="-1"),
            html.Hr(),
            html.P("wide", style={"maxWidth": "3em"}, **attributes({"aria-label": "W", "data-nav": "1"})),
            None,
        ],
        id="page",
        className="dk-wrap",
    )
    assert static_html(page) == (
        '<div class="dk-wrap"><label class="dk-sr" for="x">Name</label>'
        '<button disabled tabindex="-1" type="button">A 7</button><hr>'
        '<p aria-label="W" data-nav="1" style="max-width:3em">wide</p></div>'
    )


def test_a_name_that_would_be_html_stays_text() -> None:
    evil = '"><img src=x onerror=alert(1)> id="tiles" {%scripts%}'
    found = static_html(html.Div([evil, Html(evil)], title=evil))
    assert "<img" not in found
    assert found.count("&lt;img") == 3


def test_ids_are_the_coming_page_s_but_a_drawing_keeps_what_it_refers_to() -> None:
    tile = Markup('<section data-tile="t1"><h2 id="t-t1">A</h2><linearGradient id="g-t1"/></section>')
    found = static_html(html.Div(Html(tile, id="tiles", className="dk-tiles", decorative=True), id="page"))
    assert found == (
        '<div><div class="dk-tiles" aria-hidden="true">'
        '<section data-first="t1"><h2>A</h2><linearGradient id="g-t1"/></section></div></div>'
    )


def test_what_is_not_seen_is_left_out_and_what_only_a_script_draws_is_refused() -> None:
    unseen = [
        dcc.Location(id="url"),
        dcc.Store(id="shown", data={"secret": 1}),
        dcc.Interval(id="live"),
        dcc.Input(type="hidden", name="csrf_token", value="t0ken"),
        dbc.Modal("closed", is_open=False),
    ]
    assert static_html(html.Div(unseen)) == "<div></div>"
    for drawn in (dcc.Graph(), dbc.Modal("open", is_open=True), dcc.Dropdown()):
        with pytest.raises(NotStatic):
            static_html(html.Div(drawn))
