"""Sent e-mails: a column per local day of the period, all campaigns (docs/numbers.md)."""

from __future__ import annotations

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import Narrowed, Ranged
from dashapp.tiles.parts.definition import counted
from dashapp.tiles.parts.notes import marked, notes_on, said_of
from dashapp.tiles.parts.rates import nothing_sent
from dashapp.tiles.parts.series import buckets, sent_rows
from dashapp.ui import charts
from dashapp.ui.format import compact, integer
from data.query.ask import Query

#: Columns of one day; longer periods pool 7.
MOST_COLUMNS = 100


class SentEmailsOptions(Narrowed, Ranged):
    """Whose e-mails, and when."""


def queries(options: SentEmailsOptions, page: Page) -> dict[str, Query]:
    """The period by day."""
    return {"sent": Query(name="sent_emails", marks=True, **options.narrow(), **page.period.range_options())}


def titled(options: SentEmailsOptions, page: Page) -> str:
    """The title."""
    return page.t("sent_emails")


def context(options: SentEmailsOptions, answers: Answers, page: Page) -> Context:
    """Template values; the headline is the sum of the days shown."""
    answer = answers["sent"]
    title = titled(options, page)
    if not answer["total"]:
        return {"title": title, "empty": nothing_sent(page), "how": []}
    # More columns than this would be thinner than a pixel on a phone.
    pool = page.period.days > MOST_COLUMNS
    days = buckets(page.period, sent_rows(answer), pool=pool, going={page.today.isoformat()})
    counts = [b.n for b in days]
    noted = notes_on(page, options.campaign)
    scale = charts.scale(max(counts), whole=True)
    columns = charts.columns(counts, scale.top)
    centres = [round(c.x + c.width / 2, 2) for c in columns]
    return {
        "title": title,
        "empty": None,
        "note": page.t(
            "per_week" if pool else "sent_per_day" if _all_campaigns(options, page) else "per_day"
        ),
        "headline": integer(answer["total"], page.lang),
        "opens": page.cell("sent"),
        "points": [page.cell("sent", b.key) for b in days] if page.opens else None,
        "ticks": [compact(v, page.lang) for v in scale.ticks],
        "columns": list(zip(columns, [b.going for b in days], strict=True)),
        "has_going": any(b.going and b.n for b in days),
        "labels": [(centres[i], days[i].short(page.lang)) for i in charts.label_indices(len(days), 7)],
        "tips": [
            [
                centres[i],
                columns[i].y,
                b.label(page.lang),
                integer(b.n, page.lang),
                *([page.t("in_progress")] if b.going else []),
                *said_of(b, noted),
            ]
            for i, b in enumerate(days)
        ],
        "how": counted(Query(name="sent_emails"), page),
        **marked(days, noted, page, centres),
    }


def _all_campaigns(options: SentEmailsOptions, page: Page) -> bool:
    return options.campaign is None and page.filters.campaign is None


TILE = TileType(
    "sent_emails",
    "Sent e-mails",
    SentEmailsOptions,
    queries,
    context,
    "tiles/sent_emails.html",
    (7, 3),
    about=About(
        "Sent e-mails",
        "A column for every day, and their sum.",
        "time",
        "volume sending columns days",
        least=(4, 3),
        most=(12, 5),
    ),
    title=titled,
)
