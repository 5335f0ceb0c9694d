"""The view menu and the page's controls: which view, which days, narrowed to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from markupsafe import Markup

from dashapp.crm.team import by_name
from dashapp.db.reports import StoredView
from dashapp.tiles.base import COMPARISONS, Filters, Page
from dashapp.tiles.periods import CUSTOM, PERIODS, QUICK
from dashapp.ui.desk.html_component import Html
from dashapp.ui.desk.icons import PATHS
from dashapp.ui.environment import render
from dashapp.ui.language.say import language, later, say
from dashapp.views.names import view_name
from data.lake.lake import Lake
from data.query import ask as query
from data.query.ask import Query
from data.query.snapshot import WorkspaceSnapshot
from data.scope import Scope
from pages.view_controls.controls import FIRST_DAY, LAST_DAY, Controls

_YEAR = timedelta(days=364)
SENDERS = (("any", later("Any")), ("gmail", "Gmail"), ("outlook", "Outlook"), ("custom", later("Custom")))
RECIPIENTS = (("any", later("Any")), ("gmail", "Gmail"), ("outlook", "Outlook"), ("other", later("Other")))


@dataclass(frozen=True)
class Choice:
    """A view in the menu. `own_star`: this place gave it the star itself and may take it back."""

    id: int
    name: str
    href: str
    current: bool
    starred: bool
    own_star: bool = False


def shown_name(name: str) -> str:
    """A view's name in the reader's language (`dashapp/views/names.py`)."""
    return view_name(name, language())


def choices(
    views: Sequence[StoredView],
    shown: int | None,
    starred: int | None,
    path: str,
    keep: Mapping[str, str],
    *,
    own_star: int | None = None,
) -> list[Choice]:
    """The views as choices; each link keeps what else the address says."""
    return [
        Choice(
            view.id,
            shown_name(view.name),
            f"{path}?{urlencode({**keep, 'view': view.id})}",
            view.id == shown,
            view.id == starred,
            view.id == own_star,
        )
        for view in views
    ]


def menu(
    name: str,
    view_id: int | None,
    groups: Sequence[tuple[str, Sequence[Choice]]],
    *,
    may_edit: bool,
    may_rename: bool,
) -> Html:
    """The menu behind the view's name, with its dialog."""
    return Html(
        render(
            "ui/view_menu.html",
            name=name,
            shown=shown_name(name),
            view_id=view_id,
            groups=groups,
            may_edit=may_edit,
            may_rename=may_rename,
            icons=PATHS,
        ),
        id="view-menu",
    )


def controls_bar(
    controls: Controls, page: Page, path: str, keep: Mapping[str, str], names: Mapping[str, Sequence[str]]
) -> Html:
    """Period, comparison and filters. `keep`: what of the address stays (view, agency); `names`: of the data,
    without "user" where there is no choice of users.
    """

    def link(to: Controls) -> str:
        # The period is always said: an address that says nothing means "as I left it".
        return f"{path}?{urlencode({**keep, 'period': to.period, **to.pairs})}"

    def without(field: str) -> Controls:
        kept = controls.filters.model_dump(exclude_defaults=True, exclude={field})
        return replace(controls, filters=Filters(**kept))

    plain = replace(controls, from_=None, to=None)
    others = [(key, one.name(language())) for key, one in PERIODS.items() if key not in QUICK]
    chosen = controls.filters
    called = dict(page.team)
    people = [_names("user", say("User"), chosen.user, names["user"], called)] if "user" in names else []
    fields = [
        _names("campaign", say("Campaign"), chosen.campaign, names.get("campaign", ())),
        *people,
        _field("sender", say("Sender’s provider"), chosen.sender_provider, _said(SENDERS)),
        _field("recipient", say("Recipient’s provider"), chosen.recipient_provider, _said(RECIPIENTS)),
    ]
    count = len(chosen.model_dump(exclude_defaults=True))
    html: Markup = render(
        "ui/page_controls.html",
        path=path,
        periods=[(key, say("{n} days", n=key)) for key in QUICK],
        others=others,
        links={key: link(replace(plain, period=key)) for key in PERIODS},
        controls=controls,
        span=page.period.dates(language(), year=False)
        if controls.period == CUSTOM
        else dict(others).get(controls.period, say("Other period")),
        in_menu=controls.period not in QUICK,
        comparisons=[(key, page.t(f"compare_{key}")) for key in COMPARISONS],
        chips=[
            {"label": label, "value": value, "href": link(without(field))}
            for field, label, value in filter_words(chosen, called)
        ],
        first=page.period.from_.isoformat(),
        last=page.period.to.isoformat(),
        earliest=FIRST_DAY.isoformat(),
        latest=LAST_DAY.isoformat(),
        fields=fields,
        filtered=say("1 filter") if count == 1 else say("{n} filters", n=count) if count else "",
        cleared=f"{path}?{urlencode({**keep, 'period': controls.period, **_cleared(controls).pairs})}",
        icons=PATHS,
    )
    return Html(html, id="controls-bar")


def filter_words(filters: Filters, called: Mapping[str, str] | None = None) -> list[tuple[str, str, str]]:
    """(field, what it is, its value) of every filter that is chosen, in words; `called`: names of the team."""
    user = (called or {}).get(filters.user or "", filters.user)
    said = {
        "campaign": (say("Campaign"), filters.campaign),
        "user": (say("User"), user),
        "sender_provider": (say("Sender’s provider"), dict(_said(SENDERS)).get(filters.sender_provider)),
        "recipient_provider": (
            say("Recipient’s provider"),
            dict(_said(RECIPIENTS)).get(filters.recipient_provider),
        ),
    }
    chosen = filters.model_dump(exclude_defaults=True)
    return [(field, label, str(value)) for field, (label, value) in said.items() if field in chosen]


def _said(options: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(value, say(text)) for value, text in options]


def _cleared(controls: Controls) -> Controls:
    return replace(controls, filters=Filters())


def _field(name: str, label: str, value: str | None, options: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {"name": name, "label": label, "value": value or "", "choices": options}


def _names(
    name: str, label: str, value: str | None, found: Sequence[str], called: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A choice among the data's names; what is chosen stays in the list also when the days shown lack it."""
    return _field(
        name, label, value, [("", say("All")), *by_name([*found, *([value] if value else [])], called or {})]
    )


def names_of(
    lake: Lake,
    scope: Scope,
    workspace_id: int,
    page: Page,
    *,
    users: bool = True,
    seen: WorkspaceSnapshot | None = None,
) -> dict[str, list[str]]:
    """The campaigns and users that sent in the last year; of an older period, in it or the year before its end.

    One question for all periods of the last year: going back and forth in them counts nothing. `users` False: for
    who must not see who of the team sends; there is then no choice of them. `seen`: the workspace as just read.
    """
    today = page.as_of.astimezone(ZoneInfo(page.timezone)).date()
    last = today if page.period.from_ >= today - _YEAR else page.period.to
    first = min(page.period.from_, last - _YEAR)
    asked = {
        by: Query(name="rate", data_type="bounce", by=by, **{"from": first, "to": last})
        for by in ("campaign", *(["user"] if users else []))
    }
    answers = query.ask_all(lake, scope, workspace_id, asked, seen)
    return {
        by: [str(group["key"]) for group in answers[by]["groups"] if group["key"] != "(none)"] for by in asked
    }
