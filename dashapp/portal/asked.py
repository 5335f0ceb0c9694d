"""What a reader of the portal asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashapp.tiles.base import Comparison


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
