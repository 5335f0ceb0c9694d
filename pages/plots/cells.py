"""What each figure of an explored tile opens (data/figures/cells.py), and how the parts of a tile are called."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from dashapp.tiles.base import Page
from dashapp.tiles.parts.definition import defined
from dashapp.tiles.parts.groups import UNNAMED, group_name
from dashapp.ui.language.say import language, say
from dashapp.ui.language.spoken import clock, date_range, day, weekday_name
from dashapp.ui.language.texts import has_words, provider_name
from data.query.ask import Query

#: As the tiles' legends say them.
NAMES: Final = {"now": "this_period", "before": "previous_short"}


def cells_of(part: str, query: Query, row: Mapping[str, Any]) -> dict[str, str]:
    """{column: the cell it opens} of one row of the answer to `query`, `part` being its name in the tile."""
    cells = query.figure.cells
    key = None if cells is None else cells.key_of(query, row)
    if cells is None or key is None:
        return {}
    if cells.columns:
        return {name: f"{part}|{name}{key}" for name in cells.columns}
    columns = [name for name in ("n", "base", "rate", "total", "held_back") if row.get(name) is not None]
    return dict.fromkeys(columns, f"{part}|{key}")


def part_names(asked: Mapping[str, Query], page: Page) -> dict[str, str]:
    """How the questions of a tile are told apart: by what they count, by provider, by period."""
    several = len({_line(name, one) for name, one in asked.items()}) > 1
    found = {}
    for name, query in asked.items():
        period = name.partition(" ")[0]
        if period in NAMES and not several:
            found[name] = page.t(NAMES[period])
        else:
            usual = say("E-mails sent") if counts_base(name, query) else defined(query, language()).label
            told = _narrowed(query, asked) or usual
            found[name] = say("{told}, before", told=told) if period == "before" else told
    return found


def counts_base(part: str, query: Query) -> bool:
    """Whether the question is about how many e-mails were sent: it is asked as a rate, for its base."""
    return part.partition(" ")[0] == "sent" and query.figure.is_rate


def _line(name: str, query: Query) -> tuple[Any, ...]:
    """Two questions with equal lines differ by their period only."""
    own = "" if name.partition(" ")[0] in NAMES else name
    return own, query.name, query.data_type, query.sender_provider, query.recipient_provider


def _narrowed(query: Query, asked: Mapping[str, Query]) -> str:
    """The provider that sets one question apart from those beside it; empty where none does."""
    for name in ("sender_provider", "recipient_provider"):
        if len({getattr(one, name) for one in asked.values()}) > 1:
            return provider_name(str(getattr(query, name)), language())
    return ""


def row_label(query: Query, row: Mapping[str, Any], page: Page) -> str:
    """What a row is about, as the tile says it."""
    if "cohort" in row:
        week = day(date.fromisoformat(row["cohort"]))
        return f"{week} · {say('Week {n}', n=row['week'])}" if "week" in row else week
    if "hour" in row:
        return f"{weekday_name(row['weekday'])} {clock(row['hour'])}"
    if "day" in row:
        return _day(row["day"])
    if "url" in row:
        return page.t("none_link") if row["url"] in UNNAMED else str(row["url"])
    if "category" in row:
        key = f"reply_{row['category']}"
        named = page.t(key) if has_words(key) else str(row["category"] or "").replace("_", " ").capitalize()
        return page.t(f"tone_{row['sentiment']}") if row["category"] in UNNAMED else named
    if query.by == "day":
        return _day(row["key"])
    if query.by == "week":
        monday = date.fromisoformat(row["key"])
        return date_range(monday, monday + timedelta(days=6), year=False)
    if query.by:
        return group_name(query.by, row["key"], page)
    texts = [value for value in row.values() if isinstance(value, str) and value]
    return " · ".join(texts) or page.period.dates(page.lang)


def _day(text: str) -> str:
    found = date.fromisoformat(text)
    return f"{weekday_name(found.isoweekday())} {day(found)}"
