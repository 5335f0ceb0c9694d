"""The tables of what is planned: campaigns, steps, journeys, mailboxes, and the forecasts made of them.

Reference data is what the source says now; it has no history, unlike events. Rows are kept by their key: a file
loaded again replaces the rows it names and leaves the others.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    select,
)

from data.lake.tables import metadata
from data.upsert import insert_for


def _of_workspace() -> Column[Any]:
    return Column("workspace_id", Integer, primary_key=True, autoincrement=False)


plan_campaign = Table(
    "plan_campaign",
    metadata,
    _of_workspace(),
    Column("campaign", String(500), primary_key=True),
    Column("status", String(40), nullable=True, comment="as the source names it"),
    Column("user", String(254), nullable=True, comment="the owner's e-mail"),
)

plan_step = Table(
    "plan_step",
    metadata,
    _of_workspace(),
    Column("campaign", String(500), primary_key=True),
    Column("step", String(200), primary_key=True),
    Column("position", Float, nullable=False, comment="the step's number, else its place in the file"),
    Column("channel", String(20), nullable=False),
    Column("wait_days", Float, nullable=False, comment="after the step before"),
    Column("subject", String(998), nullable=True),
    Column("body", Text, nullable=True, comment="the template as the source has it, HTML or plain text"),
)

plan_journey = Table(
    "plan_journey",
    metadata,
    _of_workspace(),
    Column("campaign", String(500), primary_key=True),
    Column("lead", String(320), primary_key=True, comment="lower case"),
    Column("state", String(20), nullable=False),
    Column("next_step_at", DateTime(timezone=True), nullable=True),
    Column("next_step_on", Date, nullable=True, comment="where only a local day was told"),
    Column("user", String(254), nullable=True),
)

plan_mailbox = Table(
    "plan_mailbox",
    metadata,
    _of_workspace(),
    Column("sender", String(320), primary_key=True, comment="lower case"),
    Column("provider", String(20), nullable=True),
    Column("daily_limit", Integer, nullable=True, comment="null: no limit is known"),
    Column("sending_days", String(7), nullable=False, comment="ISO weekdays, 1 = Monday"),
    Column(
        "window_end", String(5), nullable=True, comment="local HH:MM; what is due later goes out next day"
    ),
    Column("user", String(254), nullable=True),
)

#: Counts the changes of a workspace's plans and kept forecasts: answers made of them are kept until it moves.
plan_stamp = Table(
    "plan_stamp",
    metadata,
    _of_workspace(),
    Column("changes", Integer, nullable=False),
)

#: What was forecast on a local day for the days after it; never changed afterwards, to be held against what came.
forecast = Table(
    "forecast",
    metadata,
    _of_workspace(),
    Column("made_on", Date, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("n", Integer, nullable=False),
    Column("held_back", Integer, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
)

#: The tables by the name of the file that fills them.
KINDS: Final[dict[str, Table]] = {
    "campaigns": plan_campaign,
    "steps": plan_step,
    "journeys": plan_journey,
    "mailboxes": plan_mailbox,
}


#: Asked for every page: see data/lake/manifest.py.
_STAMP: Final = select(plan_stamp.c.changes).where(plan_stamp.c.workspace_id == bindparam("whose"))


def stamp(connection: Connection, workspace_id: int) -> int:
    """How often the workspace's plans and kept forecasts changed."""
    return connection.scalar(_STAMP, {"whose": workspace_id}) or 0


def changed(connection: Connection, workspace_id: int) -> None:
    """Count a change, in the transaction that makes it."""
    row = insert_for(connection, plan_stamp)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=[plan_stamp.c.workspace_id], set_={"changes": plan_stamp.c.changes + 1}
        ),
        {"workspace_id": workspace_id, "changes": 1},
    )
