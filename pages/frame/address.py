"""The workspace an address of the browser means, for callbacks; the guard then says whose it is."""

from __future__ import annotations

from dashapp.errors import NotFound
from pages.frame.page_spec import page_at


def slug_at(path: str, *pages: str) -> str:
    """The slug in the path of one of these pages. Raises NotFound for any other page."""
    found = page_at(path)
    if found is None or found[0].name not in pages:
        raise NotFound("There is no such workspace.")
    return found[1]["slug"]
