"""A list as the desk shows it, from plain values; its script is `assets/desk_crm.js`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashapp.ui.environment import render


@dataclass(frozen=True, slots=True)
class Column:
    """A heading. `href`: sorts by it; `order`: "ascending", "descending" or "" for not sorted by."""

    key: str
    label: str
    href: str = ""
    order: str = ""
    number: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value. `tone`: the dot before it; `chips`: several short words instead of a text."""

    text: str = ""
    detail: str = ""
    href: str = ""
    tone: str = ""
    chips: tuple[str, ...] = ()
    title: str = ""
    contact: int | None = None
    #: The deal whose form the text opens.
    edit: int | None = None
    #: What the text does as a button: an act as JSON.
    act: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; its first cell names it."""

    id: int | str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Listing:
    """The whole list. `label`: what it lists; `selects`: rows have check boxes; `next`, `first`: other pages."""

    label: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    selects: bool = False
    next: str = ""
    first: str = ""
    note: str = ""


def listing(model: Listing) -> Markup:
    """Its HTML."""
    return render("ui/listing.html", list=model)
