"""How fresh the figures of each workspace were, day by day: its query, its section, its drawing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from dash import html
from dash.development.base_component import Component
from markupsafe import Markup
from sqlalchemy import ColumnElement, Connection, Float, and_, case, cast, func, select

from dashapp.db.jobs import FreshnessSample
from dashapp.ui.desk.html_component import Html
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say
from pages.data_team.drawings import LATE_MS

#: Days drawn; samples are kept for longer (jobs/catalog/retention.py).
DAYS: Final = 14
#: The scale is logarithmic from a tenth of a second to an hour: a day is good, late or very late.
_LOW_MS, _HIGH_MS = 100.0, 3_600_000.0
_WIDTH, _HEIGHT, _STEP = 280, 64, 20


@dataclass(frozen=True)
class Day:
    """One day (UTC) of a workspace: the mean and the longest wait of the five minutes in which something came."""

    day: date
    mean_ms: float | None = None
    worst_ms: int | None = None


def days(connection: Connection, ids: Sequence[int], at: datetime) -> dict[int, list[Day]]:
    """The last DAYS days of each workspace, today last."""
    listed = [at.date() - timedelta(days=n) for n in reversed(range(DAYS))]
    columns: list[ColumnElement[float]] = []
    for day in listed:
        begins = datetime.combine(day, time(), UTC)
        within = and_(FreshnessSample.at >= begins, FreshnessSample.at < begins + timedelta(days=1))
        lag = case((within, FreshnessSample.lag_ms))
        columns += [func.avg(cast(lag, Float)), func.max(lag)]
    rows = connection.execute(
        select(FreshnessSample.workspace_id, *columns)
        .where(
            FreshnessSample.workspace_id.in_(ids),
            FreshnessSample.at >= datetime.combine(listed[0], time(), UTC),
        )
        .group_by(FreshnessSample.workspace_id)
    )
    found = {
        row[0]: [
            Day(day, row[1 + 2 * n], None if row[2 + 2 * n] is None else int(row[2 + 2 * n]))
            for n, day in enumerate(listed)
        ]
        for row in rows
    }
    return {one: found.get(one, [Day(day) for day in listed]) for one in ids}


def fortnight(names: Sequence[tuple[str, Sequence[Day]]]) -> Component:
    """The workspaces beside each other, those in which something came."""
    drawn = [(name, found) for name, found in names if any(one.worst_ms is not None for one in found)]
    if not drawn:
        return html.P(say("Nothing came in these two weeks."), className="dk-card dd-none")
    return html.Div([_card(name, found) for name, found in drawn], className="dd-days")


def _card(name: str, found: Sequence[Day]) -> Component:
    known = [one for one in found if one.worst_ms is not None]
    means = sorted(one.mean_ms for one in known if one.mean_ms is not None)
    worst = max(one.worst_ms or 0 for one in known)
    late = sum((one.worst_ms or 0) > LATE_MS for one in known)
    figures: Mapping[str, str] = {
        say("usually"): format.duration(means[(len(means) - 1) // 2] / 1_000),
        say("worst"): format.duration(worst / 1_000),
        say("late on"): say("{late} of {days} days", late=late, days=DAYS),
    }
    return html.Div(
        [
            html.H3(name),
            html.Dl(
                [html.Div([html.Dt(label), html.Dd(text)]) for label, text in figures.items()],
                className="dd-day-figures",
            ),
            drawing(name, found),
            html.Div(
                [html.Span(format.day(found[0].day)), html.Span(say("today"))],
                className="dd-day-axis dk-quiet",
            ),
        ],
        className="dk-card dd-day",
    )


def drawing(name: str, found: Sequence[Day]) -> Html:
    """A column a day up to its longest wait, with a mark at its mean; the dashed line is where late begins."""
    parts = [
        Markup('<path class="dd-floor" d="M0,{}H{}"/><path class="dd-limit" d="M0,{}H{}"/>').format(
            _HEIGHT, _WIDTH, _y(LATE_MS), _WIDTH
        )
    ]
    for n, one in enumerate(found):
        if one.worst_ms is None or one.mean_ms is None:
            continue
        kind = "dd-bar dd-late" if one.worst_ms > LATE_MS else "dd-bar"
        top = _y(one.worst_ms)
        parts.append(
            Markup(
                '<rect class="{}" x="{}" y="{}" width="12" height="{}" rx="2"><title>{}</title></rect>'
                '<path class="dd-mean" d="M{},{}h16"/>'
            ).format(
                kind, n * _STEP + 4, top, round(_HEIGHT - top, 1), _told(one), n * _STEP + 2, _y(one.mean_ms)
            )
        )
    said = say("{name}, lag of the last {days} days: ", name=name, days=DAYS) + "; ".join(
        _told(one) for one in found if one.worst_ms is not None
    )
    return Html(
        Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}" focusable="false">{}</svg>').format(
            _WIDTH, _HEIGHT + 1, said, Markup("").join(parts)
        ),
        className="dd-day-lag",
    )


def _told(one: Day) -> str:
    mean, worst = (one.mean_ms or 0.0) / 1_000, (one.worst_ms or 0) / 1_000
    return say(
        "{day}: mean {mean}, worst {worst}",
        day=format.day(one.day),
        mean=format.duration(mean),
        worst=format.duration(worst),
    )


def _y(lag_ms: float) -> float:
    share = math.log(min(max(lag_ms, _LOW_MS), _HIGH_MS) / _LOW_MS) / math.log(_HIGH_MS / _LOW_MS)
    return round(_HEIGHT - max(3.0, share * _HEIGHT), 1)
