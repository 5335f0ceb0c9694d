"""Events for the benches: made in DuckDB, written as segments, sizes spread as real workspaces are.

They are written straight into segments (`segments.write_events`), not through the inbox: 20 million acknowledged
deliveries are measured in `bench_ingest.py`, on fewer of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa

from data.lake.lake import Lake
from data.lake.segments import SCHEMA, write_events

#: A workspace of rank r holds a share of 1/r^0.9 of all messages; the biggest this share, but no more messages than
#: the biggest workspace there is to be. One alone holds all.
BIGGEST_SHARE, BIGGEST_MESSAGES = 0.1, 2_000_000
#: One message makes so many events: sent, and a share of openings, clicks, replies and bounces.
EVENTS_A_MESSAGE = 1.76
DAYS = 182
EVENTS_PER_SEGMENT = 1_000_000


def sizes(workspaces: int, messages: int) -> list[int]:
    """Messages per workspace, biggest first."""
    if workspaces == 1:
        return [messages]
    weights = [1 / rank**0.9 for rank in range(2, workspaces + 1)]
    biggest = min(BIGGEST_MESSAGES, int(messages * BIGGEST_SHARE))
    rest = messages - biggest
    return [biggest] + [max(20, int(rest * w / sum(weights))) for w in weights]


def fill(lake: Lake, ids: list[int], events: int, *, end: datetime | None = None) -> int:
    """Write about `events` events over the workspaces `ids`; gives how many there are."""
    end = end or datetime.now(UTC)
    plan = list(zip(ids, sizes(len(ids), int(events / EVENTS_A_MESSAGE)), strict=True))
    written = 0
    started = time.perf_counter()
    for part in _parts(plan, EVENTS_PER_SEGMENT // 2):
        table = _events(part, end)
        write_events(lake, table)
        written += table.num_rows
    print(f"generated {written:,} events in {time.perf_counter() - started:.0f} s")
    return written


def _parts(plan: list[tuple[int, int]], messages: int) -> Iterator[list[tuple[int, int, int]]]:
    """Pieces of (workspace, first message number, how many), each at most `messages` in all."""
    part: list[tuple[int, int, int]] = []
    room = messages
    for workspace, count in plan:
        first = 0
        while count:
            taken = min(count, room)
            part.append((workspace, first, taken))
            first, count, room = first + taken, count - taken, room - taken
            if not room:
                yield part
                part, room = [], messages
    if part:
        yield part


def _events(part: list[tuple[int, int, int]], end: datetime) -> pa.Table:
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.execute("CREATE TABLE part (ws INTEGER, first BIGINT, n BIGINT)")
    connection.executemany("INSERT INTO part VALUES (?, ?, ?)", part)
    start = (end - timedelta(days=DAYS)).replace(tzinfo=None)
    span = DAYS * 86_400
    connection.execute(
        """
        CREATE TABLE m AS
        SELECT ws, i, hash(ws, i) AS h, 'm' || ws || '-' || i AS mid, i // 3 AS lead_no, (i % 3) + 1 AS step
        FROM (SELECT ws, unnest(range(first, first + n)) AS i FROM part)
        """
    )
    connection.execute(
        """
        CREATE TABLE s AS
        SELECT *, $start::TIMESTAMP + to_seconds((hash(ws, lead_no) % ($span - 1900000))::BIGINT)
            + to_days(4 * (step - 1)::INTEGER) AS moment FROM m
        """,
        {"start": start, "span": span},
    )
    tag = "NULL::VARCHAR"
    kinds = [
        ("sent", "true", "0", "false"),
        ("opened", "h % 100 < 45 AND h % 50 <> 7", "60 + (h // 128) % 700000", "h % 4 = 0"),
        ("opened", "h % 100 < 18 AND h % 50 <> 7", "9000 + (h // 512) % 900000", "false"),
        ("clicked", "h % 100 < 8 AND h % 50 <> 7", "300 + (h // 256) % 500000", "false"),
        ("replied", "h % 1000 < 60 AND h % 50 <> 7", "3600 + (h // 64) % 800000", "false"),
        ("bounced", "h % 50 = 7", "30", "false"),
        ("unsubscribed", "h % 1000 = 999", "7200", "false"),
    ]
    pieces = []
    for number, (event, where, delay, machine) in enumerate(kinds):
        is_sent, is_reply = event == "sent", event == "replied"
        columns = {
            "event_id": f"mid || '-{number}'",
            "event": f"'{event}'",
            "channel": "'email'",
            "occurred_at": f"moment + to_seconds(({delay})::BIGINT)",
            "received_at": f"moment + to_seconds(({delay})::BIGINT + 2)",
            "message_id": "mid",
            "campaign": "'Campaign ' || (lead_no % 6)" if is_sent else tag,
            "step": "step::VARCHAR" if is_sent else tag,
            "lead": "'lead' || lead_no || '@w' || ws || '.example'",
            "user": "'user' || (lead_no % 5) || '@agency.example'" if is_sent else tag,
            "sender_provider": "CASE h % 3 WHEN 0 THEN 'gmail' WHEN 1 THEN 'outlook' ELSE 'custom' END"
            if is_sent
            else tag,
            "recipient_provider": "CASE h % 5 WHEN 0 THEN 'gmail' WHEN 1 THEN 'outlook' ELSE 'other' END"
            if is_sent
            else tag,
            "url": "'https://client.example/page-' || (h // 1024) % 60" if event == "clicked" else tag,
            "machine": machine,
            "track_opens": "true",
            "track_clicks": "true",
            "sentiment": "CASE h % 4 WHEN 0 THEN 'positive' WHEN 1 THEN 'negative' ELSE 'neutral' END"
            if is_reply
            else tag,
            "raw": "'{}'",
            "workspace_id": "ws",
            "source_id": "NULL::INTEGER",
        }
        selected = ", ".join(f'{columns.get(field.name, tag)} AS "{field.name}"' for field in SCHEMA)
        pieces.append(f"SELECT {selected} FROM s WHERE {where}")
    union = " UNION ALL ".join(pieces)
    table = connection.execute(union).to_arrow_table()  # `write_events` sorts it
    connection.close()
    return table.cast(SCHEMA)
