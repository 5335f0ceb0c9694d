"""The disclosure of every tile, "how is this counted?": the catalog's own definition and the figures at hand.

Nothing is defined here: `data.metrics.describe` says what a query counts, so tile, panel and command line agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

from dashapp.tiles.base import Page
from dashapp.ui.format import integer, of_base
from dashapp.ui.language.catalogue import translated_in
from data.metrics import Definition, describe
from data.query.ask import Query

Rows = list[tuple[str, str]]


def counted(query: Query, page: Page, here: str = "") -> Rows:
    """(heading, sentence) pairs: formula, the figures at hand, base, what to keep in mind, dates."""
    told, t = _told(query, page), page.t
    rows = [
        (t("how_formula"), told.formula),
        (t("how_here"), here),
        (t("base"), told.base),
        (t("how_mind"), told.caveat),
        (t("how_dates"), told.dates),
    ]
    return [(heading, text) for heading, text in rows if text]


def counted_rate(query: Query, answer: Mapping[str, Any], page: Page) -> Rows:
    """The same of a rate, with its n, its base and what was sent without tracking."""
    return counted(query, page, here_of(query, answer, page))


def here_of(query: Query, answer: Mapping[str, Any], page: Page) -> str:
    """ "1,204 of 3,310 e-mails, 12 e-mails without tracking." """
    if not answer["base"]:
        return page.t("nothing_counts")
    unit = page.t(f"unit_{query.attribution}")
    said = f"{of_base(answer['n'], answer['base'], page.lang)} {unit}"
    lost = answer.get("untracked") or 0
    if lost:
        said += f", {page.t('how_untracked', n=integer(lost, page.lang), unit=unit)}"
    if stray := answer.get("unattributed"):
        said += f", {page.t('how_unattributed', n=integer(stray, page.lang))}"
    return said + "."


def formula_of(query: Query, page: Page) -> str:
    """The definition of a figure in one sentence."""
    return _told(query, page).formula


def defined(query: Query, lang: str, timezone: str = "") -> Definition:
    """What a query counts, in a language."""
    return describe(query, timezone, partial(translated_in, lang))


def _told(query: Query, page: Page) -> Definition:
    asked = (query.name, query.data_type, query.attribution, query.clock, query.engagement)
    return _described(asked, page.lang, page.timezone)


@lru_cache(maxsize=2_000)
def _described(asked: tuple[str, ...], lang: str, timezone: str) -> Definition:
    """The words depend on nothing else of a query; a page asks for the same ones again and again."""
    names = ("name", "data_type", "attribution", "clock", "engagement")
    query = Query.model_construct(**dict(zip(names, asked, strict=True)))  # type: ignore[arg-type]
    return defined(query, lang, timezone)
