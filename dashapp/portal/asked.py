"""What a reader of the portal asked for, read from the address and the browser's headers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import request

from dashapp.languages import choose_language
from dashapp.sharing.opening import Opening
from dashapp.tiles.base import COMPARISONS, Comparison
from dashapp.web.assets import coding_taken

CODINGS = ("br", "gzip")
#: As on the desk: a longer range cannot be read day by day.
LONGEST_DAYS = 731
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader chose, already known to be one of ours. `lang_given`: in the address, so links keep it.

    `usual`: the comparison where the address names none. `tab`: the address names the view, and so lies deeper than
    the portal's first page. `framed`: the page is shown in a frame, under another page's header.
    """

    period: str | None
    lang: str
    compare: Comparison = "previous"
    usual: Comparison = "previous"
    days: tuple[date, date] | None = None
    lang_given: bool = False
    theme: str | None = None
    coding: str | None = None
    tab: bool = False
    framed: bool = False


def asked_for(link: Opening | None = None, *, tab: bool = False) -> Asked:
    """What the reader chose, else what the share says. `tab`: the address names a view."""
    theme = request.args.get("theme", "" if link is None else link.theme)
    usual = comparison_of(None if link is None else link.compare)
    return Asked(
        period=request.args.get("period", None if link is None else link.period),
        compare=comparison_of(request.args.get("compare", usual)),
        usual=usual,
        days=days_of(request.args.get("from"), request.args.get("to")),
        lang=language_of(link),
        lang_given="lang" in request.args,
        tab=tab,
        framed=is_framed(),
        theme=theme if theme in {"light", "dark"} else None,
        coding=coding_taken(CODINGS),
    )


def comparison_of(said: str | None) -> Comparison:
    """The comparison an address names; the usual one where it names none we know."""
    return next((one for one in COMPARISONS if one == said), "previous")


def days_of(first: str | None, last: str | None) -> tuple[date, date] | None:
    """The range an address names; None where it names none that can be shown."""
    try:
        days = date.fromisoformat(first or ""), date.fromisoformat(last or "")
    except ValueError:
        return None
    if not FIRST_DAY <= days[0] <= days[1] <= LAST_DAY or days[1] - days[0] >= timedelta(days=LONGEST_DAYS):
        return None
    return days


def language_of(link: Opening | None = None) -> str:
    """The reader's language: the address's, else the share's, else the browser's."""
    chosen = request.args.get("lang", None if link is None else link.language)
    return choose_language(chosen, request.headers.get("Accept-Language"))


def is_framed() -> bool:
    """Whether the page is shown in a frame. It only decides how the page looks."""
    return request.headers.get("Sec-Fetch-Dest") == "iframe"
