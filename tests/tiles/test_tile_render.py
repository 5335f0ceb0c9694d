"""The grid: placement, escaping, states, and one tile's failure staying its own."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest

from dashapp.tiles.base import Page, page_for
from dashapp.tiles.registry import own_title, tile_types
from dashapp.tiles.render import render_tile, render_view
from dashapp.ui.environment import unbroken
from dashapp.views.schema import Placed, View
from dashapp.views.store import shipped_view
from data.errors import NotInScope
from data.query.ask import Query
from tests.tiles.canned import AS_OF, answers, nothing

Answers = dict[str, dict[str, Any]]
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def page(period: str = "28", lang: str = "en") -> Page:
    return page_for("Harbour Coffee", "Europe/Madrid", AS_OF, period=period, lang=lang)


class _Balance(HTMLParser):
    """Every element that opens closes, in order; ids are unique."""

    VOID = frozenset({"img", "input", "meta", "link", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs), (tag, attrs)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(html: str) -> None:
    """Well-formed, no script, no inline style, no event handler, no id twice."""
    parser = _Balance()
    parser.feed(html)
    assert parser.open == []
    assert len(parser.ids) == len(set(parser.ids))
    assert "<script" not in html


@pytest.mark.parametrize("period", ["7", "28", "90"])
@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("data", [answers, nothing])
def test_the_default_view_renders_in_every_state(period: str, lang: str, data: Any) -> None:
    html = render_view(shipped_view(), page(period, lang), data)
    check(html)
    assert "is-failed" not in html
    assert html.count("<section") == 9


def test_tiles_stand_in_saved_order_with_their_spans() -> None:
    view = View(
        name="Two",
        tiles=[
            Placed(id="below", type="cohort", x=0, y=2, w=12, h=4),
            Placed(id="right", type="kpi", x=3, y=0, w=3, h=2),
            Placed(id="left", type="kpi", x=0, y=0, w=3, h=2),
        ],
    )
    html = render_view(view, page(), answers)
    assert re.findall(r'data-tile="(\w+)"', html) == ["left", "right", "below"]
    assert re.findall(r'class="tile (\w+ w\d+ h\d)', html) == ["kpi w3 h2", "kpi w3 h2", "cohort w12 h4"]


def test_equal_queries_are_asked_once_and_together() -> None:
    calls: list[int] = []

    def count(queries: dict[str, Query]) -> Answers:
        calls.append(len(queries))
        return answers(queries)

    render_view(shipped_view(), page(), count)
    # sent 2 · open by day 2 (KPI and trend share them) · reply, positive 4 · campaigns 3 · week 1 · cohort
    assert calls == [13]


def test_a_hostile_campaign_name_is_text() -> None:
    def hostile(queries: Mapping[str, Query]) -> Answers:
        found = answers(queries)
        for answer in found.values():
            for group in answer.get("groups", []):
                if answer["by"] == "campaign":
                    group["key"] = HOSTILE
        return found

    html = render_view(shipped_view(), page(), hostile)
    check(html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<img" not in html


def test_a_hostile_title_is_text() -> None:
    placed = Placed(id="one", type="trend", x=0, y=0, w=8, h=3, title=HOSTILE)
    html = render_tile(placed, page(), answers)
    check(html)
    assert "<img" not in html


def test_a_failing_tile_stays_alone(caplog: pytest.LogCaptureFixture) -> None:
    def broken(queries: dict[str, Query]) -> Answers:
        if any(query.name == "week1" for query in queries.values()):
            raise RuntimeError("the week is gone")
        return answers(queries)

    with caplog.at_level(logging.ERROR):
        html = render_view(shipped_view(), page(), broken)
    check(html)
    assert html.count("is-failed") == 1
    assert "Could not load this tile." in html
    assert "the week is gone" not in html
    assert "tile week1 (week1) failed" in caplog.text


def test_an_answer_of_the_wrong_form_fails_its_tile_only() -> None:
    def odd(queries: dict[str, Query]) -> Answers:
        found = answers(queries)
        for answer in found.values():
            if answer["name"] == "cohort":
                answer["rows"] = [{"nonsense": 1}]
        return found

    assert render_view(shipped_view(), page(), odd).count("is-failed") == 1


def test_out_of_scope_is_never_a_tile_state() -> None:
    def stranger(queries: dict[str, Query]) -> Answers:
        raise NotInScope("There is no such workspace.")

    with pytest.raises(NotInScope):
        render_view(shipped_view(), page(), stranger)


def test_rates_stand_with_their_base_and_cohorts_are_a_real_table() -> None:
    html = render_view(shipped_view(), page(), answers)
    assert re.search(r"[\d,]+ of [\d,]+ e-mails ·\u00a012 untracked", html)
    assert re.search(r"[\d,]+ of [\d,]+ leads", html)
    table = html[html.index('<table class="coh">') :]
    assert table.count('<th scope="row">') == 12
    _, *rows = re.findall("<tr>.*?</tr>", table, re.S)
    for row in rows:  # all are as wide, the weeks to come in one cell
        spans = re.findall(r'colspan="(\d+)"><span class="sr">not yet</span>', row)
        assert len(spans) <= 1
        assert row.count("<td") - len(spans) + sum(map(int, spans)) == 13
    assert 'class="scroll" tabindex="0" role="group" aria-labelledby="t-cohort"' in html
    assert html.count("How is this counted?</h3>") == 9


@pytest.mark.parametrize("name", sorted(tile_types()))
@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("data", [answers, nothing])
def test_a_tile_is_called_by_the_title_it_shows(name: str, lang: str, data: Any) -> None:
    """Lists and dialogs have no answers: the options alone give the title the tile has."""
    about = tile_types()[name].about
    for options in ({}, dict(about.options) if about else {}):
        placed = Placed(id="one", type=name, x=0, y=0, w=12, h=8, options=options)
        html = render_tile(placed, page(lang=lang), data)
        assert f'<h2 id="t-one">{unbroken(own_title(name, options, lang))}</h2>' in html
        assert "is-failed" not in html


def test_no_line_of_a_title_ends_within_the_word_e_mail() -> None:
    """And what people called their tile stays text."""
    title = "<b>E-Mails</b> & Kunden-E-Mail"
    placed = Placed(id="one", type="kpi", x=0, y=0, w=2, h=2, options={"metric": "sent"}, title=title)
    assert (
        '<h2 id="t-one">&lt;b&gt;<span class="nb">E-Mails</span>&lt;/b&gt; &amp; '
        'Kunden-<span class="nb">E-Mail</span></h2>'
    ) in render_tile(placed, page(lang="de"), answers)


def test_a_failed_tile_keeps_its_title(caplog: pytest.LogCaptureFixture) -> None:
    def away(_queries: Any) -> Any:
        raise RuntimeError("away")

    placed = Placed(id="one", type="kpi", x=0, y=0, w=3, h=2, options={"metric": "reply"})
    assert "Reply rate" in render_tile(placed, page(), away)
