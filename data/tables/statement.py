"""A person's own SQL over the tables of their workspaces: rows of nobody else are anywhere near it.

The statement runs in a sealed process (data/engines/sealed.py) over copies of the rows it may see, one statement
of an agency at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pyarrow as pa

from data.engines import sealed
from data.engines.sealed import Limits, Result
from data.errors import BadQuery
from data.lake.lake import Lake
from data.scope import Scope
from data.tables.rows import QUERIED, Slugs, own_rows

#: Rows of one table that a statement may read.
MOST_ROWS: Final = 3_000_000
_BATCH: Final = 50_000


def ask(lake: Lake, scope: Scope, slugs: Slugs, statement: str, limits: Limits | None = None) -> Result:
    """The answer. Raises BadQuery with the sentence of why there is none, and as `own_rows` does."""
    for workspace_id in slugs:
        scope.require(workspace_id)

    def supply(table: str) -> pa.RecordBatchReader:
        return _reader(lake, scope, slugs, table)

    return sealed.run(statement, QUERIED, supply, limits or Limits())


def _reader(lake: Lake, scope: Scope, slugs: Slugs, table: str) -> pa.RecordBatchReader:
    with ExitStack() as opening:
        own = opening.enter_context(own_rows(lake, scope, slugs, table, alone=True))
        source = own.connection.execute(own.relation).to_arrow_reader(_BATCH)
        stack = opening.pop_all()

    def batches() -> Iterator[pa.RecordBatch]:
        rows = 0
        with stack:
            for batch in source:
                rows += batch.num_rows
                if rows > MOST_ROWS:
                    raise BadQuery(
                        "{table} has more than {n} rows in these workspaces; choose one workspace.",
                        table=table,
                        n=MOST_ROWS,
                    )
                yield batch

    return pa.RecordBatchReader.from_batches(source.schema, batches())
