"""What alerts say of themselves: the figure, the limit and the state, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashapp.alerts.measure import THRESHOLDS, Kind, Measure
from dashapp.tiles.base import Page
from dashapp.ui.format import axis_percent, date_range, integer, percent, signed_percent
from dashapp.ui.language.say import language, later, say

#: How a verdict that is none reads on the page.
WAITS = {
    "": later("Not checked yet"),
    "held_back": later("Waits: new events are being counted, or a check of them failed"),
    "in_progress": later("Waits: too much of this period is still in progress"),
    "few": later("Waits: fewer e-mails than the minimum volume"),
    "no_earlier": later("Waits: no full earlier period to compare with"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it was judged."""

    value: float | None
    n: int | None
    base: int | None
    before: float | None
    days: str


def value_text(measure: Measure, value: float | None) -> str:
    """ "4.2%" or "1,204"."""
    if value is None:
        return "–"
    return integer(round(value), language()) if measure.counts else percent(value, language())


def limit_text(measure: Measure, kind: str, limit: float) -> str:
    """ "below 2%", "falls by 20% or more"."""
    if kind in THRESHOLDS:
        shown = integer(round(limit), language()) if measure.counts else axis_percent(limit, language())
        return say("above {limit}", limit=shown) if kind == "above" else say("below {limit}", limit=shown)
    shown = axis_percent(limit, language())
    return (
        say("rises by {limit} or more", limit=shown)
        if kind == "rise"
        else say("falls by {limit} or more", limit=shown)
    )


def figure_text(measure: Measure, kind: str, figure: Figure) -> str:
    """ "1.4% (12 of 860 e-mails)", and what it was before where that is what is compared."""
    said = value_text(measure, figure.value)
    if figure.base:
        lang = language()
        base = integer(figure.base, lang)
        count = integer(figure.n or 0, lang)
        said = (
            say("{value} ({n} of {base} leads)", value=said, n=count, base=base)
            if measure.attribution == "lead"
            else say("{value} ({n} of {base} e-mails)", value=said, n=count, base=base)
        )
    if kind in THRESHOLDS or not figure.before or figure.value is None:
        return said
    change = signed_percent((figure.value - figure.before) / figure.before, language())
    return say(
        "{now}, {change} against {before}", now=said, change=change, before=value_text(measure, figure.before)
    )


def days_text(days: str) -> str:
    """ "1 – 28 October 2026" of what was judged."""
    if not days:
        return ""
    first, _, last = days.partition("/")
    return date_range(date.fromisoformat(first), date.fromisoformat(last), language())


def measured_text(measure: Measure, page: Page) -> str:
    """ "Reply rate, Last 28 days, Autumn menu": the figure and what it is narrowed to."""
    from dashapp.tiles.frame import narrowed_to
    from dashapp.tiles.periods import PERIODS

    parts = [measure.label(page), PERIODS[measure.period].name(page.lang), narrowed_to(measure.options, page)]
    return ", ".join(part for part in [*parts, measure.user or ""] if part)


def kind_of(stored: str) -> Kind:
    """The kind as the database has it."""
    assert stored in {"above", "below", "rise", "fall"}
    return stored  # type: ignore[return-value]
