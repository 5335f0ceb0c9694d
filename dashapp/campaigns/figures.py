"""The questions a campaign page asks, and the campaigns a scope has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from data.lake.lake import Lake
from data.query import ask as figures
from data.query.ask import Query
from data.query.snapshot import WorkspaceSnapshot
from data.scope import Scope

Answer = Mapping[str, Any]
#: What happens to messages of no campaign is told under this name; it is none.
NAMELESS: Final = "(none)"
#: Whom one may want to take along from a report, in the order shown.
AUDIENCES: Final = ("opened", "not_opened", "clicked", "replied", "bounced", "unsubscribed")
_LISTED: Final = ("bounce", "open", "click", "reply", "positive_reply")


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign of the list. `rates`: (n, base) by data type; `sent` counts all its e-mails."""

    name: str
    sent: int
    rates: Mapping[str, tuple[int, int]]


def campaigns_in(
    lake: Lake, scope: Scope, workspace_id: int, seen: WorkspaceSnapshot | None = None
) -> list[CampaignRow]:
    """The campaigns of a workspace that the scope may see, most e-mails first, then by name.

    `seen`: of this version of the figures, else of the newest.
    """
    questions = {kind: Query(name="rate", data_type=kind, by="campaign") for kind in _LISTED}
    answers = figures.ask_all(lake, scope, workspace_id, questions, seen)
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for kind, answer in answers.items():
        for group in answer["groups"]:
            found.setdefault(group["key"], {})[kind] = (group["n"], group["base"])
    rows = [
        CampaignRow(name, rates.get("bounce", (0, 0))[1], rates)
        for name, rates in found.items()
        if name != NAMELESS
    ]
    return sorted(rows, key=lambda row: (-row.sent, row.name))


def names_in(lake: Lake, scope: Scope, workspace_id: int) -> list[str]:
    """Their names alone."""
    answer = figures.ask(lake, scope, workspace_id, Query(name="rate", data_type="bounce", by="campaign"))
    return [group["key"] for group in answer["groups"] if group["key"] != NAMELESS]


def report_of(
    lake: Lake, scope: Scope, workspace_id: int, campaign: str, seen: WorkspaceSnapshot | None = None
) -> Answer:
    """The report of a campaign, all of its e-mails that the scope holds; `seen` as in `campaigns_in`."""
    question = {"only": Query(name="campaign_report", campaign=campaign)}
    return figures.ask_all(lake, scope, workspace_id, question, seen)["only"]


def audience_of(
    lake: Lake, scope: Scope, workspace_id: int, campaign: str, event: str, limit: int
) -> Sequence[Mapping[str, Any]]:
    """The people of one audience, latest first; addresses are cut down where the scope is masked."""
    query = figures.parse("audience", {"campaign": campaign, "event": event, "limit": limit})
    answer: Sequence[Mapping[str, Any]] = figures.ask(lake, scope, workspace_id, query)["rows"]
    return answer
