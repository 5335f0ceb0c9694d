"""The columns of a segment, their types and the order of its rows."""

from __future__ import annotations

import pyarrow as pa

from data.events.canonical import Event

TIMES = {"occurred_at", "received_at"}
FLAGS = {"machine", "track_opens", "track_clicks"}


def _type(field: str) -> pa.DataType:
    if field in TIMES:
        return pa.timestamp("us")
    return pa.bool_() if field in FLAGS else pa.string()


#: Columns of a segment: the fields of Event and whose it is. Times are UTC without a zone, microseconds.
SCHEMA: pa.Schema = pa.schema(
    [("workspace_id", pa.int32()), ("source_id", pa.int32())]
    + [(field, _type(field)) for field in Event._fields]
)
#: How its rows are sorted: readers prune row groups by it.
ORDER = [("workspace_id", "ascending"), ("message_id", "ascending"), ("occurred_at", "ascending")]
#: Values that hardly repeat: a dictionary of them costs time and no bytes less.
PLAIN = {"event_id", "raw", "reply_text", "occurred_at", "received_at"}
