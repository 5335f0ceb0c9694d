"""SAMPLES: made-up answers in the form of docs/interfaces.md, for the styleguide and the tests of the tiles only.

Nothing here is ever shown as somebody's figures: only `/styleguide` (development) and tests import this.
North's client Harbour: weekday sends, weekends quiet, five campaigns, twelve cohorts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dashapp.crm.tasks import Task
from data.cubes.unattributed import told_with
from data.query.ask import Query

AS_OF = datetime(2026, 10, 28, 12, 5, tzinfo=UTC)
TODAY = AS_OF.date()
CAMPAIGNS = {
    "Clinics – Northern Germany, second wave": 0.31,
    "Dental practices 2026": 0.27,
    "Reactivation: no reply since spring": 0.19,
    "Vets": 0.14,
    "Physiotherapists & osteopaths – trade fair follow-up": 0.09,
}
#: Other groupings: the share of the total each key has.
KEYS: Mapping[str, Mapping[str, float]] = {
    "campaign": CAMPAIGNS,
    "step": {"1": 0.52, "2": 0.29, "3": 0.14, "4": 0.05},
    "variation": {"A": 0.5, "B": 0.36, "(none)": 0.14},
    "user": {"alice@north.example": 0.41, "bob@north.example": 0.35, "dora@north.example": 0.24},
    "sender": {
        "alice@mail.north.example": 0.3,
        "bob@mail.north.example": 0.27,
        "hello@outreach.north.example": 0.25,
        "dora@mail.north.example": 0.18,
    },
    "sender_provider": {"gmail": 0.55, "outlook": 0.3, "custom": 0.15},
    "recipient_provider": {"gmail": 0.44, "outlook": 0.31, "other": 0.25},
}
LINKS = (
    ("https://harbour.example/menu/autumn", 412, 301, 288),
    ("https://harbour.example/book-a-tasting?utm_source=outreach&utm_campaign=autumn", 260, 214, 209),
    ("https://harbour.example/", 97, 80, 78),
    ("(none)", 12, 12, 11),
)
REPLIES = (
    ("interested", "positive", 64),
    ("booking_request", "positive", 31),
    ("more_information", "positive", 22),
    ("not_now", "neutral", 41),
    ("(none)", "neutral", 18),
    ("not_interested", "negative", 37),
    ("unsubscribe", "negative", 12),
    ("not_the_right_person", "negative", 9),
)
ACTIONS = (
    (
        "email",
        1402,
        (("delivered", 1371), ("opened", 640), ("clicked", 118), ("replied", 92), ("bounced", 31)),
    ),
    ("video", 48, (("video_opened", 29), ("video_watched", 17))),
    ("postcard", 20, (("mailed", 20), ("in_transit", 14), ("delivered", 9), ("returned", 1))),
    ("phone", 61, (("booked", 7), ("call_back", 12), ("left_message", 30), ("bad_number", 4))),
    ("linkedin", 33, (("completed", 33),)),
)
PEOPLE = (
    ("mara.lind", "northlight"),
    ("jonas.berg", "fjordclinic"),
    ("ines.costa", "praiavet"),
    ("tom.ray", "oak"),
)
TASKS = tuple(
    Task(
        number,
        channel,
        title,
        lead,
        "Dental practices 2026",
        who,
        TODAY - timedelta(days=late),
        "none",
        "Wants the autumn menu." if done else "",
        "booked" if done else None,
        AS_OF if done else None,
        1,
        who == "alice@north.example",
    )
    for number, (channel, title, lead, who, late, done) in enumerate(
        (
            (
                "phone",
                "Call Mara about the tasting",
                "mara.lind@northlight.example",
                "alice@north.example",
                2,
                False,
            ),
            (
                "linkedin",
                "Connect with Jonas",
                "jonas.berg@fjordclinic.example",
                "bob@north.example",
                0,
                False,
            ),
            ("other", "Send the price list", None, "alice@north.example", 0, False),
            ("phone", "Call Ines", "ines.costa@praiavet.example", "alice@north.example", 0, True),
        ),
        start=1,
    )
)
HAPPENED = (
    ("email", "replied"),
    ("email", "opened"),
    ("phone", "booked"),
    ("email", "clicked"),
    ("video", "video_watched"),
    ("postcard", "in_transit"),
    ("linkedin", "completed"),
    ("phone", "not_interested"),
)
SHARES = {
    "open": 0.46,
    "click": 0.051,
    "reply": 0.083,
    "positive_reply": 0.031,
    "negative_reply": 0.022,
    "bounce": 0.018,
    "unsubscribe": 0.006,
}


def _noise(*seed: object) -> float:
    """−0.5..0.5, the same for the same seed."""
    number = sum((i + 3) * ord(c) for i, c in enumerate(repr(seed)))
    return math.sin(number * 12.9898) * 43758.5453 % 1 - 0.5


def sent_on(day: date) -> int:
    """E-mails sent on a day."""
    if day.weekday() >= 5:
        return 0
    growth = 1 + (day - TODAY).days / 220
    return max(0, round(168 * growth * (1 + 0.5 * _noise(day.isoformat())) - 12 * day.weekday()))


def _share(data_type: str, day: date) -> float:
    return SHARES[data_type] * (1 + (day - TODAY).days / 500) * (1 + 0.5 * _noise(data_type, day.isoformat()))


def _rate(n: int, base: int) -> dict[str, Any]:
    return {"n": n, "base": base, "rate": n / base if base else None}


def _days(query: Query) -> list[date]:
    first, last = query.from_ or TODAY - timedelta(days=83), query.to or TODAY
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def _rate_answer(query: Query) -> dict[str, Any]:
    per = 0.42 if query.attribution == "lead" else 1.0
    rows = []
    for day in _days(query):
        base = round(sent_on(day) * per * 0.98)
        rows.append((day, round(base * _share(query.data_type, day) / (per**0.5)), base))
    total = _rate(sum(r[1] for r in rows), sum(r[2] for r in rows))
    answer = {**total, "untracked": 12 if query.data_type in {"open", "click"} else 0}
    if query.by == "day":
        answer["groups"] = [{"key": d.isoformat(), **_rate(n, base)} for d, n, base in rows if base]
    if query.by is not None and query.by in KEYS:
        answer["groups"] = sorted(
            (
                {"key": name}
                | _rate(
                    round(total["n"] * part * (1 + 0.4 * _noise(name, query.sender_provider, query.to))),
                    round(total["base"] * part),
                )
                for name, part in KEYS[query.by].items()
            ),
            key=lambda group: group["key"],
        )
    return answer


def _grid(query: Query) -> list[dict[str, Any]]:
    monday = TODAY - timedelta(days=TODAY.weekday())
    rows = []
    for back in range(11, -1, -1):
        cohort = monday - timedelta(weeks=back)
        base = sum(
            sent_on(cohort + timedelta(days=i)) for i in range(7) if cohort + timedelta(days=i) <= TODAY
        )
        base = 0 if back == 8 else round(base * (0.42 if query.attribution == "lead" else 0.98))
        cells: list[dict[str, Any]] = []
        final = SHARES[query.data_type] * 1.9 * (1 + 0.5 * _noise("c", cohort.isoformat()))
        for k in range(1, 13):
            if k - 1 > back:
                cells.append({"week": k, "n": None, "rate": None, "state": "future"})
                continue
            n = round(base * final * (1 - math.exp(-0.55 * (k - 0.55 + (0.3 if k > 1 else 0)))))
            state = "no_base" if not base else "in_progress" if k - 1 == back else "value"
            rate = n / base if base else None
            cells.append({"week": k, "n": n, "rate": rate, "state": state})
        rows.append({"cohort": cohort.isoformat(), "base": base, "untracked": 0, "cells": cells})
    return rows


def _hours(query: Query) -> dict[str, Any]:
    cells = []
    for day in range(1, 8):
        for hour in range(24):
            busy = math.exp(-((hour - 9.5) ** 2) / 9) + 0.7 * math.exp(-((hour - 15) ** 2) / 8)
            n = round(
                90 * busy * (0.06 if day > 5 else 1 - 0.08 * abs(day - 2)) * (1 + 0.4 * _noise(day, hour))
            )
            cells.append({"weekday": day, "hour": hour, "n": n})
    return {"total": sum(cell["n"] for cell in cells), "cells": cells}


def _top_links(query: Query) -> dict[str, Any]:
    keys = ("url", "clicks", "unique", "leads")
    total = sum(row[1] for row in LINKS)
    rows = [{**dict(zip(keys, row, strict=True)), "share": row[1] / total} for row in LINKS]
    return {"total": total, "rows": rows[: query.limit]}


def _reply_categories(query: Query) -> dict[str, Any]:
    keys = ("category", "sentiment", "n")
    return {
        "total": sum(row[2] for row in REPLIES),
        "rows": [dict(zip(keys, row, strict=True)) for row in REPLIES],
    }


def _future(query: Query) -> dict[str, Any]:
    days = [TODAY + timedelta(days=i) for i in range(1, 8)]
    due = [
        {
            "day": d.isoformat(),
            "n": min(120, sent_on(d)),
            "held_back": max(0, sent_on(d) - 120),
        }
        for d in days
    ]
    past = [
        {"day": (TODAY - timedelta(days=i)).isoformat(), "forecast": 171 - i, "actual": 168 - 2 * i}
        for i in range(7, 0, -1)
    ]
    return {
        "total": sum(d["n"] for d in due),
        "days": due,
        "origins": {},
        "missing": ["mailboxes"],
        "past": past,
    }


def _overview(query: Query) -> dict[str, Any]:
    reasons = {"multiple_opens": 214, "reply": 96, "click": 131, "video_watched": 12, "booked": 7}
    return {"contacts": 1264, "engaged": 348, "rate": 348 / 1264, "reasons": reasons}


def _actions(query: Query) -> dict[str, Any]:
    return {
        "channels": [
            {"channel": channel, "n": n, "statuses": [{"status": s, "n": m} for s, m in statuses]}
            for channel, n, statuses in ACTIONS
        ]
    }


def _flows(query: Query) -> dict[str, Any]:
    rows: list[dict[str, Any]] = [
        {
            "campaign": name,
            "contacts": round(900 * share),
            "engaged": round(900 * share * (0.42 - share / 2)),
            "rate": 0.42 - share / 2,
            "not_interested": round(30 * share),
            "active": round(500 * share),
        }
        for name, share in CAMPAIGNS.items()
    ]
    key = "rate" if query.sort == "rate" else "engaged"
    return {"rows": sorted(rows, key=lambda row: -row[key])[: query.limit]}


def _people(query: Query) -> dict[str, Any]:
    kinds = ("reply", "click", "multiple_opens", "video_watched", "incoming")
    rows: list[dict[str, Any]] = [
        {
            "lead": f"{name}@{company}.example",
            "score": 9 - i,
            "latest": (AS_OF - timedelta(hours=5 * i)).isoformat(),
            "reasons": {kinds[i % 5]: 8 - i, kinds[(i + 1) % 5]: 1},
        }
        for i, (name, company) in enumerate(PEOPLE)
    ]
    return {"rows": rows[: query.limit]}


def _timeline(query: Query) -> dict[str, Any]:
    groups = [
        {
            "at": (AS_OF - timedelta(minutes=47 * i)).isoformat(),
            "channel": channel,
            "event": event,
            "lead": f"{PEOPLE[i % len(PEOPLE)][0]}@{PEOPLE[i % len(PEOPLE)][1]}.example",
            "campaign": list(CAMPAIGNS)[i % len(CAMPAIGNS)],
            "count": (1, 3, 1, 1, 12)[i % 5],
            "user": "alice@north.example",
            "action": f"a{i}",
        }
        for i, (channel, event) in enumerate(HAPPENED)
    ]
    return {"groups": groups[: query.limit]}


_OTHERS = {
    "engagement_overview": _overview,
    "action_analytics": _actions,
    "top_campaigns": _flows,
    "hot_leads": _people,
    "timeline": _timeline,
    "hours": _hours,
    "top_links": _top_links,
    "reply_categories": _reply_categories,
    "future_emails": _future,
}


def answer(query: Query) -> dict[str, Any]:
    """The answer to one query."""
    head: dict[str, Any] = {
        "name": query.name,
        "workspace": "harbour",
        "timezone": "Europe/Berlin",
        **query.options(),
    }
    head["as_of"] = AS_OF.isoformat()
    if told_with(query) and query.cut is None:
        head["unattributed"] = 0
    if query.name == "sent_emails":
        days = [{"day": d.isoformat(), "n": sent_on(d)} for d in _days(query)]
        return {**head, "total": sum(d["n"] for d in days), "days": days, **_marks(query)}
    if query.name == "rate":
        return {**head, **_rate_answer(query), **_marks(query)}
    if query.name in _OTHERS:
        return {**head, **_OTHERS[query.name](query)}
    rows = _grid(query)
    if query.name == "cohort":
        return {**head, "rows": rows}
    points = [{"cohort": r["cohort"], "base": r["base"]} | _without_week(r["cells"][0]) for r in rows]
    whole = [p for p in points if p["state"] == "value"]
    return {
        **head,
        "headline": _rate(sum(p["n"] for p in whole), sum(p["base"] for p in whole)),
        "points": points,
    }


def _marks(query: Query) -> dict[str, Any]:
    """What a comparison has to know: the last days are in progress, and one campaign."""
    if not query.marks:
        return {}
    found: dict[str, Any] = {"since": "2024-01-01"}
    if query.name == "rate":
        today = AS_OF.date()
        days = 7 if query.data_type.endswith("reply") else 3
        young = [str(today - timedelta(days=n)) for n in range(days, -1, -1)]
        groups = young if query.by == "day" else list(KEYS.get(query.by or "", ()))[-1:]
        found["progress"] = {"days": days, "learned": True, "groups": list(groups), "whole": False}
    return found


def _without_week(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in cell.items() if key != "week"}


def answers(queries: Mapping[str, Query]) -> dict[str, dict[str, Any]]:
    """As `render_view` asks."""
    return {key: answer(query) for key, query in queries.items()}


def nothing(queries: Mapping[str, Query]) -> dict[str, dict[str, Any]]:
    """A workspace without a single event."""
    found = {}
    for key, query in queries.items():
        full = answer(query)
        if query.name == "sent_emails":
            found[key] = {**full, "total": 0, "days": [{**d, "n": 0} for d in full["days"]]}
        elif query.name == "rate":
            found[key] = {**full, **_rate(0, 0), "untracked": 0} | ({"groups": []} if query.by else {})
        elif query.name in _OTHERS:
            found[key] = {**full, **_NOTHING[query.name]}
        elif query.name == "cohort":
            found[key] = {**full, "rows": [_empty_row(row) for row in full["rows"]]}
        else:
            blank = {"n": 0, "base": 0, "rate": None, "state": "no_base"}
            found[key] = {**full, "headline": _rate(0, 0), "points": [{**p, **blank} for p in full["points"]]}
    return found


def _empty_row(row: Mapping[str, Any]) -> dict[str, Any]:
    cells = [
        c if c["state"] == "future" else {**c, "n": 0, "rate": None, "state": "no_base"} for c in row["cells"]
    ]
    return {**row, "base": 0, "cells": cells}


_NOTHING: Mapping[str, Mapping[str, Any]] = {
    "engagement_overview": {
        "contacts": 0,
        "engaged": 0,
        "rate": None,
        "reasons": dict.fromkeys(("multiple_opens", "reply", "click", "video_watched", "booked"), 0),
    },
    "action_analytics": {"channels": []},
    "top_campaigns": {"rows": []},
    "hot_leads": {"rows": []},
    "timeline": {"groups": []},
    "hours": {
        "total": 0,
        "cells": [{"weekday": day, "hour": hour, "n": 0} for day in range(1, 8) for hour in range(24)],
    },
    "top_links": {"total": 0, "rows": []},
    "reply_categories": {"total": 0, "rows": []},
    "future_emails": {"total": 0, "days": [], "origins": {}, "missing": [], "past": []},
}
LONG = "Reactivation of every prospect who has not answered since last spring, Northern Germany & Benelux, second"
WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def extreme(queries: Mapping[str, Query]) -> dict[str, dict[str, Any]]:
    """Ten-digit numbers, names that never end, thousands of groups."""
    return {key: _swollen(answer(query), query) for key, query in queries.items()}


def _swollen(found: Any, query: Query) -> Any:
    found = _times(found)
    if query.by in KEYS and query.by not in {"sender_provider", "recipient_provider"}:
        groups = [
            {"key": f"{LONG} {i}" if i else WORD, **_rate(3_000_000_000 // (i + 1), 9_876_543_210)}
            for i in range(2431)
        ]
        found["groups"] = groups
    if query.name == "top_links":
        found["rows"][0]["url"] = f"https://{WORD.lower()}.example/{'a-very-long-path/' * 6}"
    return found


def _times(value: Any, key: str = "") -> Any:
    """All counts as they are at the largest sender there is; rates stay what they were."""
    if isinstance(value, dict):
        made = {name: _times(one, name) for name, one in value.items()}
        if {"n", "base", "rate"} <= set(made) and made["base"]:
            made["rate"] = made["n"] / made["base"]
        return made
    if isinstance(value, list):
        return [_times(one, key) for one in value]
    if (
        key
        in {"n", "base", "total", "clicks", "unique", "leads", "untracked", "held_back", "forecast", "actual"}
        and value
    ):
        return int(value) * 7_654_321
    return value


def single(queries: Mapping[str, Query]) -> dict[str, dict[str, Any]]:
    """One row, one day: the least there is to show."""
    found = answers(queries)
    for one in found.values():
        for name in ("groups", "rows"):
            if name in one and one["name"] not in {"cohort", "week1"}:
                one[name] = one[name][-1:]
    return found
