"""What a reader of the portal chooses: the days, and what they are compared with. All of it is in the address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from dashapp.languages import NAMES
from dashapp.portal.asked import Asked
from dashapp.tiles.base import COMPARISONS, Comparison, Page
from dashapp.tiles.periods import CUSTOM, PERIODS, QUICK


@dataclass(frozen=True, slots=True)
class Choice:
    """A link of the chooser."""

    text: str
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chooser:
    """`quick`: the periods shown as buttons; `periods`, `comparisons`, `languages`: those in the menus;
    `shown`: the chosen period.

    `query`: the choice as it is, for the page's own requests and files; `kept`: (name, value) of what a range of
    one's own keeps.
    """

    quick: tuple[Choice, ...]
    periods: tuple[Choice, ...]
    comparisons: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    shown: str
    query: str
    kept: tuple[tuple[str, str], ...]


def chooser_of(page: Page, asked: Asked) -> Chooser:
    """The links and the form of a page."""
    kept = {"lang": page.lang} if asked.lang_given else {}

    def period(key: str, text: str) -> Choice:
        return Choice(
            text, f"?{urlencode({'period': key, **_compared(page), **kept})}", key == page.period.key
        )

    def comparison(key: Comparison) -> Choice:
        other = replace(page, compare=key)
        return Choice(page.t(f"compare_{key}"), f"?{urlencode({**other.pairs, **kept})}", key == page.compare)

    own = page.period.key == CUSTOM
    return Chooser(
        tuple(period(key, page.t("days", n=key)) for key in QUICK),
        tuple(period(key, one.name(page.lang)) for key, one in PERIODS.items() if key not in QUICK),
        tuple(comparison(key) for key in COMPARISONS),
        tuple(
            Choice(name, f"?{urlencode({**page.pairs, 'lang': lang})}", lang == page.lang)
            for lang, name in NAMES.items()
        ),
        page.period.dates(page.lang, year=False) if own else PERIODS[page.period.key].name(page.lang),
        page.address,
        tuple({**_compared(page), **kept}.items()),
    )


def _compared(page: Page) -> dict[str, str]:
    return {} if page.compare == page.usual else {"compare": page.compare}
