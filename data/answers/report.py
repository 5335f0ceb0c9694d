"""The report of one campaign, and who did what in it (docs/numbers.md)."""

from __future__ import annotations

from typing import Any, Final

from data.answers.activity import stamp
from data.answers.band import bands
from data.answers.facts import Facts
from data.answers.ratio import ratio
from data.events.links import link_of
from data.question import Query


def campaign_report(facts: Facts, query: Query) -> dict[str, Any]:
    """The figures of one campaign's e-mails (those begun in the range; without one, all), up to as of.

    Recipients are people; all else counts e-mails, and a repeat adds to the totals only. Deliveries are the e-mails
    that did not bounce (`confirmed`: of those the provider told). Clicks per unique open: of the e-mails opened,
    those also clicked. Hourly: opens and clicks by the hours since their own e-mail was sent. Links carry their
    share of all clicks: the click map. `workspace_rates`: the same rates over all campaigns;
    null where the asker may see some campaigns only. `agency_band`: see band.py.
    """
    facts.make("reported", query)
    facts.make("reported_events", query)
    rows = _named(facts, query)
    total = next(row for row in rows if row["all_steps"])
    events = facts.one("report_events", query)
    found = {
        "sent": total["sent"],
        "recipients": total["recipients"],
        "deliveries": total["deliveries"],
        "confirmed": events["confirmed"],
        **_rates(total),
        "unique_opens": total["unique_opens"],
        "total_opens": events["total_opens"],
        "unique_clicks": total["unique_clicks"],
        "total_clicks": events["total_clicks"],
        "clicks_per_unique_open": ratio(total["opened_and_clicked"], total["unique_opens"]),
        "replies": {"total": total["replies"], "categories": _categories(facts, query)},
        "bounces": _bounces(total),
        "unsubscribes": total["unsubscribes"],
        "complaints": events["complaints"],
        "first_24_hours": _hours(facts, query),
        "top_links": _links(facts, query),
        "steps": [{"step": row["step"], **_part(row)} for row in rows if _level(row) == "step"],
        "variations": [
            {"step": row["step"], "variation": row["variation"], **_part(row)}
            for row in rows
            if _level(row) == "variation"
        ],
        "audiences": facts.one("audience_sizes", query),
    }
    return {**found, "workspace_rates": _workspace(facts, query), "agency_band": _bands(facts, query)}


def audience(facts: Facts, query: Query) -> dict[str, Any]:
    """The people of a campaign who opened, did not open, clicked, replied, bounced or unsubscribed, latest first.

    `total` counts all of them, also beyond the rows listed; `at` is the first time it happened, for who did not
    open the time of the last e-mail they could have opened.
    """
    rows = facts.rows("audience", query, event=query.asked_event, limit=query.rows)
    return {
        "total": rows[0][2] if rows else 0,
        "rows": [{"lead": row[0], "at": stamp(row[1])} for row in rows],
    }


def _named(facts: Facts, query: Query) -> list[dict[str, Any]]:
    rows = facts.rows("report_totals", query)
    names = [column[0] for column in facts.connection.description or []]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _level(row: dict[str, Any]) -> str:
    return "all" if row["all_steps"] else "step" if row["all_variations"] else "variation"


def _rates(row: dict[str, Any]) -> dict[str, Any]:
    """The rates per e-mail, each over its own base (docs/numbers.md)."""
    reached = row["deliveries"]
    return {
        **_tracked(row),
        "reply_rate": ratio(row["replies"], reached),
        "positive_reply_rate": ratio(row["positive_replies"], reached),
        "negative_reply_rate": ratio(row["negative_replies"], reached),
        "unsubscribe_rate": ratio(row["unsubscribes"], reached),
        "bounce_rate": ratio(row["bounces"], row["sent"]),
    }


def _tracked(row: dict[str, Any]) -> dict[str, Any]:
    """The two rates that count tracked e-mails only, with those that were not."""
    return {
        f"{kind}_rate": {
            **ratio(row[f"unique_{kind}s"], row[f"{kind}_base"]),
            "untracked": row["deliveries"] - row[f"{kind}_base"],
        }
        for kind in ("open", "click")
    }


def _part(row: dict[str, Any]) -> dict[str, Any]:
    return {"sent": row["sent"], "deliveries": row["deliveries"], **_rates(row)}


def _bounces(row: dict[str, Any]) -> dict[str, int]:
    """By kind; `unknown` where the provider told none."""
    kinds = {kind: row[kind] for kind in ("hard", "soft", "block")}
    return {"total": row["bounces"], **kinds, "unknown": row["bounces"] - sum(kinds.values())}


def _categories(facts: Facts, query: Query) -> list[dict[str, Any]]:
    return [
        {"category": category, "sentiment": sentiment, "n": n}
        for category, sentiment, n in facts.rows("report_replies", query)
    ]


def _hours(facts: Facts, query: Query) -> list[dict[str, Any]]:
    found = {hour: (opens, clicks) for hour, opens, clicks in facts.rows("report_hours", query)}
    rows = []
    for hour in range(24):
        opens, clicks = found.get(hour, (0, 0))
        rows.append({"hour": hour, "opens": opens, "clicks": clicks})
    return rows


def _links(facts: Facts, query: Query) -> list[dict[str, Any]]:
    told = facts.select(
        "select distinct url from reported_events where event = 'clicked' and url is not null", query
    )
    urls = [url for (url,) in told]
    links = [link_of(url) for url in urls]
    return [
        {"url": url, "clicks": clicks, "unique": unique, "leads": leads, "share": clicks / int(everything)}
        for url, clicks, unique, leads, everything in facts.rows(
            "report_links", query, limit=query.rows, urls=urls, links=links
        )
    ]


def _workspace(facts: Facts, query: Query) -> dict[str, Any] | None:
    """Open and click rate over all campaigns; someone who may see some campaigns only is told nothing of others."""
    if facts.scope.campaigns is not None:
        return None
    return _tracked(facts.one("workspace_rates", query.model_copy(update={"campaign": None})))


def _bands(facts: Facts, query: Query) -> dict[str, Any] | None:
    found = bands(facts, ("open", "click"), query)
    return {f"{kind}_rate": told for kind, told in found.items()} if len(found) == 2 else None


ANSWERS: Final = {"campaign_report": campaign_report, "audience": audience}
