"""Events straight into the lake, good ones and one that no mart can take in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa

from data.lake.lake import Lake
from data.lake.segments import SCHEMA, write_events
from data.query.ask import Query, ask
from data.scope import Scope

#: The year 294246: within what a segment holds, beyond what a date can be.
BEYOND = 9_223_362_022_400_000_000


def sends(workspace_id: int, name: str, count: int) -> pa.Table:
    """`count` e-mails of one morning, with ids `name`-0, `name`-1, …"""
    at = datetime(2024, 9, 2, 10)  # noqa: DTZ001  segments hold UTC without a zone
    return pa.Table.from_pylist(
        [
            {
                "workspace_id": workspace_id,
                "event_id": f"{name}-{n}",
                "event": "sent",
                "channel": "email",
                "sender_provider": "custom",
                "recipient_provider": "other",
                "track_opens": True,
                "track_clicks": True,
                "message_id": f"m-{name}-{n}",
                "lead": f"{name}{n}@leads.example",
                "occurred_at": at,
                "received_at": at,
                "machine": False,
            }
            for n in range(count)
        ],
        schema=SCHEMA,
    )


def poisoned(table: pa.Table, row: int) -> pa.Table:
    """The table with one row stamped in the year 294246."""
    stamps = table.column("occurred_at").cast(pa.int64()).to_pylist()
    stamps[row] = BEYOND
    at = table.schema.get_field_index("occurred_at")
    return table.set_column(at, "occurred_at", pa.array(stamps, pa.int64()).cast(pa.timestamp("us")))


def write(lake: Lake, *tables: pa.Table) -> None:
    """One segment of all of them."""
    write_events(lake, pa.concat_tables(tables))


def sent_emails(lake: Lake, workspace_id: int) -> Any:
    """How many e-mails the workspace's figures show for that day."""
    question = Query.model_validate({"name": "sent_emails", "from": "2024-09-02", "to": "2024-09-02"})
    return ask(lake, Scope(frozenset({workspace_id})), workspace_id, question)["total"]
