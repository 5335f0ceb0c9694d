"""A rate with what it is made of."""

from __future__ import annotations

from typing import Any


def ratio(n: int, base: int) -> dict[str, Any]:
    """A ratio is two sums; it is divided last."""
    return {"n": n, "base": base, "rate": n / base if base else None}
