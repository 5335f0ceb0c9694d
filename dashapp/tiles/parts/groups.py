"""Figures by campaign, step, person …: how a group is called and which ones a tile shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from dashapp.tiles.base import Page
from dashapp.tiles.options import Rate
from dashapp.tiles.parts.rates import n_of_base
from dashapp.ui.format import of_base, percent

By = Literal["campaign", "step", "variation", "user", "sender", "sender_provider", "recipient_provider"]
BY = (
    ("campaign", "Campaign"),
    ("step", "Step"),
    ("variation", "Variation"),
    ("user", "User"),
    ("sender", "Sender"),
    ("sender_provider", "Sender provider"),
    ("recipient_provider", "Recipient provider"),
)
#: How the answers call what has no name.
UNNAMED = {"(none)", "", None}
_PROVIDERS = {"gmail", "outlook", "custom", "other", "unknown"}

Group = Mapping[str, Any]


def usual_columns() -> list[Rate]:
    """The rates a table shows where nobody chose."""
    return ["open", "click", "reply", "positive_reply"]


def group_name(by: str, key: str | None, page: Page) -> str:
    """What people call a group."""
    if key in UNNAMED:
        return page.t(f"none_{by}")
    text = str(key)
    if by == "user":
        return user_name(text, page)
    if by == "step":
        return page.t("step_n", n=text) if text.isdigit() else text
    if by in {"sender_provider", "recipient_provider"} and text in _PROVIDERS:
        return page.t(f"provider_{text}")
    return text


def user_name(email: str, page: Page) -> str:
    """What somebody of the team is called; the address itself where nobody of that address is known."""
    return dict(page.team).get(email, email)


def with_base(answer: Mapping[str, Any]) -> list[Group]:
    """The groups that have something to measure."""
    return [group for group in answer.get("groups", []) if group["base"]]


def ranked(groups: Sequence[Group], sort: str) -> list[Group]:
    """By how many ("count") or by share ("rate"); ties by the other, then by name."""

    def order(group: Group) -> tuple[float, float, str]:
        count, rate = -group["n"], -(group["rate"] or 0)
        first, second = (count, rate) if sort == "count" else (rate, count)
        return first, second, str(group["key"] or "")

    return sorted(groups, key=order)


def stepwise(groups: Sequence[Group]) -> list[Group]:
    """Steps in the order they are sent: numbers by size, names after them."""

    def order(group: Group) -> tuple[int, int, str]:
        text = str(group["key"] or "")
        return (0, int(text), "") if text.isdigit() and len(text) < 10 else (1, 0, text)

    return sorted(groups, key=order)


def keyed(answer: Mapping[str, Any]) -> dict[Any, Group]:
    """The groups of an answer by their key."""
    return {group["key"]: group for group in answer.get("groups", [])}


def rate_cell(
    group: Group | None, page: Page, opens: str, *, going: bool = False, tracked: bool = False
) -> dict[str, Any]:
    """A table cell: the rate, what it is of, what opens it, and whether it is in progress."""
    if group is None or not group["base"]:
        # Of what was sent, nothing was tracked (or all bounced).
        return {
            "text": percent(None, page.lang),
            "sub": page.t("not_tracked") if tracked else "",
            "opens": "",
        }
    return {
        "text": percent(group["rate"], page.lang),
        "sub": n_of_base(group, page),
        "opens": opens,
        "going": going,
    }


def shown_note(shown: int, found: int, page: Page) -> str:
    """ "12 of 2,431 shown" where some are not; else empty."""
    return page.t("shown_of", which=of_base(shown, found, page.lang)) if shown < found else ""
