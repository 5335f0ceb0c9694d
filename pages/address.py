"""The workspace an address of the browser means, for callbacks; the guard then says whose it is."""

from __future__ import annotations

from dashapp.errors import NotFound
from pages.spec import page_at


def slug_at(path: str, page: str) -> str:
    """The slug in the path of that page. Raises NotFound for any other: a callback belongs to one page."""
    found = page_at(path)
    if found is None or found[0].name != page:
        raise NotFound("There is no such workspace.")
    return found[1]["slug"]
