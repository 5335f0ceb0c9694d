"""What somebody explores instead of the tile's own figures: another metric, another breakdown, a split by provider.

All of it is in the address (`metric`, `by`, `split`, `per`); what is left out is as in the tile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from markupsafe import Markup

from dashapp.tiles.base import Options, Page
from dashapp.tiles.options import METRICS, Narrowed, named
from dashapp.tiles.parts.groups import BY
from dashapp.tiles.parts.rates import before_options, compared, metric_label
from dashapp.ui.environment import render
from dashapp.ui.language.say import language, later, say
from data.query.ask import Query
from data.question import By
from pages.frame.reach import PEOPLE

NAMES: Final = ("metric", "by", "split", "per")
_METRICS: Final = tuple(key for key, *_ in METRICS)
_SPLITS: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    "sender_provider": (("gmail", "Gmail"), ("outlook", "Outlook"), ("custom", "Custom")),
    "recipient_provider": (("gmail", "Gmail"), ("outlook", "Outlook"), ("other", "Other")),
}
_TIMES: Final = {"day": later("Day"), "week": later("Week")}
_PER: Final = {"email": later("Per e-mail"), "lead": later("Per lead")}


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen; "" is as in the tile."""

    metric: str = ""
    by: str = ""
    split: str = ""
    per: str = ""

    def __bool__(self) -> bool:
        return any((self.metric, self.by, self.split, self.per))

    @property
    def pairs(self) -> dict[str, str]:
        """As the address has them."""
        return {name: value for name in NAMES if (value := getattr(self, name))}


#: Nothing was chosen.
AS_IN_THE_TILE: Final = Choices()


def read_choices(search: Mapping[str, str]) -> Choices:
    """The choices of an address; one that is not known is as in the tile."""
    known = {"metric": _METRICS, "by": get_args(By), "split": tuple(_SPLITS), "per": tuple(_PER)}
    return Choices(**{name: search[name] for name in NAMES if search.get(name) in known[name]})


def _shown(choices: Choices, options: Options) -> Choices:
    """The choices with what the tile says where nothing was chosen."""
    metric = choices.metric or getattr(options, "data_type", "") or getattr(options, "metric", "") or "reply"
    return Choices(
        metric,
        choices.by or getattr(options, "by", "") or "day",
        choices.split,
        choices.per or getattr(options, "attribution", "email"),
    )


def chosen_queries(choices: Choices, options: Options, page: Page) -> dict[str, Query]:
    """What is asked instead of the tile's own questions; the tile's own narrowing stays."""
    shown = _shown(choices, options)
    asked: dict[str, Any] = {"name": "rate", "data_type": shown.metric, "by": shown.by}
    if shown.metric == "sent":  # asked as a rate for its base (pages/plots/cells.py)
        asked["data_type"] = "bounce"
    else:
        asked |= {"attribution": shown.per, "engagement": getattr(options, "engagement", "human")}
    if isinstance(options, Narrowed):
        asked |= {name: value for name, value in options.narrow().items() if value not in {None, "any"}}
    part = "sent" if shown.metric == "sent" else "now"
    days = page.period.range_options()
    if shown.split:
        return {
            f"{part} {value}": Query(**{**asked, shown.split: value, **days}, marks=True)
            for value, _ in _SPLITS[shown.split]
        }
    found = {part: Query(**asked, **days, marks=True)}
    if part == "now" and compared("previous", page) and shown.by != "week":
        found["before"] = Query(**asked, **before_options("previous", page))
    return found


def title_of(choices: Choices, options: Options, page: Page) -> str:
    """What is shown, such as "Reply rate by campaign"."""
    shown = _shown(choices, options)
    metric = metric_label(shown.metric, "percentage", page)
    if shown.by in _TIMES:
        return (
            say("{metric} by day", metric=metric)
            if shown.by == "day"
            else say("{metric} by week", metric=metric)
        )
    return page.t("by_group", metric=metric, group=page.t(f"group_{shown.by}"))


def choosers(choices: Choices, *, team: bool) -> Markup:
    """The four selects (assets/desk_views.js makes an address of a choice)."""
    lang = language()
    as_is = ("", say("As in the tile"))
    groups = [(key, text) for key, text in named(BY, lang).items() if team or key not in PEOPLE]
    fields = [
        ("metric", say("Metric"), choices.metric, [as_is, *named(METRICS, lang).items()]),
        ("by", say("By"), choices.by, [as_is, *((key, say(text)) for key, text in _TIMES.items()), *groups]),
        (
            "split",
            say("Split"),
            choices.split,
            [("", say("No split")), *((key, text) for key, text in groups if key in _SPLITS)],
        ),
        ("per", say("Counted|per"), choices.per, [as_is, *((key, say(text)) for key, text in _PER.items())]),
    ]
    return render("ui/explore_choices.html", fields=fields)
