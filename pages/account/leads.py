"""The leads of an account on its page: how many are new, how quickly they are answered, which campaigns do well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dashapp.agencies.attention import account_figures
from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.tiles.parts.rates import LEAST_UNITS
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say
from data.errors import DataError
from data.lake.lake import Lake
from data.query.ask import ask
from data.question import Query
from data.scope import Scope

DAYS: Final = timedelta(days=28)
MOST: Final = 3


@dataclass(frozen=True)
class Leads:
    """Facts as (label, value); campaigns by reply rate, the best first, as (name, rate, n of base)."""

    facts: list[tuple[str, str]]
    campaigns: list[tuple[str, str, str]]


def leads(lake: Lake, session: Session, scope: Scope, workspace: Workspace) -> Leads:
    """Of the 28 local days that end today; whose scope is narrow sees no count of everybody's leads."""
    facts: list[tuple[str, str]] = []
    kept = account_figures.kept(session, [workspace.id]).get(workspace.id) if scope.user is None else None
    if kept is not None:
        good = sum(kept.statuses.get(name, 0) for name in ("interested", "meeting", "won"))
        answered = "–" if kept.response_s is None else format.duration(kept.response_s)
        facts = [
            (say("New leads"), format.integer(kept.leads)),
            (say("First response"), answered),
            (say("Interested leads"), format.of_base(good, sum(kept.statuses.values()))),
        ]
    today = now().astimezone(ZoneInfo(workspace.timezone)).date()
    rate: dict[str, Any] = {"name": "rate", "data_type": "reply", "attribution": "lead", "by": "campaign"}
    query = Query(**rate, **{"from": today - DAYS + timedelta(days=1), "to": today})
    try:
        groups = ask(lake, scope, workspace.id, query).get("groups", [])
    except DataError:  # the page says who is in the account, whatever its figures do
        groups = []
    ranked = sorted((one for one in groups if one["base"] >= LEAST_UNITS), key=lambda one: -one["rate"])
    return Leads(
        facts,
        [
            (one["key"], format.percent(one["rate"]), format.of_base(one["n"], one["base"]))
            for one in ranked[:MOST]
        ],
    )
