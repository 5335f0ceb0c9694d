"""Samples of the dashboard, and of what is planned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from dashapp.web.styleguide.samples.made_up import AS_OF, CAMPAIGNS, PEOPLE, TODAY, Sample, sent_on
from data.query.ask import Query

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


def _future(query: Query) -> dict[str, Any]:
    days = [TODAY + timedelta(days=i) for i in range(1, 8)]
    due = [
        {
            "day": d.isoformat(),
            "n": min(120, sent_on(d)),
            "held_back": (held := max(0, sent_on(d) - 120)),
            "reasons": {"room": held},
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


SAMPLES: Final = {
    "future_emails": Sample(
        _future, lambda _: {"total": 0, "days": [], "origins": {}, "missing": [], "past": []}
    ),
    "engagement_overview": Sample(
        _overview,
        lambda full: {
            "contacts": 0,
            "engaged": 0,
            "rate": None,
            "reasons": dict.fromkeys(full["reasons"], 0),
        },
    ),
    "action_analytics": Sample(_actions, lambda _: {"channels": []}),
    "top_campaigns": Sample(_flows, lambda _: {"rows": []}),
    "hot_leads": Sample(_people, lambda _: {"rows": []}),
    "timeline": Sample(_timeline, lambda _: {"groups": []}),
}
