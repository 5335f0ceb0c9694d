"""What is known for ever, wherever the keys are at the moment: in the log, in the index, or on their way."""

from __future__ import annotations

from sqlalchemy import Connection, select

from data.lake.tables import event_key, event_key_log


def known(connection: Connection) -> set[tuple[int, bytes]]:
    """(workspace, key) of every event ever acknowledged."""
    pairs = {(row.workspace_id, bytes(row.key)) for row in connection.execute(select(event_key))}
    for row in connection.execute(select(event_key_log)):
        assert len(row.keys) % 16 == 0
        pairs |= {(row.workspace_id, bytes(row.keys[at : at + 16])) for at in range(0, len(row.keys), 16)}
    return pairs
