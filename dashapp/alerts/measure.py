"""The figure an alert watches: that of a tile, kept with everything it depends on."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dashapp.errors import Refused
from dashapp.tiles.base import Filters, Page
from dashapp.tiles.options import Rate
from dashapp.tiles.parts.rates import LEAST_UNITS, metric_label
from dashapp.tiles.periods import DECLARED, PERIODS
from dashapp.tiles.registry import tile_types
from dashapp.tiles.types.kpi import KpiOptions
from dashapp.views.schema import Placed

#: above, below: the figure itself; rise, fall: its change against the previous period at the same age.
Kind = Literal["above", "below", "rise", "fall"]
THRESHOLDS: frozenset[Kind] = frozenset({"above", "below"})
#: The tile types whose figure can be watched: one metric over one period.
WATCHED = frozenset({"kpi", "trend", "sent_emails"})
_OPTIONS = {one.option: one.key for one in DECLARED}
_RUNNING = frozenset({"this_week", "this_month", "this_quarter", "year_to_date", "today"})


class Measure(BaseModel):
    """One metric over a declared period (`tiles/periods.py`), narrowed as the tile and its page were."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    metric: Literal["sent"] | Rate
    period: str
    view: Literal["percentage", "absolute"] = "percentage"
    attribution: Literal["email", "lead"] = "email"
    engagement: Literal["human", "all"] = "human"
    campaign: Annotated[str, Field(max_length=500)] | None = None
    sender_provider: Literal["any", "gmail", "outlook", "custom"] = "any"
    recipient_provider: Literal["any", "gmail", "outlook", "other"] = "any"
    user: Annotated[str, Field(max_length=254)] | None = None

    @property
    def counts(self) -> bool:
        """Whether the figure is a count, not a rate."""
        return self.metric == "sent" or self.view == "absolute"

    @property
    def options(self) -> KpiOptions:
        """The figure as a key figure's options; its period is the page's."""
        return KpiOptions(
            metric=self.metric,
            view=self.view,
            attribution=self.attribution,
            engagement=self.engagement,
            campaign=self.campaign,
            sender_provider=self.sender_provider,
            recipient_provider=self.recipient_provider,
        )

    @property
    def filters(self) -> Filters:
        """What is not a tile's own to narrow."""
        return Filters(user=self.user)

    def tile(self) -> Placed:
        """A key figure that shows it."""
        chosen = self.options.model_dump(mode="json", exclude_defaults=True)
        return Placed(id="alert", type="kpi", x=0, y=0, w=4, h=2, options=chosen)

    def label(self, page: Page) -> str:
        """ "Open rate"."""
        return metric_label(self.metric, self.view, page)


def stored_measure(stored: dict[str, Any]) -> Measure:
    """A measure as the database has it."""
    return Measure.model_validate(stored)


def can_watch(placed: Placed) -> bool:
    """Whether a tile has one figure that can be watched: no breakdown, not several lines."""
    if placed.type not in WATCHED:
        return False
    return not placed.options.get("more") and placed.options.get("split", "none") == "none"


def measure_of(placed: Placed, page_period: str, filters: Filters) -> Measure:
    """The figure of a tile on a page with this period and these filters. A tile's own choice comes first.

    Raises Refused for a tile without one figure, and for a period that does not move with the days.
    """
    if not can_watch(placed):
        raise Refused(
            "An alert watches one figure: choose a key figure, a trend with one line or sent e-mails."
        )
    options = tile_types()[placed.type].options.model_validate(placed.options)
    own = getattr(options, "period", "page")
    period = page_period if own == "page" else _OPTIONS.get(own, "")
    if period not in PERIODS:
        raise Refused("An alert needs a period that moves with the days, such as the last 28 days.")
    chosen: dict[str, Any] = {
        name: getattr(options, name)
        for name in ("metric", "view", "attribution", "engagement")
        if hasattr(options, name)
    }
    for name in ("campaign", "sender_provider", "recipient_provider"):
        own_choice = getattr(options, name)
        chosen[name] = getattr(filters, name) if own_choice in (None, "any") else own_choice
    if placed.type == "sent_emails":
        chosen["metric"] = "sent"
    try:
        return Measure(period=period, user=filters.user, **chosen)
    except ValidationError as error:
        raise Refused("The figure of this tile cannot be watched.") from error


def check_kind(measure: Measure, kind: Kind) -> None:
    """Raises Refused for a count that would be below its limit every morning of a period that still runs."""
    if kind == "below" and measure.counts and measure.period in _RUNNING:
        raise Refused(
            "This period still runs, so the count starts from nothing. Choose one of whole days, such as the last "
            "28 days."
        )


def least_of(kind: Kind, least: int) -> int:
    """From how many e-mails or leads on it is judged: a change never of fewer than a comparison needs."""
    return max(0 if kind in THRESHOLDS else LEAST_UNITS, least)
