"""One finding of `vitrine doctor`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One finding. `todo`: what to do, for the person who can; empty when all is well."""

    check: str
    ok: bool
    found: str
    todo: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)
