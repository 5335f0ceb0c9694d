"""Schemas of the run's PostgreSQL with every table and no row: made once, emptied after a test, used again.

Making the tables costs a third of a second, emptying them a hundredth. A schema goes back to the others only as it
was: no connection left over, the same relations. Any other is dropped.
"""

from __future__ import annotations

import os
from itertools import count
from urllib.parse import quote_plus

from sqlalchemy import Connection, Engine, MetaData, create_engine, create_mock_engine, text
from sqlalchemy.exc import OperationalError

EMPTY = """
DO $$ DECLARE one record; BEGIN
  SET LOCAL session_replication_role = replica;
  SET LOCAL lock_timeout = '1s';
  FOR one IN SELECT oid::regclass AS name, relkind FROM pg_class
             WHERE relnamespace = '{schema}'::regnamespace AND relkind IN ('r', 'S') LOOP
    IF one.relkind = 'S' THEN PERFORM setval(one.name, 1, false);
    ELSE EXECUTE 'DELETE FROM ' || one.name; END IF;
  END LOOP;
END $$
"""
SHAPE = """
SELECT relname::text, relkind::text, relnatts FROM pg_class
WHERE relnamespace = CAST(:schema AS regnamespace) AND relkind IN ('r', 'S', 'i') ORDER BY 1, 2
"""
LEFT_OVER = "SELECT count(*) FROM pg_stat_activity WHERE application_name = :schema"
END_LEFT_OVER = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :schema"


class Schemas:
    """What this process has on the server at `url`."""

    def __init__(self, url: str, metadata: MetaData) -> None:
        self._url, self._metadata = url, metadata
        self._admin: Engine = create_engine(url, isolation_level="AUTOCOMMIT")
        self._numbers = count(1)
        self._free: list[str] = []
        self._tables: str | None = None
        self._shape: list[tuple[str, str, int]] = []

    def url_of(self, schema: str) -> str:
        """What a test, or another process, connects to."""
        options = quote_plus(f"-csearch_path={schema} -capplication_name={schema}")
        return f"{self._url}{'&' if '?' in self._url else '?'}options={options}"

    def bare(self) -> str:
        """A new schema with nothing in it."""
        schema = f"t{os.getpid()}_{next(self._numbers)}"
        with self._admin.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        return schema

    def drop(self, schema: str) -> None:
        """It and all in it is gone. A connection that a failed test left open is ended first: it may hold locks."""
        with self._admin.connect() as connection:
            connection.execute(text(END_LEFT_OVER), {"schema": schema})
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))

    def take(self) -> str:
        """A schema with every table and no row."""
        if self._free:
            return self._free.pop()
        schema = self.bare()
        with self._admin.connect() as connection:
            connection.exec_driver_sql(f"SET search_path = {schema}")
            connection.exec_driver_sql(self._made())
            connection.exec_driver_sql("RESET search_path")
            self._shape = self._shape or self._shape_of(connection, schema)
        return schema

    def give_back(self, schema: str) -> None:
        """Emptied for the next, or dropped if it is not what it was."""
        with self._admin.connect() as connection:
            left = connection.execute(text(LEFT_OVER), {"schema": schema}).scalar_one()
            if not left and self._shape_of(connection, schema) == self._shape:
                try:
                    connection.exec_driver_sql(EMPTY.format(schema=schema))
                except OperationalError:  # somebody holds a lock on it
                    pass
                else:
                    self._free.append(schema)
                    return
        self.drop(schema)

    def close(self) -> None:
        """No connection stays behind; the server goes with the run."""
        self._admin.dispose()

    def _made(self) -> str:
        """All CREATE statements as one text, put together once."""
        if self._tables is None:
            said: list[str] = []
            mock = create_mock_engine(
                "postgresql+psycopg://",
                lambda sql, *_, **__: said.append(str(sql.compile(dialect=self._admin.dialect))),
            )
            self._metadata.create_all(mock, checkfirst=False)
            self._tables = ";\n".join(said)
        return self._tables

    @staticmethod
    def _shape_of(connection: Connection, schema: str) -> list[tuple[str, str, int]]:
        return [tuple(row) for row in connection.execute(text(SHAPE), {"schema": schema})]
