"""What a tile says of its figures' state: corrected days, newer events that failed a check, a recount under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from dashapp.tiles.base import Page, page_for, since_last_event
from dashapp.tiles.render import render_tile
from dashapp.views.schema import Placed
from data.cubes.workspace_state import HeldBack, Why
from data.query.ask import Query
from tests.tiles.canned import AS_OF, answers

LATE = {"from": "2026-10-02", "to": "2026-10-05", "at": "2026-10-20T07:00:00Z", "why": "late", "events": 12}
MOVED = {**LATE, "why": "recategorised", "events": 1, "to": "2026-10-02", "at": "2026-10-19T07:00:00Z"}


def html(page: Page, *restated: Mapping[str, Any]) -> str:
    def told(queries: dict[str, Query]) -> dict[str, dict[str, Any]]:
        found = {key: dict(one) for key, one in answers(queries).items()}
        return {key: {**one, "restated": list(restated)} if restated else one for key, one in found.items()}

    placed = Placed(id="a", type="kpi", x=0, y=0, w=3, h=2)
    return str(render_tile(placed, page, told))


def page(lang: str = "en", **more: Any) -> Page:
    return replace(page_for("Harbour Coffee", "Europe/Madrid", AS_OF, period="28", lang=lang), **more)


def test_restated_days_are_told_on_the_tile_and_in_how_it_is_counted() -> None:
    shown = html(page(), LATE, MOVED).replace("\u00a0", " ")
    assert ">restated 20 Oct</span>" in shown
    assert "On 20 Oct, 12 events of 2 – 5 October came in late; these figures include them." in shown
    assert "On 19 Oct, a reply changed what is counted as positive or negative on 2 October." in shown
    assert shown.count("<dt>Restated</dt>") == 2
    assert "Restated" not in html(page())


def test_in_french() -> None:
    shown = html(page("fr"), LATE).replace("\u00a0", " ").replace("\u202f", " ")
    assert "révisé le 20 oct." in shown
    assert "12 événements du 2 – 5 octobre sont arrivés en retard" in shown


@pytest.mark.parametrize(
    ("failed", "mark", "why"),
    [
        (
            "check_failed",
            "as of 27 Oct",
            "As of 27 Oct, 13:00: newer events failed a check and are not counted yet.",
        ),
        ("waiting", "as of 27 Oct", "newer events have come in and are not counted yet."),
        ("damaged", "as of 27 Oct", "newer events have come in and are not counted yet."),
        (
            "recount",
            "being recounted",
            "A check found a fault in these figures; they are being counted anew.",
        ),
    ],
)
def test_figures_of_an_older_version_say_so(failed: Why, mark: str, why: str) -> None:
    last = datetime(2026, 10, 27, 12, tzinfo=UTC)
    shown = html(page(**since_last_event(last, AS_OF, "Europe/Madrid", HeldBack(AS_OF, failed)))).replace(
        "\u00a0", " "
    )
    assert f">{mark}</span>" in shown
    assert 'class="mark warn"' in shown
    assert "<dt>Checks</dt>" in shown
    assert why in shown


def test_figures_that_are_up_to_date_say_nothing() -> None:
    shown = html(page(**since_last_event(AS_OF, AS_OF, "Europe/Madrid")))
    assert "mark" not in shown.split("<h2")[1].split("</section>")[0].split("how")[0]
    assert "<dt>Checks</dt>" not in shown
