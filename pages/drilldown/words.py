"""How a row behind a figure reads: its columns on the page and in the file, and what its cell is called."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from dashapp.tiles.base import Page
from dashapp.tiles.parts.groups import UNNAMED, group_name
from dashapp.ui.language.machines import machine_words
from dashapp.ui.language.say import later, say
from dashapp.ui.language.spoken import clock, date_range, day, integer, weekday_name
from dashapp.ui.language.texts import has_words
from data.drilldown import CellPosition, DrilldownPage, Row, UpcomingEmail
from data.figures.registry import rates
from data.figures.rows import Events, Upcoming
from data.figures.units import UNITS
from data.lake.erased import PSEUDONYM
from data.question import Query

#: Columns of the table, in the order they are shown.
COLUMNS: Final = {
    "lead": later("Lead"),
    "goes_on": later("Goes out"),
    "due_on": later("Due"),
    "why": later("Why due"),
    "held": later("Held back by"),
    "counted": later("Counted"),
    "at": later("When"),
    "url": later("Link"),
    "sent_at": later("Sent"),
    "opened_at": later("Opened"),
    "clicked_at": later("Clicked"),
    "replied_at": later("Replied"),
    "category": later("Reply"),
    "bounced_at": later("Bounced"),
    "unsubscribed_at": later("Unsubscribed"),
    "campaign": later("Campaign"),
    "step": later("Step"),
    "variation": later("Variation"),
    "sender": later("Sender"),
    "user": later("User"),
    "messages": later("E-mails"),
}
_ALWAYS: Final = ("lead", "campaign", "step", "sender", "user")
_PEOPLE: Final = ("lead", "counted", "at", "sent_at", "campaign", "user")
_RESPONSES: Final = ("opened_at", "clicked_at", "replied_at", "category")
_AHEAD: Final = ("lead", "goes_on", "due_on", "why", "held", "campaign", "step", "sender", "user")
_NONE: Final = "–"
#: What all of an answer is about that has days of its own.
_WHOLE: Final = {"weeks": later("complete weeks"), "ahead": later("next 7 days")}
#: Why an e-mail is due (data/answers/due_emails.sql).
_WHY: Final = {
    "in_trigger": later("Waits in a trigger"),
    "not_started": later("Not started yet"),
    "resumed": later("Back on the resume date"),
    "follow_up": later("Next step"),
}
#: What an e-mail waits for, but its mailbox's limit (data/answers/future.py).
_HELD: Final = {
    "day": later("no sending day"),
    "window": later("sending window closed"),
    "room": later("no mailbox has room"),
    "late": later("was due already"),
}


def columns_of(query: Query, rows: DrilldownPage) -> list[str]:
    """The columns that say something about these rows; the same for every page of them."""
    read = query.figure.behind
    if isinstance(read, Upcoming):
        return [name for name in COLUMNS if name in _AHEAD]
    if rows.unit == "people" and isinstance(read, Events) and read.engagements:
        return [name for name in COLUMNS if name in _PEOPLE]
    chosen = {*_ALWAYS, "sent_at", "variation"}
    if rows.part == "base" and rows.base is not None:
        chosen.add("counted")
    if isinstance(read, Events):
        chosen.update(read.columns)
    elif query.figure.counts_units:
        chosen.update(_RESPONSES, {"bounced_at"})
    else:
        rate = rates()[query.data_type]
        chosen.add(rate.hit.at)
        if rate.base != UNITS:
            chosen.update(_RESPONSES)
    if rows.unit == "leads":
        chosen.add("messages")
    return [name for name in COLUMNS if name in chosen]


def shown_row(row: Row | UpcomingEmail, columns: list[str], page: Page) -> list[dict[str, Any]]:
    """The cells of one row, as texts."""
    shown = _coming if isinstance(row, UpcomingEmail) else _shown
    return [
        {
            "title": "",
            "dot": "",
            "tone": "",
            "lead": row.lead if name == "lead" and _has_card(row.lead) else "",
            **shown(row, name, page),
        }
        for name in columns
    ]


def _shown(row: Any, name: str, page: Page) -> dict[str, Any]:
    value = getattr(row, name)
    if name == "counted":
        if not value and row.machine:
            return {"text": machine_words(row.machine)}
        return {"text": say("Yes") if value else say("No"), "tone": "yes" if value else ""}
    if isinstance(value, datetime):
        return {
            "text": f"{day(value.date())}, {clock(value.hour, value.minute)}",
            "title": f"{value:%Y-%m-%d %H:%M:%S}",
        }
    if name == "category":
        return _reply(row, page)
    if value in UNNAMED:
        return {"text": _NONE}
    if name == "lead" and str(value).startswith(PSEUDONYM):
        return {"text": say("Erased person")}
    if name == "step":
        return {"text": group_name("step", value, page).removeprefix("Step ").removeprefix("Étape ")}
    return {"text": str(value), "title": str(value)}


def _coming(row: Any, name: str, page: Page) -> dict[str, Any]:
    value = getattr(row, name)
    if isinstance(value, date):
        return {"text": f"{weekday_name(value.isoweekday())} {day(value)}", "title": value.isoformat()}
    told = _told(row, name)
    return _shown(row, name, page) if told is None else {"text": told, "title": told}


def _told(row: UpcomingEmail, name: str) -> str | None:
    """What is said in words of a forecast's e-mail; None for what is a name or a day."""
    if name == "why":
        return say(_WHY[row.why])
    if name == "held":
        said = ", ".join(_waits_for(one) for one in row.held)
        return f"{said[:1].upper()}{said[1:]}" or _NONE
    if name == "due_on" and row.due_on is None:
        return say("as soon as can be")
    if name == "goes_on" and row.goes_on is None:
        return say("later")
    if name == "sender" and row.sender is None:
        return say("any with room")
    return None


