"""How the memory of a process is split among what it keeps (data/cache.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

#: Bytes each name may have for itself. Together they are the budget of a process, and with them its ceiling is
#: known (docs/performance.md).
SHARES: Final[Mapping[str, int]] = {
    "answers": 16_000_000,  # of questions (data/answer_cache.py)
    "cubes": 40_000_000,  # arrays made of pieces, and what is learned of them (data/cubes/, data/query/)
    "pieces": 16_000_000,  # rows of the cubes' files (data/cubes/blocks.py)
    "plans": 8_000_000,  # what is planned (data/plans/cache.py)
    "due": 8_000_000,  # e-mails due (data/answers/due.py)
    "home": 12_000_000,  # figures of many workspaces: those of 2,500 (data/query/many.py)
    "pages": 20_000_000,  # rendered portal pages (dashapp/portal/page_cache.py)
    "papers": 8_000_000,  # PDFs from the desk (pages/analytics/files.py)
}
