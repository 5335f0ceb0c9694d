"""All declarations by their names: the modules of `rates/` and `named/` are found by walking the packages."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from data.figures.base import Rate


@lru_cache(maxsize=1)
def rates() -> dict[str, Rate]:
    """Every rate by its name, in order of `place`; two of one name are refused."""
    found: dict[str, Rate] = {}
    for rate in sorted(_declared("rates", "RATE"), key=lambda one: one.place):
        if rate.name in found:
            raise ValueError(f"two rates are named {rate.name!r}")
        found[rate.name] = rate
    return found


def _declared(folder: str, constant: str) -> list[Rate]:
    package = importlib.import_module(f"data.figures.{folder}")
    modules = [f"{package.__name__}.{one.name}" for one in pkgutil.iter_modules(package.__path__)]
    return [getattr(importlib.import_module(name), constant) for name in modules]
