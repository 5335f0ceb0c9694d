"""The audit trail: one row for each log-in, refusal, share and change of rights."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dashapp.db.security import AuditEntry


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

    `actor`: an e-mail, 'guest:<share id>' or 'cli'. Control characters go: an entry stays one line.
    """
    session.add(
        AuditEntry(
            actor=_one_line(actor, 254),
            verb=verb,
            agency_id=agency_id,
            workspace_id=workspace_id,
            detail=_one_line(detail, 2000),
            ip=_one_line(ip, 45),
        )
    )


def _one_line(text: str, limit: int) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:limit]
