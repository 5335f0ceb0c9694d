"""Mailchimp's warehouse tables: a folder of CSV files, one a table, as a data pipeline copies them.

Each row of a table of happenings is told: it becomes a record, or is parked with the reason. Tables of
things (members, campaigns, lists) are looked up and are no rows of their own. Times are UTC.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from data.events.canonical import Parked
from data.events.fields import storable
from data.sources.files.csv_table import csv_rows
from data.sources.files.reading import Reading, Rows

Cells = dict[str, str]

_ACTIONS: Final = {"open": "opened", "click": "clicked", "bounce": "bounced"}
_NO_SEND_TIME: Final = (
    "Mailchimp's automation tables do not say when a mail was sent to a member, "
    "so this row belongs to no message"
)
_AUTOMATION: Final = ("automation_recipient", "automation_recipient_activity")


def is_folder(path: Path) -> bool:
    """Whether a folder holds Mailchimp's tables."""
    return path.is_dir() and any((path / f"{n}.csv").is_file() for n in ("campaign_recipient", *_AUTOMATION))


def read(folder: Path, reading: Reading) -> Rows:
    """Every row that tells of something happening, as a canonical record or Parked."""
    tables = _Tables(folder)
    makers: dict[str, Callable[[Cells], dict[str, Any] | str]] = {
        "campaign_recipient": tables.sent,
        "campaign_recipient_activity": tables.activity,
        "unsubscribe": tables.unsubscribed,
        **dict.fromkeys(_AUTOMATION, lambda row: _NO_SEND_TIME),
    }
    for name, make in makers.items():
        for where, row in _table(folder, name):
            if isinstance(row, Parked):
                yield where, row
                continue
            raw = json.dumps(row)
            made = make(row)
            if isinstance(made, str):
                yield where, Parked(where, made, storable(raw))
            else:
                yield where, {**made, "raw": raw, "_where": where}


def _table(folder: Path, name: str) -> Iterator[tuple[str, Cells | Parked]]:
    path = folder / f"{name}.csv"
    if path.is_file():
        yield from csv_rows(path)


class _Tables:
    """What the rows refer to: campaigns by id, members' addresses by (id, list) and by id."""

    def __init__(self, folder: Path) -> None:
        self.campaigns = {row["id"]: row for _, row in _table(folder, "campaign") if isinstance(row, dict)}
        self.addresses: dict[tuple[str, str], str] = {}
        for _, row in _table(folder, "member"):
            if isinstance(row, dict) and (found := row.get("email_address")):
                self.addresses[row["id"], row.get("list_id", "")] = found
                self.addresses.setdefault((row["id"], ""), found)
        self.titles = Counter(row.get("title") for row in self.campaigns.values())

    def _who(self, row: Cells) -> dict[str, Any]:
        campaign_id, member = row.get("campaign_id", ""), row.get("member_id", "")
        lead = self.addresses.get((member, row.get("list_id", ""))) or self.addresses.get((member, ""))
        campaign = self.campaigns.get(campaign_id)
        title = campaign.get("title") if campaign else None
        if title and self.titles[title] > 1:
            title = f"{title} ({campaign_id})"  # two campaigns of one title are two campaigns
        return {
            "lead": lead or member,
            "message_id": f"{campaign_id}:{member}" if campaign else None,
            "campaign": title or campaign_id,
        }

    def sent(self, row: Cells) -> dict[str, Any] | str:
        """A recipient of a campaign: sent when the campaign was."""
        campaign = self.campaigns.get(row.get("campaign_id", ""))
        if campaign is None or not campaign.get("send_time"):
            return f"campaign {row.get('campaign_id')!r} is not in campaign.csv with its send_time"
        who = self._who(row)
        return {
            **who,
            "event": "sent",
            "event_id": f"mailchimp:sent:{who['message_id']}",
            "occurred_at": campaign["send_time"],
            "sender": campaign.get("reply_to") or None,
            "subject": campaign.get("subject_line") or None,
            "variation": row.get("combination_id") or None,
            "track_opens": campaign.get("track_opens") != "false",
            "track_clicks": campaign.get("track_html_clicks") != "false",
        }

    def activity(self, row: Cells) -> dict[str, Any] | str:
        """An open, a click or a bounce of a campaign's mail."""
        if row.get("campaign_id", "") not in self.campaigns:
            return f"campaign {row.get('campaign_id')!r} is not in campaign.csv"
        action, who = row.get("action", ""), self._who(row)
        parts = (action, who["message_id"], row.get("timestamp"), row.get("ip"), row.get("url"))
        return {
            **who,
            "event": _ACTIONS.get(action, action),
            "event_id": "mailchimp:" + ":".join(part or "" for part in parts),
            "occurred_at": row.get("timestamp"),
            "ip": row.get("ip") or None,
            "url": row.get("url") or None,
            "bounce_kind": {"hard": "hard", "soft": "soft"}.get(row.get("bounce_type", "")),
        }

    def unsubscribed(self, row: Cells) -> dict[str, Any] | str:
        """A member who left; of a mail that is not among the campaigns' only the member is known."""
        who = self._who(row)
        return {
            **who,
            "event": "unsubscribed",
            "event_id": f"mailchimp:unsubscribed:{row.get('campaign_id')}:{row.get('member_id')}",
            "occurred_at": row.get("timestamp"),
        }
