"""`/styleguide`: every tile type in every state, at three widths, in either theme and any brand colour.

Only in development: without the switch the address does not exist. It still needs a log-in, as every endpoint
the gate does not list.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, make_response, request
from markupsafe import Markup

from dashapp.errors import Refused
from dashapp.languages import DEFAULT, supported
from dashapp.tiles.base import Page, page_for
from dashapp.tiles.gallery import About, gallery
from dashapp.tiles.registry import tile_types
from dashapp.tiles.render import Answer, failed_tile, render_view
from dashapp.ui.brand import brand_css, check_hex
from dashapp.ui.environment import render
from dashapp.ui.language.texts import words
from dashapp.web.middleware.headers import page_csp
from dashapp.web.styleguide import samples

blueprint = Blueprint("styleguide", __name__)
COLUMNS = 12
BRANDS = ("#0f766e", "#ffd400", "#000000", "#ffffff", "#d92d20", "#1a1a80")
#: Options that show more than the default ones do.
MORE: Mapping[str, list[dict[str, Any]]] = {
    "kpi": [{"metric": "sent"}, {"metric": "open", "view": "absolute"}, {"metric": "bounce"}],
    "trend": [
        {"metric": "sent"},
        {"metric": "open", "more": ["click", "reply", "positive_reply", "bounce"], "compare": False},
        {"metric": "open", "split": "recipient_provider"},
    ],
    "breakdown": [{"by": "step", "order": "own"}, {"by": "recipient_provider", "view": "absolute"}],
    "steps": [{"by": "variation"}],
    "leaderboard": [{"who": "sender", "sort": "rate"}],
    "hours": [{"event": "sent", "view": "percentage"}],
    "reply_categories": [{"view": "percentage"}],
    "cohort": [{"view": "absolute"}],
    "week1": [{"view": "absolute"}],
    "goal": [
        {"metric": "sent", "target": 9_999_999_999},
        {"metric": "bounce", "view": "percentage", "target": 2},
        {"metric": "positive_reply", "target": 20},
        {"metric": "sent", "target": 3000},
    ],
    "note": [
        {
            "text": "# October\n\nReplies **rose** after the new subject line; see the "
            "[plan](https://north.example/plan).\n\n- shorter first e-mail\n- no links in step 1\n\n"
            "1. *Next:* clinics\n2. `vets` in November\n\n<script>alert(1)</script> [no](javascript:alert(1))"
        },
        {"form": "plain", "text": "Plain text,\nwith **stars** as they are."},
    ],
}


@dataclass
class Sample:
    """A tile on the page, in the form the renderer takes."""

    id: str
    type: str
    x: int
    y: int
    w: int
    h: int
    title: str | None
    options: dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """Some tiles under a heading: one state."""

    state: str
    grid: Markup


@dataclass(frozen=True)
class _One:
    tiles: list[Sample]


@blueprint.get("/styleguide")
def page() -> Response:
    """The page. `?brand=0f766e&lang=fr&theme=dark&type=kpi`."""
    lang = supported(request.args.get("lang"))
    nonce = secrets.token_urlsafe(16)
    document = styleguide(
        brand=request.args.get("brand", BRANDS[0]),
        lang=lang or DEFAULT,
        theme=request.args.get("theme", ""),
        only=request.args.get("type", ""),
        nonce=nonce,
    )
    response = make_response(document)
    response.headers["Content-Security-Policy"] = page_csp(nonce)
    return response


def styleguide(
    *, brand: str = BRANDS[0], lang: str = "en", theme: str = "", only: str = "", nonce: str = ""
) -> Markup:
    """The whole document; `only` one tile type."""
    try:
        colour = check_hex(brand)
    except Refused:
        colour = BRANDS[0]
    cards = [card for card in gallery(lang) if only in {"", card.type}]
    return render(
        "web/styleguide.html",
        lang=lang,
        t=words(lang),
        theme=theme if theme in {"light", "dark"} else "",
        nonce=nonce,
        brand_css=Markup(brand_css(colour)),  # noqa: S704 - a checked colour
        brand=colour,
        brands=BRANDS,
        cards=[(card, list(states(card.type, lang))) for card in cards],
    )


def states(name: str, lang: str) -> list[Shown]:
    """Every state of a tile type."""
    kind = tile_types()[name]
    about = kind.about
    assert about is not None
    sample = page_for(
        "Harbour Coffee", "Europe/Berlin", samples.AS_OF, period="28", lang=lang, surface="desk"
    )
    sample = replace(sample, people=True, tasks=samples.TASKS, tasks_at="/w/harbour-coffee/tasks")
    never = replace(sample, ever=False, connect="/w/harbour-coffee/sources")
    old = replace(sample, stale=samples.AS_OF - timedelta(days=6))
    corrected = replace(sample, restated=samples.AS_OF - timedelta(days=1))
    usual = dict(about.options)
    sizes = _sizes(kind.size, about)
    failed = failed_tile(Sample(f"{name}-failed", name, 0, 0, *kind.size, None, usual), sample)
    shown = [
        _shown("Value", name, [(w, h, usual) for w, h in sizes], sample, samples.answers),
        _shown("Options", name, [(*kind.size, more) for more in MORE.get(name, [])], sample, samples.answers),
        _shown("Extremes", name, [(w, h, usual) for w, h in sizes[:2]], sample, samples.extreme),
        _shown("One row", name, [(*kind.size, usual)], sample, samples.single),
        _shown(
            "Narrowed, own period", name, [(*kind.size, {**usual, **_own(name)})], sample, samples.answers
        ),
        _shown("Nothing in the period", name, [(*kind.size, usual)], sample, samples.nothing),
        _shown("Never any data", name, [(*kind.size, usual)], never, samples.nothing),
        _shown("Stale", name, [(*kind.size, usual)], old, samples.answers),
        _shown("Restated", name, [(*kind.size, usual)], corrected, samples.answers),
        Shown("Failed", Markup('<div class="grid">{}</div>').format(failed)),
    ]
    quiet = {
        "Nothing in the period",
        "Never any data",
        "One row",
        "Narrowed, own period",
        "Failed",
        "Extremes",
    }
    if name == "note":
        shown = [one for one in shown if one.state not in quiet | {"Stale", "Restated"}]
    return [one for one in shown if one.grid]


def _own(name: str) -> dict[str, Any]:
    fields = tile_types()[name].options.model_fields
    found: dict[str, Any] = {"campaign": "Clinics – Northern Germany, second wave", "period": "last_7"}
    return {key: value for key, value in found.items() if key in fields}


def _sizes(usual: tuple[int, int], about: About) -> list[tuple[int, int]]:
    """Least, usual and widest, each once."""
    return list(dict.fromkeys([about.least, usual, (about.most[0], usual[1])]))


def _shown(
    state: str, name: str, sized: list[tuple[int, int, dict[str, Any]]], page: Page, answer: Answer
) -> Shown:
    if not sized:
        return Shown(state, Markup(""))
    key = state.lower().replace(" ", "-").replace(",", "")
    tiles: list[Sample] = []
    x = y = deepest = 0
    for i, (w, h, options) in enumerate(sized):
        if x + w > COLUMNS:
            x, y, deepest = 0, y + deepest, 0
        tiles.append(Sample(f"{name.replace('_', '-')}-{key}-{i}", name, x, y, w, h, None, options))
        x, deepest = x + w, max(deepest, h)
    return Shown(state, render_view(_One(tiles), page, answer))
