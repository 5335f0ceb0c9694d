"""Every tile type over a real lake: none fails, and what they show is what `data.query.ask.ask` says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashapp.tiles.base import Page, page_for
from dashapp.tiles.frame import page_of
from dashapp.tiles.registry import tile_types
from dashapp.tiles.render import render_tile, render_view
from dashapp.tiles.table import figures_of
from dashapp.ui.format import integer, of_base, percent
from dashapp.ui.language.texts import has_words
from dashapp.views.schema import Placed, View
from dashapp.views.store import shipped_view
from dashapp.web.styleguide import samples
from data.cubes.warehouse import Warehouse
from data.plans import load as plans
from data.query import ask as questions
from data.query.ask import Query, ask, ask_all
from data.query.forecasts import snapshot_forecast
from data.scope import Scope
from tests.support.product import Product

#: Monday noon, so that the week of the cohorts has just begun.
NOW = datetime(2026, 10, 26, 11, 0, tzinfo=UTC)
ALICE, BOB = "alice@north.example", "bob@north.example"
SITE = "https://harbour.example/menu"
#: Only Charlie's workspace has this campaign, with far more of everything.
CANARY = "ZZZ-LEAK-CANARY"
#: A note says nothing on its own; everything else is shown as it is without a choice.
CHOSEN: dict[str, dict[str, Any]] = {"note": {"text": "Worth a look."}}


def _story(prefix: str, messages: int, campaigns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Three e-mails a day: of every 12, eight are opened, two clicked, three answered, one bounces."""
    records: list[dict[str, Any]] = []
    for n in range(messages):
        sent = NOW - timedelta(days=1 + n // 3, hours=n % 3)
        about = {
            "message_id": f"{prefix}-{n}",
            "lead": f"{prefix}{n}@client.example",
            "campaign": campaigns[n % len(campaigns)],
            "step": 1 + n % 2,
            "variation": "AB"[n % 2],
            "user": (ALICE, BOB)[n % 2],
            "sender": (ALICE, BOB)[n % 2],
            "sender_provider": ("gmail", "outlook", "custom")[n % 3],
            "recipient_provider": ("gmail", "outlook", "other")[n // 3 % 3],
        }
        happened: list[dict[str, Any]] = [{"event": "sent"}]
        place = n % 12
        if place == 11:
            happened.append(
                {"event": "bounced", "bounce_kind": "hard", "server_response": "550 no such user"}
            )
        elif place < 8:
            happened.append({"event": "opened"})
            if place < 2:
                happened.append({"event": "clicked", "url": SITE})
            if place < 3:
                kind = ("interested", "not_now", "not_interested")[place]
                happened.append({"event": "replied", "reply_category": kind, "reply_text": "About Thursday."})
        records += [
            {
                **about,
                **one,
                "event_id": f"{prefix}-{n}-{one['event']}",
                "occurred_at": (sent + timedelta(hours=3 * i)).isoformat(),
            }
            for i, one in enumerate(happened)
        ]
    return records


class _House:
    """Harbour of Alice's agency, Charlie's Colossus beside it."""

    def __init__(self, folder: Path) -> None:
        product = Product.open(folder)
        self.lake = product.lake
        self.harbour, colossus = product.workspace("Europe/Madrid"), product.workspace("Asia/Kolkata")
        stories = {
            self.harbour: _story("h", 180, ("Autumn", "Winter")),
            colossus: _story("c", 900, (CANARY,)),
        }
        product.take_in_all(stories)
        journeys = [
            {"lead": f"n{n}@client.example", "campaign": "Autumn", "state": "not_started"} for n in range(7)
        ]
        boxes = [{"sender": ALICE, "daily_limit": 4}]
        for kind, rows in (("journeys", journeys), ("mailboxes", boxes)):
            assert plans.load(self.lake, self.harbour, kind, rows).parked == []
        self.scope = Scope(frozenset({self.harbour}))
        assert snapshot_forecast(self.lake, self.scope, self.harbour, NOW.date() - timedelta(days=2))

    def answers(self, queries: Mapping[str, Query]) -> dict[str, dict[str, Any]]:
        at = {key: query if query.as_of else self.now(query) for key, query in queries.items()}
        return ask_all(self.lake, self.scope, self.harbour, at)

    def ask(self, **options: Any) -> dict[str, Any]:
        query = self.now(Query.model_validate(options))
        return ask(self.lake, self.scope, self.harbour, query)

    def now(self, query: Query) -> Query:
        return query.model_copy(update={"as_of": NOW})


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> _House:
    return _House(Path(tmp_path_factory.mktemp("real")))


def _page(lang: str) -> Page:
    page = page_for("Harbour Coffee", "Europe/Madrid", NOW, period="28", lang=lang)
    return replace(page, people=True, tasks=samples.TASKS)


def _placed(name: str, y: int = 0) -> Placed:
    w, h = tile_types()[name].size
    return Placed(id=name.replace("_", "-"), type=name, x=0, y=y, w=w, h=h, options=CHOSEN.get(name, {}))


def _text(html: str) -> str:
    return re.sub(r"[\s\u00a0\u202f]+", " ", re.sub(r"<[^>]+>", " ", html.replace("<wbr>", "")))


def _shown(figure: str) -> str:
    return re.sub(r"[\s\u00a0\u202f]+", " ", figure)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_tile_type_shows_its_figures(house: _House, lang: str) -> None:
    tiles = [_placed(name, y=12 * i) for i, name in enumerate(sorted(tile_types()))]
    html = render_view(View(name="Every tile", tiles=tiles), _page(lang), house.answers)
    assert html.count("<section") == len(tile_types()) == 24
    assert "is-failed" not in html
    assert "is-empty" not in html
    assert CANARY not in html


def _expected(house: _House, lang: str) -> dict[str, list[str]]:
    """What each tile must say, from `ask` alone."""
    page = _page(lang)
    days: dict[str, Any] = page.period.range_options()

    def rate(data_type: str, attribution: str = "email", **more: Any) -> dict[str, Any]:
        return house.ask(name="rate", data_type=data_type, attribution=attribution, **days, **more)

    def share(answer: Mapping[str, Any]) -> list[str]:
        return [percent(answer["rate"], lang), of_base(answer["n"], answer["base"], lang)]

    def groups(answer: Mapping[str, Any]) -> list[str]:
        return [said for group in answer["groups"] for said in share(group)]

    sent = house.ask(name="sent_emails", **days)["total"]
    hours = house.ask(name="hours", event="opened", **days)
    links = house.ask(name="top_links", **days)["rows"]
    replies = house.ask(name="reply_categories", **days)
    future = house.ask(name="future_emails")
    assert sent == 27 * 3  # three a day, none today
    assert (links[0]["url"], links[0]["clicks"]) == (
        SITE,
        14,
    )  # of 81: places 0 and 1 of six twelves and nine
    assert replies["total"] == 21
    assert future["total"] == 7  # four tomorrow, three the day after
    assert hours["total"] == sum(cell["n"] for cell in hours["cells"])
    positive = rate("positive_reply", "lead", by="user")
    return {
        "kpi": [integer(sent, lang)],
        "sent_emails": [integer(sent, lang)],
        "trend": share(rate("open")),
        "hours": [integer(max(cell["n"] for cell in hours["cells"]), lang)],
        "top_links": [
            "harbour.example/menu",
            *(integer(links[0][k], lang) for k in ("clicks", "unique", "leads")),
        ],
        "reply_categories": [
            integer(replies["total"], lang),
            *(integer(r["n"], lang) for r in replies["rows"]),
        ],
        "future_emails": [integer(future["total"], lang), integer(future["days"][0]["held_back"], lang)],
        "breakdown": groups(rate("reply", by="campaign")),
        "campaigns": groups(rate("open", by="campaign")),
        "steps": groups(rate("open", by="step")),
        "leaderboard": [percent(group["rate"], lang) for group in positive["groups"]],
        "funnel": [integer(rate(stage, "lead")["n"], lang) for stage in ("open", "click", "reply")],
        "week1": share(house.ask(name="week1", data_type="reply")["headline"]),
    }


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_figures_shown_are_those_asked_for(house: _House, lang: str) -> None:
    for name, figures in _expected(house, lang).items():
        said = _text(render_tile(_placed(name), _page(lang), house.answers))
        for figure in figures:
            assert _shown(figure) in said, (name, figure, said)


@pytest.mark.parametrize("name", sorted(tile_types()))
def test_the_samples_have_the_form_of_the_real_answers(house: _House, name: str) -> None:
    """Whatever a real answer has, the sample of the same question has, too: nothing is made up, nothing lacks."""
    kind = tile_types()[name]
    options = kind.options.model_validate(CHOSEN.get(name, {}))
    asked = kind.queries(options, page_of(options, _page("en")))
    real = house.answers(asked)
    for key, query in asked.items():
        assert _form(samples.answer(query)) == _form(real[key]), query


@pytest.mark.parametrize("name", ["default", "reach", "replies"])
def test_views_people_start_with_are_read_from_the_cubes(
    house: _House, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their cost may not follow the number of messages: no fact is opened for any of their figures."""

    def never(*_: object) -> None:
        raise AssertionError("a fact was opened")

    monkeypatch.setattr(questions, "open_facts", never)
    monkeypatch.setattr(Warehouse, "facts", never)
    html = render_view(shipped_view(name), _page("en"), house.answers)
    assert html.count("<section") == len(shipped_view(name).tiles)
    assert "is-failed" not in html
    with pytest.raises(AssertionError, match="a fact was opened"):
        house.ask(name="engagement_overview")


def test_a_view_of_activity_is_read_from_the_cubes(house: _House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hours of every event, replies by category and links, filtered or not: no fact and no segment is opened."""

    def never(*_: object) -> None:
        raise AssertionError("a fact was opened")

    shown = [
        ("hours", {"event": event, "engagement": engagement, "recipient_provider": provider})
        for event in ("sent", "opened", "clicked", "replied")
        for engagement, provider in (("human", "any"), ("all", "gmail"))
    ]
    shown += [("reply_categories", {}), ("reply_categories", {"campaign": "Autumn"})]
    shown += [("top_links", {}), ("top_links", {"engagement": "all", "campaign": "Autumn"})]
    tiles = [
        Placed(id=f"tile-{n}", type=name, x=0, y=12 * n, w=6, h=6, options=options)
        for n, (name, options) in enumerate(shown)
    ]
    monkeypatch.setattr(questions, "open_facts", never)
    monkeypatch.setattr(Warehouse, "facts", never)
    html = render_view(View(name="Activity", tiles=tiles), _page("en"), house.answers)
    assert html.count("<section") == len(shown)
    assert "is-failed" not in html
    assert "is-empty" not in html


def _form(value: Any) -> Any:
    """The names in an answer, of lists those of the first entry; counts by name are not names of ours."""
    if isinstance(value, Mapping):
        return {k: {} if k == "origins" else _form(one) for k, one in value.items()}
    if isinstance(value, list):
        return _form(value[0]) if value and isinstance(value[0], Mapping) else "list"
    return "value"


def test_every_column_of_every_tiles_file_has_a_head(house: _House) -> None:
    found = {
        name
        for kind in tile_types()
        for row in figures_of(_placed(kind), _page("fr"), house.answers)
        for name in row
    }
    assert len(found) > 15
    assert {name for name in found if not has_words(f"csv_{name}")} == set()
