"""Samples of one campaign's report, and of the people in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from dashapp.web.styleguide.samples.events import LINKS, REPLIES
from dashapp.web.styleguide.samples.made_up import AS_OF, KEYS, PEOPLE, Body, Sample, ratio
from data.query.ask import Query

_SENT: Final = 1402
_BOUNCED: Final = 31


def _rates(sent: int) -> dict[str, Any]:
    reached = sent - round(sent * _BOUNCED / _SENT)
    tracked = round(reached * 0.99)
    shares = {"reply": 0.083, "positive_reply": 0.031, "negative_reply": 0.022, "unsubscribe": 0.006}
    return {
        "open_rate": {**ratio(round(tracked * 0.46), tracked), "untracked": reached - tracked},
        "click_rate": {**ratio(round(tracked * 0.051), tracked), "untracked": reached - tracked},
        **{f"{kind}_rate": ratio(round(reached * share), reached) for kind, share in shares.items()},
        "bounce_rate": ratio(sent - reached, sent),
    }


def _part(share: float) -> dict[str, Any]:
    sent = round(_SENT * share)
    return {"sent": sent, "deliveries": sent - round(sent * _BOUNCED / _SENT), **_rates(sent)}


def _report(query: Query) -> dict[str, Any]:
    rates = _rates(_SENT)
    opens, clicks = rates["open_rate"]["n"], rates["click_rate"]["n"]
    everything = sum(row[1] for row in LINKS)
    links = [
        {**dict(zip(("url", "clicks", "unique", "leads"), row, strict=True)), "share": row[1] / everything}
        for row in LINKS[: query.rows]
    ]
    replies = [dict(zip(("category", "sentiment", "n"), row, strict=True)) for row in REPLIES]
    beside = {kind: rates[kind] for kind in ("open_rate", "click_rate")}
    return {
        "sent": _SENT,
        "recipients": 1288,
        "deliveries": _SENT - _BOUNCED,
        "confirmed": _SENT - _BOUNCED - 8,
        **rates,
        "unique_opens": opens,
        "total_opens": opens * 2 + 11,
        "unique_clicks": clicks,
        "total_clicks": everything,
        "clicks_per_unique_open": ratio(clicks - 2, opens),
        "replies": {"total": sum(row[2] for row in REPLIES), "categories": replies},
        "bounces": {"total": _BOUNCED, "hard": 19, "soft": 9, "block": 2, "unknown": 1},
        "unsubscribes": 8,
        "complaints": 1,
        "first_24_hours": [
            {"hour": hour, "opens": round(180 / (hour + 1)), "clicks": round(24 / (hour + 1))}
            for hour in range(24)
        ],
        "top_links": links,
        "steps": [{"step": step, **_part(share)} for step, share in KEYS["step"].items()],
        "variations": [
            {"step": "1", "variation": name, **_part(share / 2)} for name, share in KEYS["variation"].items()
        ],
        "audiences": {
            "opened": opens,
            "not_opened": 1288 - opens,
            "clicked": clicks,
            "replied": 114,
            "bounced": _BOUNCED,
            "unsubscribed": 8,
        },
        "workspace_rates": beside,
        "agency_band": None,
    }


def _no_report(full: Body) -> Body:
    nothing = _zeros(full)
    return {**nothing, "top_links": [], "steps": [], "variations": [], "agency_band": None} | {
        "replies": {"total": 0, "categories": []}
    }


def _zeros(value: Any) -> Any:
    """The figures of an answer, all of them zero."""
    if isinstance(value, Mapping):
        empty = {key: _zeros(one) for key, one in value.items()}
        return {**empty, "rate": None} if "rate" in empty else empty
    if isinstance(value, list):
        return [{**one, **{k: 0 for k in one if k != "hour"}} for one in value]
    return 0 if isinstance(value, int | float) and not isinstance(value, bool) else value


def _audience(query: Query) -> dict[str, Any]:
    rows = [
        {"lead": f"{name}@{company}.example", "at": (AS_OF - timedelta(hours=3 * i)).isoformat()}
        for i, (name, company) in enumerate(PEOPLE)
    ]
    return {"total": len(rows), "rows": rows[: query.rows]}


SAMPLES: Final = {
    "campaign_report": Sample(_report, _no_report),
    "audience": Sample(_audience, lambda _: {"total": 0, "rows": []}),
}
