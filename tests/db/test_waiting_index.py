"""What waits to be taken in is found by its index alone, however much was taken in before; on both databases."""

from __future__ import annotations

from sqlalchemy import Engine, insert, text

from dashapp.db.base import now
from data.lake.tables import segment, segment_part

WAITING = (
    "SELECT workspace_id, min(segment_id) FROM segment_part "
    "WHERE merged_version IS NULL GROUP BY workspace_id"
)


def test_what_waits_is_found_without_a_scan(engine: Engine) -> None:
    with engine.begin() as connection:
        values = {"events": 1, "bytes": 1, "sha256": "x", "created_at": now()}
        connection.execute(insert(segment), [{"id": n, "path": f"{n}", **values} for n in range(1, 1_001)])
        parts = [
            {
                "segment_id": n,
                "workspace_id": n % 50 + 1,
                "events": 1,
                "merged_version": None if n > 997 else n,
            }
            for n in range(1, 1_001)
        ]
        connection.execute(insert(segment_part), parts)
    with engine.connect() as connection:
        assert sorted(connection.execute(text(WAITING)).all()) == [(1, 1_000), (49, 998), (50, 999)]
        if engine.dialect.name == "postgresql":
            connection.rollback()
            connection.execute(text("ANALYZE segment_part"))
            plan = "EXPLAIN "
        else:
            plan = "EXPLAIN QUERY PLAN "
        said = "\n".join(str(row) for row in connection.execute(text(plan + WAITING)))
        assert "ix_segment_part_waiting" in said, said
