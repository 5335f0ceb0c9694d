"""A person's SQL over an agency's tables: kept in the audit trail, then run when the agency has the turn."""

from __future__ import annotations

from dashapp.access import audit
from dashapp.seats import SQL, alone
from dashapp.services import Services
from data.engines.sealed import Limits, Result
from data.scope import Scope
from data.tables import statement as desk_sql
from data.tables.rows import Slugs


def ask(
    services: Services,
    actor: str,
    agency_id: int,
    scope: Scope,
    slugs: Slugs,
    statement: str,
    *,
    ip: str = "",
    limits: Limits | None = None,
) -> Result:
    """The answer. Raises BadQuery, DamagedFile, NotInScope, and TooMany when others wait already, or for too long.

    `scope` and `slugs` are what the caller may read of the agency; who may ask at all is decided before.
    """
    turns = services.settings.home / "turns"  # `vitrine sql`, and a second web server, are other processes
    own, seats = turns / f"sql-{agency_id}.lock", [turns / f"sql-seat-{n}.lock" for n in range(SQL.at_once)]
    with (
        services.seats.seat(agency_id, SQL),
        alone(own, patience=SQL.patience),
        alone(*seats, patience=SQL.patience),
    ):
        # Kept before it runs: whatever becomes of it, it is known that it was asked.
        with services.session() as session:
            audit.record(session, actor, "data.sql", agency_id=agency_id, detail=statement, ip=ip)
        return desk_sql.ask(services.lake, scope, slugs, statement, limits)
