"""The page's controls as the address has them. What cannot be read is told, not guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode

from pydantic import ValidationError

from dashapp.errors import Refused
from dashapp.tiles.base import COMPARISONS, Comparison, Filters, Page, page_for
from dashapp.tiles.periods import CUSTOM, DEFAULT_PERIOD, PERIODS, chosen_period
from dashapp.ui.language.say import language, later, say, say_error, twelve_hours

#: The controls' names in the address, in the order a link has them.
NAMES = ("period", "from", "to", "compare", "campaign", "sender", "recipient", "user")
#: No figure lies outside of these.
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)
#: A longer range cannot be read day by day.
LONGEST_DAYS = 731


@dataclass(frozen=True, slots=True)
class Controls:
    """What the person chose. `problem`: one sentence about what of the address could not be used."""

    period: str = DEFAULT_PERIOD
    from_: date | None = None
    to: date | None = None
    compare: Comparison = "previous"
    filters: Filters = Filters()  # noqa: RUF009 - frozen
    problem: str = ""
    #: The period of an address that names none.
    usual: str = DEFAULT_PERIOD

    @property
    def pairs(self) -> dict[str, str]:
        """As the address has them; what is as usual is left out."""
        said: dict[str, str] = {}
        if self.period == CUSTOM and self.from_ and self.to:
            said |= {"from": self.from_.isoformat(), "to": self.to.isoformat()}
        elif self.period != self.usual:
            said["period"] = self.period
        if self.compare != "previous":
            said["compare"] = self.compare
        chosen = self.filters.model_dump(exclude_defaults=True)
        for name, field in _FILTERS.items():
            if field in chosen:
                said[name] = chosen[field]
        return said

    @property
    def search(self) -> str:
        """The same as a query string, "" when all is as usual."""
        return urlencode(self.pairs)


#: The filters as a sentence calls them.
FIELDS = {
    "campaign": later("campaign"),
    "sender_provider": later("sender provider"),
    "recipient_provider": later("recipient provider"),
    "user": later("user"),
}
_FILTERS = {
    "campaign": "campaign",
    "sender": "sender_provider",
    "recipient": "recipient_provider",
    "user": "user",
}


def has_controls(search: Mapping[str, str]) -> bool:
    """Whether the address says anything about them."""
    return any(name in search for name in NAMES)


def kept_choice(left: str) -> str:
    """What of the controls as a person left them is remembered: days and comparison, never a filter."""
    pairs = dict(parse_qsl(left))
    return urlencode({name: pairs[name] for name in NAMES if name in pairs and name not in _FILTERS})


def read_controls(search: Mapping[str, str], usual: str = DEFAULT_PERIOD) -> Controls:
    """The controls of an address. What cannot be used is as usual, and `problem` says which.

    `usual`: the period of an address that names none.
    """
    problems: list[str] = []
    period, first, last = search.get("period", usual), None, None
    if "from" in search or "to" in search:
        try:
            first, last = date.fromisoformat(search.get("from", "")), date.fromisoformat(search.get("to", ""))
            _check(first, last, usual)
            period = CUSTOM
        except _BadRange as error:
            problems.append(say_error(error))
            period, first, last = usual, None, None
        except ValueError:
            problems.append(
                say(
                    "The period needs a first and a last day, such as 2026-10-01; {n} days are shown.",
                    n=usual,
                )
            )
            period, first, last = usual, None, None
    elif period not in PERIODS:
        problems.append(
            say("There is no period {period}; {n} days are shown.", period=repr(period[:20]), n=usual)
        )
        period = usual
    chosen: dict[str, Any] = {field: search[name] for name, field in _FILTERS.items() if search.get(name)}
    if "user" in chosen:
        chosen["user"] = chosen["user"].lower()
    try:
        filters = Filters.model_validate(chosen)
    except ValidationError as error:
        bad = say(FIELDS[str(error.errors()[0]["loc"][0])])
        problems.append(say("The {bad} in the address is not one we know; nothing is filtered.", bad=bad))
        filters = Filters()
    compare = search.get("compare", "previous")
    if compare == "same_age":  # what is usual now had this name
        compare = "previous"
    if compare not in COMPARISONS:
        problems.append(
            say("There is no comparison {compare}; the previous period is shown.", compare=repr(compare[:20]))
        )
        compare = "previous"
    return Controls(period, first, last, cast(Comparison, compare), filters, " ".join(problems), usual)


class _BadRange(Refused):
    """A range nobody can show; the message says why."""


def _check(first: date, last: date, usual: str) -> None:
    if first > last:
        raise _BadRange("The first day of the period comes after its last; {n} days are shown.", n=usual)
    if not FIRST_DAY <= first <= last <= LAST_DAY:
        raise _BadRange("The period lies outside the years 1990 to 2199; {n} days are shown.", n=usual)
    if (last - first).days >= LONGEST_DAYS:
        raise _BadRange(
            "A period can have at most {most} days; {n} days are shown.", most=LONGEST_DAYS, n=usual
        )


def page_of(controls: Controls, workspace: str, timezone: str, as_of: datetime, **more: Any) -> Page:
    """The desk's page under these controls; `more`: the further fields of Page."""
    page = page_for(
        workspace,
        timezone,
        as_of,
        period=controls.period,
        surface="desk",
        lang=language(),
        twelve=twelve_hours(),
        **more,
    )
    if controls.period == CUSTOM and controls.from_ and controls.to:
        page = replace(page, period=chosen_period(controls.from_, controls.to, page.today))
    return replace(page, filters=controls.filters, compare=controls.compare)
