"""Whose figures may be read. Every query takes a Scope first, and there is no "all".

Only `dashapp/access/scopes.py`, jobs and tests make one (`tests/test_single_doors.py` holds that).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from data.errors import NotInScope


@dataclass(frozen=True, slots=True)
class Scope:
    """The workspaces a caller may read, and what narrows them further.

    `workspace_ids`: non-empty. `user`: lower-case e-mail when the caller may only see their own sends.
    `campaigns`: when not None, only these campaigns (a campaign share link). `since`: nothing before this local day
    of the workspace. `masked`: addresses of leads are given back as "a…@example.com".
    """

    workspace_ids: frozenset[int]
    user: str | None = None
    campaigns: frozenset[str] | None = None
    since: date | None = None
    masked: bool = False

    def __post_init__(self) -> None:
        if not self.workspace_ids or not all(type(i) is int and i > 0 for i in self.workspace_ids):
            raise ValueError("a Scope names at least one workspace by its positive id")
        if self.campaigns is not None and not self.campaigns:
            raise ValueError("a Scope over campaigns names at least one")

    def require(self, workspace_id: int) -> int:
        """Give `workspace_id` back when it is in the scope, else raise NotInScope."""
        if workspace_id not in self.workspace_ids:
            raise NotInScope("There is no such workspace.")
        return workspace_id
