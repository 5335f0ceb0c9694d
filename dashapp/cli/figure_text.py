"""The answer of `vitrine query` for a person: a heading, lines of figures, and what they count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashapp.ui.format import integer, of_base, percent, percent_short
from data.metrics import describe
from data.question import Query

WIDE = 40
Lines = list[str]


def text_of(query: Query, answer: dict[str, Any]) -> str:
    """The figures in lines, and under them how they are counted."""
    heading = (
        f"{answer['name']} of {answer['workspace']}, days in {answer['timezone']}, as of {answer['as_of']}"
    )
    told = describe(query)
    meant = [f"{told.label}: {told.formula}", *([told.caveat] if told.caveat else [])]
    lines = [*_held_back(answer), *_LINES[answer["name"]](answer), *_unattributed(answer)]
    return "\n".join([heading, *lines, "", *meant, *_restated(answer)])


def _unattributed(answer: dict[str, Any]) -> Lines:
    """Replies or unsubscribes that belong to no e-mail, where there are any: the figures leave them out."""
    count = answer.get("unattributed", 0)
    return [_line("belong to no e-mail, counted in none", integer(count))] if count else []


#: Why days were restated, as the answer names it and as a person does.
_WHY = {
    "late": "events came in late",
    "recategorised": "replies changed",
    "rebuilt": "they were counted anew",
}


def _restated(answer: dict[str, Any]) -> Lines:
    return [
        f"Restated at {one['at']}: {one['from']} to {one['to']}, for {_WHY[one['why']]}"
        + (f" ({integer(one['events'])} events)." if one["events"] else ".")
        for one in answer.get("restated", [])
    ]


#: Why figures are held back, as the answer names it and as a person does.
_HELD = {
    "check_failed": "newer events failed a check and are not counted yet: see `vitrine doctor`",
    "waiting": "newer events have come in and are not counted yet",
    "damaged": "a file is damaged, and an earlier version answers: see `vitrine doctor`",
    "recount": "these figures are to be counted anew",
}


def _held_back(answer: dict[str, Any]) -> Lines:
    held = answer.get("held_back")
    return [] if held is None else [f"Held back since {held['since']}: {_HELD[held['why']]}."]


def _line(label: str, *values: str) -> str:
    return f"{_cut(label):<{WIDE}} " + " ".join(f"{value:>8}" for value in values)


def _cut(label: str) -> str:
    return label if len(label) <= WIDE else f"{label[: WIDE - 1]}…"


def _rate(label: str, row: dict[str, Any]) -> str:
    return f"{_cut(label):<{WIDE}} {percent(row['rate']):>8}   {of_base(row['n'] or 0, row['base'])}"


def _cohort(answer: dict[str, Any]) -> Lines:
    lines = []
    for row in answer["rows"]:
        cells = (percent_short(cell["rate"]) for cell in row["cells"] if cell["state"] != "future")
        lines.append(
            f"{row['cohort']} {integer(row['base']):>8}  " + " ".join(f"{cell:>6}" for cell in cells)
        )
    return lines


def _week1(answer: dict[str, Any]) -> Lines:
    marks = {"in_progress": " (in progress)"}
    lines = [_rate(f"{point['cohort']}{marks.get(point['state'], '')}", point) for point in answer["points"]]
    return [*lines, _rate("complete weeks", answer["headline"])]


def _sent(answer: dict[str, Any]) -> Lines:
    lines = [_line(day["day"], integer(day["n"])) for day in answer["days"]]
    return [*lines, _line("total", integer(answer["total"]))]


def _rates(answer: dict[str, Any]) -> Lines:
    return [*(_rate(group["key"], group) for group in answer.get("groups", [])), _rate("all", answer)]


def _future(answer: dict[str, Any]) -> Lines:
    lines = [_line("missing: " + ", ".join(answer["missing"]))] if answer["missing"] else []
    if answer["total"] is None:
        return [*lines, "Nothing is planned that we know of: load journeys or steps with `vitrine ingest`."]
    lines += [_line("day", "due", "waits")]
    lines += [_line(day["day"], integer(day["n"]), integer(day["held_back"])) for day in answer["days"]]
    lines.append(_line("total", integer(answer["total"])))
    lines += [
        _line(f"{day['day']} forecast, actual", integer(day["forecast"]), integer(day["actual"]))
        for day in answer["past"]
    ]
    return lines


def _overview(answer: dict[str, Any]) -> Lines:
    lines = [_rate("engaged contacts", {"n": answer["engaged"], "base": answer["contacts"], **answer})]
    return lines + [_line(f"  {_words(name)}", integer(n)) for name, n in answer["reasons"].items()]


def _actions(answer: dict[str, Any]) -> Lines:
    lines = []
    for channel in answer["channels"]:
        lines.append(_line(_words(channel["channel"]), integer(channel["n"])))
        lines += [
            _line(f"  {_words(status['status'])}", integer(status["n"])) for status in channel["statuses"]
        ]
    return lines or ["Nothing was done in this range."]


def _campaigns(answer: dict[str, Any]) -> Lines:
    lines = [_line("campaign", "engaged", "contacts", "share", "not int.", "active")]
    for row in answer["rows"]:
        counts = (integer(row["engaged"]), integer(row["contacts"]), percent(row["rate"]))
        lines.append(_line(row["campaign"], *counts, integer(row["not_interested"]), integer(row["active"])))
    return lines


def _leads(answer: dict[str, Any]) -> Lines:
    lines = []
    for row in answer["rows"]:
        why = ", ".join(f"{_words(reason)} {integer(n)}" for reason, n in row["reasons"].items())
        lines.append(f"{_line(row['lead'], integer(row['score']))}   {row['latest']}   {why}")
    return lines or ["Nobody engaged in this range."]


def _timeline(answer: dict[str, Any]) -> Lines:
    lines = [
        f"{group['at']:<27} {_words(group['channel']) + ' ' + _words(group['event']):<28} "
        f"{group['lead'][:WIDE]:<{WIDE}} {group['campaign'][:30]:<30} {integer(group['count']):>4}"
        for group in answer["groups"]
    ]
    return lines or ["Nothing happened in this range."]


def _report(answer: dict[str, Any]) -> Lines:
    plain = (
        "sent",
        "recipients",
        "deliveries",
        "unique_opens",
        "total_opens",
        "unique_clicks",
        "total_clicks",
    )
    lines = [_line(_words(name), integer(answer[name])) for name in (*plain, "unsubscribes", "complaints")]
    lines += [_rate(_words(name), answer[name]) for name in answer if name.endswith("_rate")]
    lines.append(_rate("clicks per unique open", answer["clicks_per_unique_open"]))
    lines += [_line(f"bounces, {kind}", integer(n)) for kind, n in answer["bounces"].items()]
    lines += [
        _line(f"reply: {_words(row['category'])}", integer(row["n"]))
        for row in answer["replies"]["categories"]
    ]
    lines += [_rate(f"step {row['step']}, opened", row["open_rate"]) for row in answer["steps"]]
    lines += [
        _rate(f"step {row['step']} {row['variation']}, opened", row["open_rate"])
        for row in answer["variations"]
    ]
    lines += [_line(row["url"], integer(row["clicks"]), percent(row["share"])) for row in answer["top_links"]]
    if answer["workspace_rates"] is not None:
        lines += [_rate(f"workspace {_words(k)}", rate) for k, rate in answer["workspace_rates"].items()]
    return lines


def _audience(answer: dict[str, Any]) -> Lines:
    return [
        _line("people", integer(answer["total"])),
        *(_line(row["lead"], row["at"]) for row in answer["rows"]),
    ]


def _hours(answer: dict[str, Any]) -> Lines:
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    lines = ["     " + " ".join(f"{hour:>4}" for hour in range(24))]
    for number, name in enumerate(names):
        cells = answer["cells"][number * 24 : number * 24 + 24]
        lines.append(f"{name}  " + " ".join(f"{integer(cell['n']):>4}" for cell in cells))
    return [*lines, _line("total", integer(answer["total"]))]


def _links(answer: dict[str, Any]) -> Lines:
    lines = [_line("link", "clicks", "e-mails", "people", "share")]
    for row in answer["rows"]:
        counts = (
            integer(row["clicks"]),
            integer(row["unique"]),
            integer(row["leads"]),
            percent(row["share"]),
        )
        lines.append(_line(row["url"], *counts))
    return lines


def _categories(answer: dict[str, Any]) -> Lines:
    lines = [
        _line(f"{_words(row['category'])} ({row['sentiment']})", integer(row["n"])) for row in answer["rows"]
    ]
    return [*lines, _line("total", integer(answer["total"]))]


def _words(name: str) -> str:
    return name.replace("_", " ")


_LINES: dict[str, Callable[[dict[str, Any]], Lines]] = {
    "cohort": _cohort,
    "week1": _week1,
    "sent_emails": _sent,
    "rate": _rates,
    "future_emails": _future,
    "engagement_overview": _overview,
    "action_analytics": _actions,
    "top_campaigns": _campaigns,
    "hot_leads": _leads,
    "timeline": _timeline,
    "campaign_report": _report,
    "audience": _audience,
    "hours": _hours,
    "top_links": _links,
    "reply_categories": _categories,
}
