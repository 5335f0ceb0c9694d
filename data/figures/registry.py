"""All declarations by their names: the modules of `rates/` and `named/` are found by walking the packages."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache
from typing import Any

from data.figures.base import Figure, Rate


@lru_cache(maxsize=1)
def rates() -> dict[str, Rate]:
    """Every rate by its name, in order of `place`; two of one name are refused."""
    declared: list[Rate] = sorted(_declared("rates", "RATE"), key=lambda rate: rate.place)
    _refuse_twins([rate.name for rate in declared], "rates")
    return {rate.name: rate for rate in declared}


@lru_cache(maxsize=1)
def figures() -> dict[str, Figure]:
    """Every figure by its name, in alphabetical order; two of one name are refused."""
    declared: list[Figure] = sorted(_declared("named", "FIGURE"), key=lambda figure: figure.name)
    _refuse_twins([figure.name for figure in declared], "figures")
    return {figure.name: figure for figure in declared}


def _declared(folder: str, constant: str) -> list[Any]:
    package = importlib.import_module(f"data.figures.{folder}")
    modules = [f"{package.__name__}.{one.name}" for one in pkgutil.iter_modules(package.__path__)]
    return [getattr(importlib.import_module(name), constant) for name in modules]


def _refuse_twins(names: list[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two {what} are named {name!r}")
