"""The endpoint of one delivery: whose it is and what it may be signed with, asked for with every webhook.

It is looked up each time, so what is switched off is closed at once; but with the driver alone, which takes a tenth
of the ORM's time, and a row that has not changed is not decrypted again.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, Table, bindparam, select
from sqlalchemy.exc import OperationalError

from dashapp.access import tokens
from dashapp.db.tenants import Source
from data.sources import Secrets

_TABLE = Source.__table__
assert isinstance(_TABLE, Table)
_FIND = select(
    _TABLE.c.id,
    _TABLE.c.workspace_id,
    _TABLE.c.provider,
    _TABLE.c.active,
    _TABLE.c.key_is_secret,
    _TABLE.c.secret_sealed,
    _TABLE.c.old_secret_sealed,
    _TABLE.c.old_secret_until,
).where(_TABLE.c.key_hash == bindparam("hash"))


@dataclass(frozen=True, slots=True)
class SourceEndpoint:
    """One source as a delivery needs it. `until`: the end of the time the previous secret is accepted."""

    source_id: int
    workspace_id: int
    provider: str
    active: bool
    secrets: Secrets
    until: datetime | None

    def secrets_at(self, at: datetime) -> Secrets:
        """What a delivery may be signed with at this time."""
        if self.until is None or at < self.until:
            return self.secrets
        return Secrets(self.secrets.current, None, self.secrets.key_is_secret)


def find_endpoint(engine: Engine, secret_key: str, provider: str, key: str) -> SourceEndpoint | None:
    """The endpoint of a request's path, or None: unknown, switched off, another provider's all look alike.

    Raises OperationalError when the database does not answer.
    """
    if not tokens.looks_like_token(key):
        return None
    row = _row(engine, tokens.fingerprint(key))
    if row is None:
        return None
    endpoint = _endpoint(secret_key, row)
    return endpoint if endpoint.active and endpoint.provider == provider else None


def _row(engine: Engine, fingerprint: str) -> tuple[Any, ...] | None:
    """The source's columns as the driver gives them."""
    statement, positional = _statement(engine)
    values: Any = (fingerprint,) if positional else {"hash": fingerprint}
    dbapi = engine.dialect.dbapi
    assert dbapi is not None
    try:
        with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(statement, values)
            row = cursor.fetchone()
    except (dbapi.OperationalError, dbapi.InterfaceError) as error:
        raise OperationalError(statement, None, error) from error
    return None if row is None else tuple(row)


@lru_cache(maxsize=8)
def _statement(engine: Engine) -> tuple[str, bool]:
    compiled = _FIND.compile(engine)
    return str(compiled), bool(compiled.positional)


@lru_cache(maxsize=4_096)
def _endpoint(secret_key: str, row: tuple[Any, ...]) -> SourceEndpoint:
    """By the whole row: what was changed is another row."""
    source_id, workspace_id, provider, active, key_is_secret, sealed, old_sealed, old_until = row
    previous = until = None
    if old_sealed and old_until:
        previous = tokens.unseal(secret_key, old_sealed)
        until = datetime.fromisoformat(old_until) if isinstance(old_until, str) else old_until
        until = until.replace(tzinfo=UTC) if until.tzinfo is None else until.astimezone(UTC)
    secrets = Secrets(tokens.unseal(secret_key, sealed), previous, bool(key_is_secret))
    return SourceEndpoint(source_id, workspace_id, provider, bool(active), secrets, until)
