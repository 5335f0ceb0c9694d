"""The index contacts are searched by: SQLite's FTS5, PostgreSQL's pg_trgm where the server has it.

Both cut texts into trigrams, so parts of words are found and words with typing errors rank by what they share.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import DDL, event

from dashapp.db.contacts import Contact

#: SQLite keeps a virtual table's content in tables of its own.
FTS: Final = "contact_fts"
TABLES: Final = frozenset({FTS, *(f"{FTS}_{part}" for part in ("config", "data", "docsize", "idx"))})
SQLITE: Final = (
    f"CREATE VIRTUAL TABLE {FTS} USING fts5(search, content='contact', content_rowid='id', tokenize='trigram')",
    f"CREATE TRIGGER {FTS}_insert AFTER INSERT ON contact BEGIN "  # noqa: S608  a name of ours
    f"INSERT INTO {FTS}(rowid, search) VALUES (new.id, new.search); END",
    f"CREATE TRIGGER {FTS}_delete AFTER DELETE ON contact BEGIN "  # noqa: S608
    f"INSERT INTO {FTS}({FTS}, rowid, search) VALUES ('delete', old.id, old.search); END",
    f"CREATE TRIGGER {FTS}_update AFTER UPDATE OF search ON contact BEGIN "  # noqa: S608
    f"INSERT INTO {FTS}({FTS}, rowid, search) VALUES ('delete', old.id, old.search); "
    f"INSERT INTO {FTS}(rowid, search) VALUES (new.id, new.search); END",
)
#: A server without the extension, or a role that may not create it, searches parts of words without an index.
POSTGRESQL: Final = (
    "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; "
    "EXCEPTION WHEN OTHERS THEN RAISE NOTICE 'pg_trgm is not available'; END $$",
    "DO $$ BEGIN CREATE INDEX IF NOT EXISTS ix_contact_search_trgm ON contact USING gin (search gin_trgm_ops); "
    "EXCEPTION WHEN OTHERS THEN RAISE NOTICE 'pg_trgm is not available'; END $$",
)

for _statement in SQLITE:
    event.listen(
        Contact.__table__, "after_create", DDL(_statement.replace("%", "%%")).execute_if(dialect="sqlite")
    )
