"""Contacts are found by the values of their own fields: what is searched of a contact holds them, too.

Revision: 0044, after 0043.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_BATCH = 1_000
_LONGEST = 1_000


def upgrade() -> None:
    """Add the values to what is there; a contact without any keeps what it has."""
    connection, after = op.get_bind(), 0
    rows = sa.text(
        "SELECT id, search, fields FROM contact WHERE id > :after AND CAST(fields AS TEXT) NOT IN ('{}', 'null') "
        "ORDER BY id LIMIT :most"
    )
    change = sa.text("UPDATE contact SET search = :search WHERE id = :id")
    while found := connection.execute(rows, {"after": after, "most": _BATCH}).all():
        after = found[-1].id
        changed = [{"id": row.id, "search": _with(row.search, row.fields)} for row in found]
        connection.execute(change, changed)


def downgrade() -> None:
    """Nothing to take away: the next change of a contact writes its words anew."""


def _with(search: str, fields: Any) -> str:
    values = (json.loads(fields) if isinstance(fields, str) else fields) or {}
    words = [search, *dict.fromkeys(_fold(str(value)) for value in values.values() if value)]
    return " ".join(word for word in words if word)[:_LONGEST]


def _fold(text: str) -> str:
    """As the product folds; the few letters it spells out besides are added at the contact's next change."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(bare.split())