def _waits_for(held: str) -> str:
    kind, _, limit = held.partition(" ")
    return say("daily limit of {n}", n=integer(int(limit))) if kind == "limit" else say(_HELD[kind])


def _reply(row: Row, page: Page) -> dict[str, Any]:
    if row.sentiment is None:
        return {"text": _NONE}
    key = f"reply_{row.category}"
    name = page.t(key) if has_words(key) else (row.category or "").replace("_", " ").capitalize()
    return {"text": name if row.category not in UNNAMED else say("Not classified"), "dot": row.sentiment}


def csv_row(row: Row | UpcomingEmail) -> dict[str, Any]:
    """One row of the file: every column, stamps as a spreadsheet reads them."""
    found: dict[str, Any] = {}
    for name in type(row).__slots__:
        value = getattr(row, name)
        if isinstance(row, UpcomingEmail) and (told := _told(row, name)) is not None:
            value = "" if told == _NONE else told
        if isinstance(value, datetime):
            value = value.isoformat(sep=" ", timespec="seconds")
        elif isinstance(value, bool):
            value = "yes" if value else "no"
        found["counted_at" if name == "at" else "emails" if name == "messages" else name] = value
    return found


def where(query: Query, place: CellPosition, page: Page) -> str:
    """The cell's own name: "week of 2 Sep, up to week 3", "Autumn", "Mon 09:00"."""
    if place.cohort is not None:
        return say(
            "sent in the week of {cohort}, up to week {week}", cohort=day(place.cohort), week=place.week or 0
        )
    if place.first is not None and place.last is not None:
        return date_range(place.first, place.last)
    if place.weekday is not None:
        hour = "" if place.hour is None else f" {clock(place.hour)}"
        return f"{weekday_name(place.weekday)}{hour}"
    if place.named == "category" and place.sentiment is not None:
        key = f"reply_{place.group}"
        named = page.t(key) if has_words(key) else (place.group or "").replace("_", " ").capitalize()
        return named if place.group not in UNNAMED else page.t(f"tone_{place.sentiment}")
    if place.named == "action" and place.group is not None:
        kind = page.t(f"channel_{place.group}")
        return f"{kind}: {page.t(f'status_{place.status}')}" if place.status else kind
    if place.named == "reason" and place.group is not None:
        return page.t(f"reason_{place.group}")
    if place.named == "campaign" and place.group is not None:
        name = page.t("no_campaign") if place.group in UNNAMED else place.group
        return f"{name}: {page.t(str(place.status))}"
    if place.named == "link" and place.group is not None:
        return page.t("none_link") if place.group in UNNAMED else place.group
    if place.group is not None:
        return group_name(str(query.by), place.group, page)
    if query.figure.dates in _WHOLE:
        return say(_WHOLE[query.figure.dates])
    if query.from_ is not None and query.to is not None:
        return date_range(query.from_, query.to)
    return say("everything")


def _has_card(lead: str | None) -> bool:
    """Whether somebody is named who may have a card: an erased person has none."""
    return lead not in UNNAMED and not (lead or "").startswith(PSEUDONYM)
