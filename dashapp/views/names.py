"""How a view's name is shown: those that came with the program are translated."""

from __future__ import annotations

from functools import lru_cache

from dashapp.ui.language.catalogue import translated
from dashapp.views.store import starters


def view_name(name: str, lang: str) -> str:
    """A view's name as it is shown: one that came with the program in the reader's language, as long as nobody
    gave it another. What is stored, and what a form offers to change, stays as it is.
    """
    return translated(name, lang) if name in _shipped() else name


@lru_cache(maxsize=1)
def _shipped() -> frozenset[str]:
    return frozenset(start.view.name for start in starters())
