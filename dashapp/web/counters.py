"""Counts of this process for `/metrics`: requests by status class, hook records by what became of them."""

from __future__ import annotations

import threading
from collections import Counter

_lock = threading.Lock()
_counts: Counter[tuple[str, str]] = Counter()


def count(name: str, label: str, n: int = 1) -> None:
    """Add `n` to the counter `name` with this label: a fixed word, no tenant, path or address."""
    with _lock:
        _counts[name, label] += n


def snapshot() -> dict[tuple[str, str], int]:
    """The counts now."""
    with _lock:
        return dict(_counts)
