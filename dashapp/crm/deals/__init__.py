"""Deals: a stage, a value, an owner, an expected close, fields of the workspace's own; with their history."""

from dashapp.crm.deals.editing import create, edit, history_of, purge, remove, restore, update
from dashapp.crm.deals.listing import (
    DOWN_FIRST,
    FIELD,
    SORTS,
    DealFilters,
    deal_filters_of,
    deal_page,
    narrowed_to,
)
from dashapp.crm.deals.reading import NO_DEAL, ON_BOARD, PAGE, Stage, board, deal_of, deals
from dashapp.crm.deals.values import MOST_VALUE, OWN, cents_of, text_of_value, value_of

__all__ = [
    "DOWN_FIRST",
    "FIELD",
    "MOST_VALUE",
    "NO_DEAL",
    "ON_BOARD",
    "OWN",
    "PAGE",
    "SORTS",
    "DealFilters",
    "Stage",
    "board",
    "cents_of",
    "create",
    "deal_filters_of",
    "deal_of",
    "deal_page",
    "deals",
    "edit",
    "history_of",
    "narrowed_to",
    "purge",
    "remove",
    "restore",
    "text_of_value",
    "update",
    "value_of",
]
