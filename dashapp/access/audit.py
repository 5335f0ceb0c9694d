"""The audit trail: one row for each log-in, refusal, share and change of rights."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from dashapp.db.security import AuditEntry
from data.lake import erased

#: Characters of what an entry tells; a person's statement, which has as many at most, is kept as a whole.
LONGEST_DETAIL = 20_000


def record(
    session: Session,
    actor: str,
    verb: str,
    *,
    agency_id: int | None = None,
    workspace_id: int | None = None,
    detail: str = "",
    ip: str = "",
) -> None:
    """Add one entry to the caller's transaction: it is kept exactly when what it tells of is.

    `actor`: an e-mail, 'guest:<share id>' or 'cli'. Control characters go: an entry stays one line. A detail that
    is cut says so, with the length and the sha256 of all of it: two that begin alike stay two. The address of a
    person who was erased from the workspace is not written down.
    """
    detail = without_erased(session.connection(), workspace_id, detail)
    if len(detail) > LONGEST_DETAIL:
        whole = hashlib.sha256(detail.encode("utf-8", "surrogatepass")).hexdigest()
        detail = f"{detail[:LONGEST_DETAIL]} … (cut: {len(detail)} characters, sha256 {whole})"
    session.add(
        AuditEntry(
            actor=one_line(actor, 254),
            verb=verb,
            agency_id=agency_id,
            workspace_id=workspace_id,
            detail=one_line(detail),
            ip=one_line(ip, 45),
        )
    )


def without_erased(connection: Connection, workspace_id: int | None, detail: str) -> str:
    """What an entry tells, without the addresses of people who were erased from its workspace."""
    if workspace_id is None or not ("@" in detail or "%40" in detail):
        return detail
    people = erased.of(connection, workspace_id)
    return detail if people is None else people.mask_text(detail)


def one_line(text: str, limit: int | None = None) -> str:
    """The text without control characters, and not longer than `limit`."""
    return "".join(c if c.isprintable() else " " for c in text)[:limit]
