"""Refused deliveries on the data team's page and on Sources: of one's own agency, and never as markup."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from dashapp.access.viewer import Member
from dashapp.db.base import now
from data.intake import refusals
from data.intake.refusals import Refusal
from pages.data_team import page as data_desk
from pages.frame.page_spec import Visit
from pages.sources import page as sources
from tests.pages.tests_text import text
from tests.support.world import app, browser, make_app, running, world, world_template

__all__ = ["app", "browser", "make_app", "running", "world", "world_template"]
CANARY = "ZZZ-LEAK-CANARY"


@pytest.fixture
def refused(running: Any, world: Any) -> None:
    """Alice's source had twelve wrong signatures in two hours and a large mail; Charlie's had his own."""
    at = now()
    before = at - timedelta(hours=1)
    harbour, source = world.ids["harbour"], world.ids["harbour_source"]
    told = "The signature is wrong."
    with running.engine.begin() as connection:
        refusals.keep(
            connection,
            [
                Refusal(
                    harbour, source, "signature", told, 20, before, before, 7, "<script>alert(1)</script>"
                ),
                Refusal(harbour, source, "signature", told, 20, at, at, 5, "later"),
                Refusal(harbour, source, "size", "The delivery is larger than is taken.", 60_000_000, at, at),
                Refusal(world.ids["colossus"], source + 1, "form", CANARY, 9, at, at, 99, CANARY),
            ],
        )


def member(world: Any, who: str, agency: str) -> Member:
    return Member(world.ids[who], f"{who}@x.example", "", {world.ids[agency]: "owner"})


def data_page(running: Any, world: Any, who: str, agency: str) -> str:
    return text(data_desk.layout(Visit(running, member(world, who, agency), "/data", {})).content)


def test_the_data_page_lists_ones_own(running: Any, world: Any, refused: None) -> None:
    page = data_page(running, world, "alice", "north")
    assert page.count("Signature or password wrong") >= 2
    assert "Too large" in page
    assert "The signature is wrong." in page
    assert "Compare the secret here with the one at the provider." in page
    assert "<script>alert(1)</script>" in page  # as text: a component's children are never markup
    assert CANARY not in page
    assert CANARY in data_page(running, world, "charlie", "south")


def test_nothing_refused_says_so(running: Any, world: Any) -> None:
    assert "Nothing was refused." in data_page(running, world, "alice", "north")


def test_a_source_says_what_was_refused_and_what_to_do(running: Any, world: Any, refused: None) -> None:
    visit = Visit(running, member(world, "alice", "north"), "/w/harbour-coffee/sources", {})
    page = text(sources.layout(visit, "harbour-coffee").content)
    assert "12 deliveries refused in the last 7 days, the latest" in page
    assert "Signature or password wrong. Compare the secret here" in page
    assert "1 delivery refused in the last 7 days" in page
    assert CANARY not in page


def test_what_is_old_goes(running: Any, world: Any, refused: None) -> None:
    with running.engine.begin() as connection:
        assert refusals.forget(connection, now() - timedelta(minutes=30)) in (0, 1)
        assert refusals.forget(connection, now() + timedelta(minutes=1)) >= 3
        assert refusals.hours(connection, [world.ids["harbour"]], now() - timedelta(days=1)) == 0
